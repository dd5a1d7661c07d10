"""The client of the service's HTTP interface, as its documentation and official client show it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from platform import python_version
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from batch_scheduler import __version__
from batch_scheduler.errors import UsageError
from batch_scheduler.failpoints import reach
from batch_scheduler.octospark.address import checked_base_url
from batch_scheduler.octospark.answers import (
    Accounts,
    Answer,
    Asset,
    Context,
    Post,
    PostPage,
    ScheduleAnswer,
)
from batch_scheduler.octospark.failures import CallFailed, NoAnswer, NotConnected, Undecodable
from batch_scheduler.octospark.proxy import proxy_for
from batch_scheduler.octospark.refusal import MOST_SHOWN, http_date, read_refusal
from batch_scheduler.octospark.timeouts import USUAL_TIMEOUTS, Timeouts
from batch_scheduler.octospark.transport import AiohttpTransport
from batch_scheduler.octospark.wording import without_secret

LONGEST_TARGET = 64_000
LIVE = "https://api.octospark.ai"
T = TypeVar("T", bound=BaseModel)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout)
_TOKEN = re.compile(r"[!-~]+")


class OctosparkClient:
    """Each method is one request and returns one Answer, or raises CallFailed.

    It never retries, but for a GET whose kept connection turns out to be dead. No redirect is
    followed; the token is in no repr and no message. Use it as an async context manager, in one
    event loop. Raises UsageError for a base URL that a token must not be sent to, and for what
    can't be a token.
    """

    def __init__(
        self, token: str, base_url: str = LIVE, *, timeouts: Timeouts = USUAL_TIMEOUTS
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._token = checked_token(token)
        # Half of a client's start is spent on certificates that plain http has no use for.
        tls = httpx.create_ssl_context() if self.base_url.startswith("https:") else True
        # Not in an httpx.AsyncClient: what that does for each request (cookies, redirects, hooks)
        # takes as long as all of aiohttp, and nothing of it is wanted here.
        self._transport = AiohttpTransport(tls, proxy_for(self.base_url), timeouts)
        self._origin = httpx.URL(self.base_url)
        self._bare = httpx.Headers(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "Connection": "keep-alive",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"batch-scheduler/{__version__} (Python {python_version()})",
            }
        )
        self._with_body = httpx.Headers({**self._bare, "Content-Type": "application/json"})

    def __repr__(self) -> str:
        return f"OctosparkClient({self.base_url!r})"

    async def __aenter__(self) -> OctosparkClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def context(self) -> Answer[Context]:
        """Who the token is: the best check of one."""
        return await self._ask("GET", ["agent", "context"], Context)

    async def accounts(self, team: str) -> Answer[Accounts]:
        """All social accounts of a team; the service does not page them."""
        return await self._ask("GET", ["teams", team, "social-accounts"], Accounts)

    async def post(self, team: str, post: str) -> Answer[Post]:
        return await self._ask("GET", ["teams", team, "posts", post], Post)

    async def posts(
        self,
        team: str,
        *,
        cursor: str | None = None,
        limit: int = 100,
        query: Mapping[str, str] | None = None,
    ) -> Answer[PostPage]:
        """One page of the team's posts, at most 100. `query`: sortBy, sortOrder, filter[…]."""
        given = {**(query or {}), "limit": str(limit), **({"cursor": cursor} if cursor else {})}
        return await self._ask("GET", ["teams", team, "posts"], PostPage, query=given)

    async def create_post(self, team: str, body: Mapping[str, Any]) -> Answer[Post]:
        """`body`: see assumed.post_body."""
        return await self._ask("POST", ["teams", team, "posts"], Post, body=body)

    async def import_asset(self, team: str, body: Mapping[str, Any]) -> Answer[Asset]:
        """`body`: see assumed.import_body."""
        return await self._ask("POST", ["teams", team, "assets", "import"], Asset, body=body)

    async def schedule_multi(
        self, team: str, post: str, body: Mapping[str, Any]
    ) -> Answer[ScheduleAnswer]:
        """Schedule a post on several accounts. A 2xx can hold refusals: look at each entry."""
        path = ["teams", team, "posts", post, "schedule-multi"]
        return await self._ask("POST", path, ScheduleAnswer, body=body)

    async def move_to_draft(self, team: str, post: str) -> Answer[Post]:
        """Presumably takes back what is scheduled of the post: assumed, not documented."""
        return await self._ask("POST", ["teams", team, "posts", post, "move-to-draft"], Post)

    async def _ask(
        self,
        method: str,
        path: list[str],
        shape: type[T],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        request = self._request(method, path, query, body)
        reach("ask")
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.RequestError as error:
            failure = self._unanswered(error)
        else:
            reach("answered")
            return self._read(response, shape)
        raise failure

    def _request(
        self,
        method: str,
        path: list[str],
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> httpx.Request:
        target = "/".join([self._origin.path.rstrip("/"), "v1", *map(_segment, path)])
        if query:
            target += f"?{urlencode(query)}"
        if len(target) > LONGEST_TARGET:
            raise NotConnected(
                f"no server takes a request to an address of {len(target):,} letters"
            )
        return httpx.Request(
            method,
            self._origin,
            content=None if body is None else _encoded(body),
            headers=self._bare if body is None else self._with_body,
            # Not as a part of the URL, which httpx would look at letter by letter.
            extensions={"target": target.encode("ascii")},
        )

    def _unanswered(self, error: Exception) -> CallFailed:
        said = without_secret(f"{error}", self._token)
        if isinstance(error, _NEVER_LEFT):
            return NotConnected(f"no connection to {self.base_url}: {said}")
        return NoAnswer(f"no answer: {said}")

    def _read(self, response: httpx.Response, shape: type[T]) -> Answer[T]:
        content = response.content.replace(self._token.get_secret_value().encode(), b"[token]")
        if not response.is_success:
            raise read_refusal(response, content, self._token)
        said_at = http_date(response.headers.get("Date"))
        try:
            value = shape.model_validate_json(content)
        except (ValidationError, RecursionError):
            start = without_secret(content.decode(errors="replace")[:MOST_SHOWN], self._token)
            failure = Undecodable(f"the answer is not what was expected: {start!r}", said_at)
        else:
            return Answer(value, said_at, self._ray(response))
        raise failure

    def _ray(self, response: httpx.Response) -> str | None:
        ray = response.headers.get("cf-ray")
        return None if ray is None else without_secret(ray, self._token)


def checked_token(token: str) -> SecretStr:
    """What is no header's value would end in an exception of httpx that shows it."""
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            "the token has a space, a line break or a letter in it that no token has, or is empty",
            "copy it again, without anything before or after it",
        )
    return SecretStr(token)


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds. Raises ValueError where it can't be."""
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} can't be an id")
    return quote(text, safe="")


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

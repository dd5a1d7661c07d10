"""The client of the service's HTTP interface, as its documentation and official client show it."""

from __future__ import annotations

import json
import os
import re
import ssl
from codecs import BOM_UTF8
from collections.abc import Mapping
from platform import python_version
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import certifi
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
from batch_scheduler.octospark.transport import Reply, Transport
from batch_scheduler.octospark.wording import without_secret

LONGEST_URL = 64_000
LIVE = "https://api.octospark.ai"
T = TypeVar("T", bound=BaseModel)

_BARE = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "User-Agent": f"batch-scheduler/{__version__} (Python {python_version()})",
}
_WITH_BODY = {**_BARE, "Content-Type": "application/json"}
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
        tls = _tls() if self.base_url.startswith("https:") else True
        self._transport = Transport(tls, proxy_for(self.base_url), timeouts)

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
        await self._transport.close()

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
        url = self._url(path, query)
        content = None if body is None else _encoded(body)
        reach("ask")
        try:
            reply = await self._transport.ask(method, url, self._headers(content), content)
        except CallFailed as error:
            failure = self._unanswered(error)
        else:
            reach("answered")
            return self._read(reply, shape)
        raise failure

    def _url(self, path: list[str], query: Mapping[str, str] | None) -> str:
        url = "/".join([self.base_url, "v1", *map(_segment, path)])
        if query:
            url += f"?{urlencode(query)}"
        if len(url) > LONGEST_URL:
            raise NotConnected(f"no server takes a request to an address of {len(url):,} letters")
        return url

    def _headers(self, content: bytes | None) -> dict[str, str]:
        """Made for each request: kept, they would show the token in this object's repr."""
        authorization = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        return {**(_BARE if content is None else _WITH_BODY), **authorization}

    def _unanswered(self, error: CallFailed) -> CallFailed:
        said = without_secret(error.message, self._token)
        if isinstance(error, NotConnected):
            return NotConnected(f"no connection to {self.base_url}: {said}")
        return NoAnswer(f"no answer: {said}")

    def _read(self, reply: Reply, shape: type[T]) -> Answer[T]:
        plain = reply.content.removeprefix(BOM_UTF8)
        content = plain.replace(self._token.get_secret_value().encode(), b"[token]")
        if not 200 <= reply.status < 300:
            raise read_refusal(reply, content, self._token)
        said_at = http_date(reply.headers.get("Date"))
        try:
            value = shape.model_validate_json(content)
        except (ValidationError, RecursionError):
            start = without_secret(content.decode(errors="replace")[:MOST_SHOWN], self._token)
            failure = Undecodable(f"the answer is not what was expected: {start!r}", said_at)
        else:
            return Answer(value, said_at, self._ray(reply))
        raise failure

    def _ray(self, reply: Reply) -> str | None:
        ray = reply.headers.get("cf-ray")
        return None if ray is None else without_secret(ray, self._token)


def checked_token(token: str) -> SecretStr:
    """What is no header's value would end in an exception that shows it."""
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            "the token has a space, a line break or a letter in it that no token has, or is empty",
            "copy it again, without anything before or after it",
        )
    return SecretStr(token)


def _tls() -> ssl.SSLContext:
    """Whom to trust is the same on every system, but where a company's own proxy is named."""
    named = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    file, folder = named if any(named) else (certifi.where(), None)
    return ssl.create_default_context(cafile=file or None, capath=folder or None)


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds. Raises ValueError where it can't be."""
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} can't be an id")
    return quote(text, safe="")


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

"""The client of the service's HTTP interface, as its documentation and official client show it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from batch_scheduler import __version__
from batch_scheduler.octospark.address import checked_base_url, is_this_machine
from batch_scheduler.octospark.answers import (
    Accounts,
    Answer,
    Context,
    Post,
    PostPage,
    ScheduleAnswer,
)
from batch_scheduler.octospark.failures import CallFailed, NoAnswer, NotConnected, Undecodable
from batch_scheduler.octospark.refusal import http_date, read_refusal, without_secret
from batch_scheduler.octospark.transport import AiohttpTransport

LIVE = "https://api.octospark.ai"
T = TypeVar("T", bound=BaseModel)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A caller that hangs up can interrupt the service half way, so `read` is long."""

    connect: float = 10.0
    write: float = 30.0
    read: float = 60.0


class OctosparkClient:
    """Each method is one request and returns one Answer, or raises CallFailed. It never retries.

    Use it as an async context manager, in one event loop. No redirect is followed; the token is
    in no repr and no message. Raises UsageError for a base URL that a token must not be sent to.
    """

    def __init__(
        self, token: str, base_url: str = LIVE, *, timeouts: Timeouts = Timeouts()
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._token = SecretStr(token)
        agent = f"batch-scheduler/{__version__} (Python {platform.python_version()})"
        host = urlsplit(self.base_url).hostname or ""
        self._http = httpx.AsyncClient(
            transport=AiohttpTransport(httpx.create_ssl_context(), _proxy_for(self.base_url, host)),
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {token}",
                "User-Agent": agent,
            },
            timeout=httpx.Timeout(
                connect=timeouts.connect,
                write=timeouts.write,
                read=timeouts.read,
                pool=timeouts.connect,
            ),
            follow_redirects=False,
            trust_env=False,
        )

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
        await self._http.aclose()

    async def context(self) -> Answer[Context]:
        """Who the token is: the best check of one."""
        return await self._ask("GET", ["agent", "context"], Context)

    async def accounts(self, team: str) -> Answer[Accounts]:
        """All social accounts of a team; the service does not page them."""
        return await self._ask("GET", ["teams", team, "social-accounts"], Accounts)

    async def post(self, team: str, post: str) -> Answer[Post]:
        return await self._ask("GET", ["teams", team, "posts", post], Post)

    async def posts(
        self, team: str, *, cursor: str | None = None, limit: int = 100, **query: str
    ) -> Answer[PostPage]:
        """One page of the team's posts, at most 100. `query`: sortBy, sortOrder, filter[…]."""
        given = {**query, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
        return await self._ask("GET", ["teams", team, "posts"], PostPage, query=given)

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
        url = "/".join([self.base_url, "v1", *map(_segment, path)])
        content = None if body is None else _encoded(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            response = await self._http.request(
                method, url, params=query, content=content, headers=headers
            )
        except (httpx.RequestError, httpx.InvalidURL) as error:
            failure = self._unanswered(error)
        else:
            return self._read(response, shape)
        raise failure

    def _unanswered(self, error: Exception) -> CallFailed:
        said = without_secret(f"{error}", self._token)
        if isinstance(error, _NEVER_LEFT):
            return NotConnected(f"no connection to {self.base_url}: {said}")
        return NoAnswer(f"no answer: {said}")

    def _read(self, response: httpx.Response, shape: type[T]) -> Answer[T]:
        said_at = http_date(response.headers.get("Date"))
        if not response.is_success:
            raise read_refusal(response, self._token)
        try:
            value = shape.model_validate_json(response.content)
        except (ValidationError, RecursionError):
            start = without_secret(response.text[:200], self._token)
            failure = Undecodable(f"the answer is not what was expected: {start}", said_at)
        else:
            return Answer(value, said_at, response.headers.get("cf-ray"))
        raise failure


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds. Raises ValueError where it can't be."""
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} can't be an id")
    return quote(text, safe="")


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _proxy_for(url: str, host: str) -> str | None:
    """The proxy that the environment names for the service; none for this machine itself."""
    if is_this_machine(host) or proxy_bypass(host):
        return None
    return getproxies().get(urlsplit(url).scheme)

"""aiohttp's connections, with care: one request, and one whole reply.

httpx's own pool takes three times the CPU of a call, and its requests and replies alone a tenth.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from batch_scheduler.octospark.failures import NoAnswer, NotConnected
from batch_scheduler.octospark.timeouts import Timeouts

LARGEST_ANSWER = 64 << 20
"""Bytes, decompressed."""
LARGEST_HEADER = 64 << 10

_FAILURES = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What came back, whatever its status. `headers`: found in either case; `content`: plain.

    It has no repr: a server may echo the token.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes


class Transport:
    """Use it in one event loop."""

    def __init__(self, tls: ssl.SSLContext | bool, proxy: str | None, timeouts: Timeouts) -> None:
        self._tls = tls
        self._proxy = proxy
        self._read_s = timeouts.read
        # aiohttp limits connecting, and the silence between two bytes of an answer. A request
        # that is not taken, and headers that come in drops, only this ends.
        self._begin_s = timeouts.connect + timeouts.write + timeouts.read
        self._limits = aiohttp.ClientTimeout(connect=timeouts.connect, sock_read=timeouts.read)
        self._idle_s = timeouts.idle
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Reply:
        """Raises NotConnected only if no byte of the request left; else NoAnswer."""
        try:
            async with asyncio.timeout(self._begin_s) as deadline:
                answer = await self._open().request(
                    method,
                    URL(url, encoded=True),
                    headers=headers,
                    data=content,
                    allow_redirects=False,
                    proxy=self._proxy,
                )
                try:
                    # The whole is bounded: a drop now and then is no answer either.
                    deadline.reschedule(asyncio.get_running_loop().time() + self._read_s)
                    whole = await _whole(answer)
                finally:
                    answer.release()
        except _FAILURES as error:
            raise NoAnswer(_why_unanswered(error)) from None
        return Reply(answer.status, answer.reason or "", answer.headers, whole)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The caller bounds the calls in flight; a second bound would only hide a wait.
            connector = _Connector(ssl=self._tls, limit=0, keepalive_timeout=self._idle_s)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._limits,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                skip_auto_headers=("User-Agent", "Content-Type"),
                max_field_size=LARGEST_HEADER,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Connector(aiohttp.TCPConnector):
    """Gives connections that are fit for a request, and names every failure to get one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._given: WeakSet[ResponseHandler] = WeakSet()

    async def connect(self, *args: Any, **kwargs: Any) -> Connection:
        try:
            connection = await super().connect(*args, **kwargs)
            while self._is_spoilt(connection):
                connection.close()
                connection = await super().connect(*args, **kwargs)
        except TimeoutError:
            raise NotConnected("no connection in time") from None
        except _FAILURES as error:
            raise NotConnected(_why_unconnected(error)) from None
        connection.add_callback(partial(_forget_unsent, connection.transport))
        return connection

    def _is_spoilt(self, connection: Connection) -> bool:
        """A kept one, on which the server spoke unasked: aiohttp would take that for the answer
        to the request that is yet to leave."""
        protocol = connection.protocol
        assert protocol is not None  # until it is released
        is_kept = protocol in self._given
        self._given.add(protocol)
        return is_kept and protocol.should_close


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in answer.content.iter_any():
        parts += part
        if len(parts) > LARGEST_ANSWER:
            raise aiohttp.ClientPayloadError(f"more than {LARGEST_ANSWER:,} bytes")
    return bytes(parts)


def _forget_unsent(transport: asyncio.Transport | None) -> None:
    """A request that was given up must not arrive later, as closing alone would let it."""
    if transport is not None and transport.get_write_buffer_size():
        transport.abort()


def _why_unanswered(error: Exception) -> str:
    """Of a request that has, at least in part, left."""
    match error:
        case TimeoutError():
            return "it did not come whole in time"
        case aiohttp.ClientResponseError():
            # Its own text would have the URL alone; its repr has the token.
            return f"it is no HTTP: {error.message}"
        case _:
            return str(error) or type(error).__name__


def _why_unconnected(error: Exception) -> str:
    """aiohttp's own texts have addresses in memory in them, and the proxy's password."""
    match error:
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answers {error.status} {error.message}"
        case aiohttp.ClientResponseError():
            return f"the proxy speaks no HTTP: {error.message}"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy can't be reached: {error.os_error}"
        case aiohttp.ClientConnectorError():
            return str(error.os_error)
        case _:
            return str(error) or type(error).__name__

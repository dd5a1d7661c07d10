"""httpx's requests and answers over aiohttp's connections: a third of the CPU of httpx's own pool.

Every failure is raised as the httpx exception that says what is known of the request: one of
ConnectError and ConnectTimeout only if no byte of it left.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import Any
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from batch_scheduler.octospark.timeouts import Timeouts

LARGEST_ANSWER = 64 << 20
"""Bytes, decompressed."""
LARGEST_HEADER = 64 << 10

# On these httpx itself would act: decompress again, wait for what is whole already.
_NOT_FOR_HTTPX = frozenset({b"content-encoding", b"transfer-encoding"})
_FAILURES = (aiohttp.ClientError, OSError, TimeoutError)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Its answers are whole: nothing is left to be read. Use it in one event loop."""

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

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._begin_s):
                answer = await self._begin(request)
            try:
                # The whole is bounded: a drop now and then is no answer either.
                async with asyncio.timeout(self._read_s):
                    content = await _whole(answer)
            finally:
                answer.release()
        except _FAILURES as error:
            raise _as_httpx(error) from None
        headers = [(k, v) for k, v in answer.raw_headers if k.lower() not in _NOT_FOR_HTTPX]
        return httpx.Response(answer.status, headers=headers, content=content, request=request)

    async def _begin(self, request: httpx.Request) -> aiohttp.ClientResponse:
        """Until the answer's headers are there."""
        url = request.url
        target = request.extensions.get("target", url.raw_path).decode("ascii")
        return await self._open().request(
            request.method,
            URL(f"{url.scheme}://{url.netloc.decode('ascii')}{target}", encoded=True),
            headers=request.headers.multi_items(),
            data=request.content or None,
            allow_redirects=False,
            proxy=self._proxy,
        )

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

    async def aclose(self) -> None:
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
            raise httpx.ConnectTimeout("no connection in time") from None
        except _FAILURES as error:
            raise httpx.ConnectError(_why_unconnected(error)) from None
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


def _as_httpx(error: Exception) -> httpx.TransportError:
    """Of a request that has, at least in part, left."""
    match error:
        case TimeoutError():
            return httpx.ReadTimeout("it did not come whole in time")
        case aiohttp.ClientResponseError():
            # Its own text would have the URL alone; its repr has the token.
            return httpx.RemoteProtocolError(f"it is no HTTP: {error.message}")
        case _:
            return httpx.ReadError(str(error) or type(error).__name__)


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

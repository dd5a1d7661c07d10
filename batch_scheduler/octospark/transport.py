"""httpx over aiohttp's connections: a third of the CPU per call of httpx's own pool.

Every failure is raised as the httpx exception that says what is known of the request: one of
ConnectError and ConnectTimeout only if no byte of it left.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx
from yarl import URL

IDLE_S = 3.0
"""A connection unused for longer is replaced, not trusted: servers close them after five."""
LARGEST_ANSWER = 64 << 20


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Takes its time limits from httpx's `timeout` extension. Use it in one event loop."""

    def __init__(self, tls: ssl.SSLContext | bool, proxy: str | None = None) -> None:
        self._tls = tls
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limits: dict[str, float | None] = request.extensions.get("timeout", {})
        try:
            answer = await self._begin(request, limits)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = _as_httpx(error, request)
        else:
            return httpx.Response(
                answer.status, headers=answer.raw_headers, stream=_Body(answer, limits.get("read"))
            )
        # Raised here, so that aiohttp's own exception, which holds the headers, is not chained.
        raise failure

    async def _begin(
        self, request: httpx.Request, limits: dict[str, float | None]
    ) -> aiohttp.ClientResponse:
        """Until the answer's headers are there."""
        connect, write, read = (limits.get(name) for name in ("connect", "write", "read"))
        known = [limit for limit in (connect, write, read) if limit is not None]
        # aiohttp limits connecting and reading apart. When all three have passed and neither has
        # spoken up, it was the writing that took too long.
        async with asyncio.timeout(sum(known) if len(known) == 3 else None):
            return await self._open().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(sock_connect=connect, sock_read=read),
            )

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The caller bounds the calls in flight; a second bound would only hide a wait.
            connector = aiohttp.TCPConnector(ssl=self._tls, limit=0, keepalive_timeout=IDLE_S)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Content-Type"),
            )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, limit: float | None) -> None:
        self._answer = answer
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """All of it at once. `limit` bounds the whole: a drop now and then is no answer either."""
        failure: httpx.TransportError | None = None
        body = b""
        try:
            async with asyncio.timeout(self._limit):
                body = await self._read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = _as_httpx(error, None)
        if failure:
            raise failure
        yield body

    async def _read(self) -> bytes:
        parts = bytearray()
        async for part in self._answer.content.iter_any():
            parts += part
            if len(parts) > LARGEST_ANSWER:
                raise aiohttp.ClientPayloadError(f"more than {LARGEST_ANSWER:,} bytes")
        return bytes(parts)

    async def aclose(self) -> None:
        self._answer.release()


def _as_httpx(error: Exception, request: httpx.Request | None) -> httpx.TransportError:
    said = str(error) or type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout("no connection in time", request=request)
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError():
            return httpx.ConnectError(said, request=request)
        case aiohttp.InvalidURL():
            return httpx.UnsupportedProtocol(said, request=request)
        case aiohttp.SocketTimeoutError():
            return httpx.ReadTimeout("no answer in time", request=request)
        case TimeoutError() if request is not None:
            return httpx.WriteTimeout("the request was not taken in time", request=request)
        case TimeoutError():
            return httpx.ReadTimeout("the answer did not end in time", request=request)
        case aiohttp.ClientResponseError():
            # Its own text would have the URL alone; its repr has the token.
            return httpx.RemoteProtocolError(f"no HTTP: {error.message}", request=request)
        case _:
            return httpx.ReadError(said, request=request)

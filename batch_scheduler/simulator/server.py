"""The sockets: lets requests in, plays the faults, records what came of each."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from random import Random
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from aiohttp import web

from .answer import Answer, Writer, coded, not_valid, spoilt, tagged
from .faults import FAULTS, HTML_PAGE, Fault, Faults, RetryAfter
from .limits import RateLimit
from .options import Options
from .record import Record, stamp
from .routes import Call, Routes, read_call
from .schedule import issue
from .service import Service

BIGGEST_BODY = 1024 * 1024
# Linger on, for 0 seconds: closing then sends RST. Windows has short integers here.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(slots=True)
class Visit:
    """One request on its way through."""

    number: int
    connection: int
    received: float
    request: web.BaseRequest
    fault: str | None = None
    noted: bool = False


@asynccontextmanager
async def listening(options: Options) -> AsyncIterator[str]:
    """Serves on 127.0.0.1 while entered; yields the base URL.

    Raises OSError if the port is taken or the record can't be written.
    """
    loop = asyncio.get_running_loop()
    door = Door(options)
    server = web.Server(door.handle, handler_cancellation=options.cancel_on_hangup, access_log=None)
    try:
        listener = await loop.create_server(server, "127.0.0.1", options.port, backlog=1024)
        try:
            yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        finally:
            listener.close()
            await server.shutdown(0.1)  # 0 would wait for calls that hang
    finally:
        door.record.close()


class Door:
    """Everything between a socket and the service."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.record = Record(options.record, keep=options.show_record)
        self._service = Service(options, self.record)
        self._writer = Writer(options)
        self._routes = Routes(self._service, self._writer, options.refuse_nulls)
        seed = options.seed
        self._faults = Faults(seed, options.faults, options.fault_script, options.read_faults)
        self._create_faults = Faults(
            f"{seed} create", options.create_faults, options.create_fault_script
        )
        self._import_faults = Faults(
            f"{seed} import", options.import_faults, options.import_fault_script
        )
        self._limit = RateLimit(options, time.monotonic)
        self._chance = Random(f"{options.seed} chance")
        self._start = time.monotonic()
        self._in_flight = 0
        self._calls_left = options.token_expires_after
        self._connections: WeakKeyDictionary[asyncio.BaseTransport, int] = WeakKeyDictionary()
        self._connections_made = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """What aiohttp calls for each request."""
        if request.raw_path == "/__record" and self._options.show_record:
            return self._response(200, self.record.as_json().encode())
        visit = self._visit(request)
        if self._is_down():
            return self._go_down(visit)
        refusal = self._refusal(request)
        if refusal:
            return self._reply(visit, refusal)
        self._in_flight += 1
        try:
            return await self._serve(visit)
        except asyncio.CancelledError:
            visit.fault = visit.fault or "interrupted"
            self._note(visit, None)
            raise
        except (ConnectionError, web.RequestPayloadError):  # it left before its body was here
            visit.fault = "hung_up"
            self._note(visit, None)
            return web.Response()
        finally:
            self._in_flight -= 1

    async def _serve(self, visit: Visit) -> web.StreamResponse:
        request = visit.request
        body = await _read(request)
        if body is None:
            return self._reply(visit, coded(413, "payload_too_large", "The body is over 1 MiB"))
        path = unquote(request.raw_path.partition("?")[0])
        query = request.query if "?" in request.raw_path else {}
        call = read_call(visit.number, request.method, path, query, body)
        fault = self._fault_for(call)
        if self._options.latency or self._options.jitter:
            more = self._options.jitter * self._chance.random()
            await asyncio.sleep(self._options.latency + more)
        if fault is None:
            return self._reply(visit, self._routes.answer(call))
        return await self._play(visit, call, fault)

    def _visit(self, request: web.BaseRequest) -> Visit:
        connection = 0
        if request.transport is not None:
            connection = self._connections.get(request.transport, 0)
            if not connection:
                self._connections_made += 1
                connection = self._connections[request.transport] = self._connections_made
        return Visit(self.record.next_request(), connection, time.time(), request)

    def _is_down(self) -> bool:
        between = self._options.down_between
        return between is not None and between[0] <= time.monotonic() - self._start < between[1]

    def _go_down(self, visit: Visit) -> web.StreamResponse:
        visit.fault = "down"
        if self._options.down_how == "reset":
            return self._reset(visit)
        return self._reply(visit, Answer(503))

    def _refusal(self, request: web.BaseRequest) -> Answer | None:
        """Why a request is not let in: its token, or too many calls."""
        if not request.headers.get("Authorization", "").startswith("Bearer octo_test_"):
            return tagged(401, "Unauthorized", "The token is missing or unknown")
        if self._calls_left is not None:
            if self._calls_left <= 0:
                return tagged(401, "Unauthorized", "The token has expired")
            self._calls_left -= 1
        most = self._options.max_in_flight
        if most is not None and self._in_flight >= most:
            return self._too_many(self._options.retry_after)
        wait = self._limit.take()
        return self._too_many(wait) if wait else None

    def _too_many(self, wait: float) -> Answer:
        headers = self._retry_after(self._options.rate_retry_after, wait)
        return coded(429, "rate_limited", "Too many requests", **headers)

    def _retry_after(self, how: RetryAfter, wait: float) -> dict[str, str]:
        if how == "none":
            return {}
        if how == "date":
            return {"Retry-After": formatdate(math.ceil(self._service.now() + wait), usegmt=True)}
        return {"Retry-After": str(math.ceil(wait))}

    def _fault_for(self, call: Call) -> Fault | None:
        if call.schedules:
            return self._faults.for_call()
        if call.lists_accounts and self._options.listing_fault:
            return FAULTS[self._options.listing_fault]
        if call.creates:
            return self._create_faults.for_call()
        if call.imports:
            return self._import_faults.for_call()
        return self._faults.for_read() if call.reads else None

    async def _play(self, visit: Visit, call: Call, fault: Fault) -> web.StreamResponse:
        """Lets a fault happen, with as much of the effect as belongs to it."""
        answer = Answer(200)
        if fault.effect != "none":
            ready = self._routes.ready(call)
            if isinstance(ready, Answer):  # a bad request is refused, whatever was to go wrong
                return self._reply(visit, ready)
            if fault.effect == "later":
                loop = asyncio.get_running_loop()
                loop.call_later(self._options.effect_delay, ready, False)
            else:
                answer = ready(fault.effect == "half")
        visit.fault = fault.name
        return await self._fail(visit, fault, answer)

    async def _fail(self, visit: Visit, fault: Fault, answer: Answer) -> web.StreamResponse:
        """What the caller gets of a fault, instead of the answer."""
        if fault.how == "reset":
            return self._reset(visit)
        if fault.how == "hang":
            return await self._hang(visit)
        if fault.how == "cut":
            return self._cut(visit, answer)
        if fault.how == "spoilt":
            return self._reply(visit, spoilt(answer, fault.name, self._chance))
        if fault.how == "html":
            reason = HTTPStatus(fault.status).phrase
            self._note(visit, fault.status)
            page = HTML_PAGE.format(status=fault.status, reason=reason)
            return self._response(fault.status, page.encode(), "text/html")
        if fault.how == "empty":
            location = {"Location": "https://elsewhere.invalid/"} if fault.status == 302 else {}
            return self._reply(visit, Answer(fault.status, None, location))
        return self._reply(visit, self._error(fault))

    def _error(self, fault: Fault) -> Answer:
        """A fault's body of the service's own."""
        if fault.name == "decode_error_response":
            return not_valid([issue("Expected a string, actual undefined", "data", 0)])
        headers = self._retry_after(fault.retry_after, self._options.retry_after)
        if fault.status in (429, 503):
            return coded(fault.status, "try_again_later", "Too many requests", **headers)
        reason = HTTPStatus(fault.status).phrase
        return tagged(fault.status, reason.replace(" ", ""), f"{reason} (a fault was played)")

    def _reply(self, visit: Visit, answer: Answer) -> web.Response:
        body = b"" if answer.value is None else self._writer.encode(answer.value)
        self._note(visit, answer.status)
        response = self._response(answer.status, body)
        response.headers.update(answer.headers)
        return response

    def _response(
        self, status: int, body: bytes, kind: str = "application/json; charset=utf-8"
    ) -> web.Response:
        headers = {"Date": self._date(), "cf-ray": f"{self._chance.getrandbits(64):016x}-SIM"}
        if body:
            headers["Content-Type"] = kind
        return web.Response(status=status, body=body or None, headers=headers)

    def _date(self) -> str:
        return _http_date(int(self._service.now()))

    def _note(self, visit: Visit, status: int | None) -> None:
        if visit.noted:  # a call that hangs is written down before it is interrupted
            return
        visit.noted = True
        self.record.add_request(
            {
                "number": visit.number,
                "time": stamp(visit.received),
                "answered": stamp(time.time()),
                "method": visit.request.method,
                "path": visit.request.raw_path,
                "connection": visit.connection,
                "answer": status,
                "fault": visit.fault,
            }
        )

    def _reset(self, visit: Visit) -> web.StreamResponse:
        self._note(visit, None)
        _abort(visit.request)
        return web.Response()  # nobody is there to get it

    async def _hang(self, visit: Visit) -> web.StreamResponse:
        self._note(visit, None)
        await asyncio.sleep(self._options.hang_seconds)
        _abort(visit.request)
        return web.Response()

    def _cut(self, visit: Visit, answer: Answer) -> web.StreamResponse:
        self._note(visit, None)
        body = self._writer.encode(answer.value)
        head = f"HTTP/1.1 200 OK\r\nDate: {self._date()}\r\nContent-Type: application/json\r\n"
        transport = visit.request.transport
        if transport is not None:
            head += f"Content-Length: {len(body)}\r\n\r\n"
            transport.write(head.encode() + body[: len(body) // 2])
            transport.close()
        return web.Response()


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body, or None if it is too big."""
    if (request.content_length or 0) > BIGGEST_BODY:
        return None
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > BIGGEST_BODY:
            return None
    return bytes(body)


def _abort(request: web.BaseRequest) -> None:
    """Closes the connection with a RST, as a crash or a firewall would."""
    transport = request.transport
    if transport is not None and not transport.is_closing():
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


@lru_cache(maxsize=2)
def _http_date(now: int) -> str:
    return formatdate(now, usegmt=True)

"""Servers that say any bytes at all, and what a call to one of them ends in."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch_scheduler.octospark import (
    Answer,
    CallFailed,
    OctosparkClient,
    ScheduleAnswer,
    Timeouts,
)

TOKEN = "octo_test_nobodymayeverseethis"
TEAM = "7ea00000-0000-4000-8000-000000000001"
POST = "b0570000-0000-4000-8000-000000000001"
ACCOUNT = "acc00000-0000-4000-8000-000000000001"
CALL = {"socialAccountIds": [ACCOUNT], "scheduledAt": "2999-05-01T07:00:00Z"}
ACCEPTED = {"data": [{"socialAccountId": ACCOUNT, "scheduledPost": {"id": "s1"}}]}
USUAL = Timeouts()
CERTIFICATE = Path(__file__).with_name("for_tests_only.pem")
"""Signed by itself, for octospark.test, localhost and 127.0.0.1; the key is in it."""


@dataclass(slots=True)
class Wire:
    """What a server saw: each request's head and body as they came, and its connections."""

    url: str = ""
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    someone_left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def lines(self) -> list[str]:
        """The request lines."""
        return [head.split(b"\r\n", 1)[0].decode("ascii") for head in self.heads]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def header(self, name: str) -> list[str]:
        """Its values in the last request."""
        found = (line.partition(b":") for line in self.heads[-1].split(b"\r\n")[1:])
        return [value.strip().decode() for key, _, value in found if key.decode().lower() == name]


@dataclass(slots=True)
class Caller:
    """One connection, as the server has it."""

    wire: Wire
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """Reads a whole request; returns its body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.wire.heads.append(head)
        length = self.wire.header("content-length")
        self.wire.bodies.append(await self.reader.readexactly(int(length[0]) if length else 0))
        return self.wire.bodies[-1]

    async def say(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    def reset(self) -> None:
        """Closes with a RST, as a crash or a firewall would."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Talk = Callable[[Caller], Awaitable[None]]


@asynccontextmanager
async def serving(
    talk: Talk, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Wire]:
    """Has `talk` with everyone who connects, and hangs up when it returns."""
    wire = Wire()
    tasks: set[asyncio.Task[None] | None] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        wire.opened += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(Caller(wire, reader, writer))
        finally:
            wire.closed += 1
            wire.someone_left.set()
            writer.close()

    server = await asyncio.start_server(meet, host, 0, ssl=tls)
    place = f"[{host}]" if ":" in host else host
    wire.url = f"{'https' if tls else 'http'}://{place}:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        for task in filter(None, tasks):
            task.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def reply(
    body: bytes | str | dict[str, Any] | list[Any] = b"", status: str = "200 OK", **headers: str
) -> bytes:
    """An answer's bytes; a header's name is written with underscores."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body))
    raw = raw if isinstance(raw, bytes) else raw.encode()
    given = {"Content-Length": str(len(raw))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + raw


def answering(*replies: bytes) -> Talk:
    """One reply for each request of a connection, and then the last one for ever."""

    async def talk(caller: Caller) -> None:
        left = list(replies)
        while True:
            await caller.request()
            await caller.say(left.pop(0) if len(left) > 1 else left[0])

    return talk


async def schedule(client: OctosparkClient, **more: Any) -> Answer[ScheduleAnswer]:
    return await client.schedule_multi(TEAM, POST, {**CALL, **more})


async def failure(client: OctosparkClient, **more: Any) -> CallFailed:
    """What a schedule call ends in, which is no answer."""
    try:
        answer = await schedule(client, **more)
    except CallFailed as error:
        return error
    raise AssertionError(f"it was answered: {answer}")


def failure_with(talk: Talk, timeouts: Timeouts = USUAL) -> CallFailed:
    """The same, with a server of its own."""

    async def run() -> CallFailed:
        async with (
            serving(talk) as wire,
            OctosparkClient(TOKEN, wire.url, timeouts=timeouts) as client,
        ):
            return await failure(client)

    return asyncio.run(run())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

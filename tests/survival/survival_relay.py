"""The way to a service, which can be cut, and which forgets connections that idle."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Relay:
    """Set `up` to False, and the service is out of reach: its connections are reset.

    `idle`: what comes on a connection after so many seconds of silence is answered with a reset,
    as firewalls and servers do.
    """

    def __init__(self, service: str, idle: float) -> None:
        address = urlsplit(service)
        self._host, self._port = address.hostname, address.port
        self._idle = idle
        self._open: set[asyncio.StreamWriter] = set()
        self.up = True
        self.url = ""
        self.stale = 0
        """Connections that were used after they had been forgotten."""

    def cut(self) -> None:
        self.up = False

    def mend(self) -> None:
        self.up = True

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        async with await asyncio.start_server(self._visit, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await stop.wait()
            for writer in self._open:
                writer.transport.abort()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._host, self._port)
        ends = {writer, back}
        self._open |= ends
        answers = asyncio.ensure_future(self._pass_on(there, writer))
        try:
            await self._pass_on(reader, back, forgets=True)
        finally:
            answers.cancel()
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, forgets: bool = False
    ) -> None:
        clock = asyncio.get_running_loop()
        last = clock.time()
        try:
            while data := await reader.read(65536):
                if forgets and clock.time() - last > self._idle:
                    self.stale += 1
                    return
                if not self.up:
                    return
                last = clock.time()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            return  # one of the two ends is gone


@contextmanager
def relaying(service: str, idle: float = 3600.0) -> Iterator[Relay]:
    relay = Relay(service, idle)
    ready = threading.Event()
    shared: dict[str, asyncio.AbstractEventLoop | asyncio.Event] = {}
    stop = asyncio.Event()

    async def serve() -> None:
        shared["loop"] = asyncio.get_running_loop()
        await relay.serve(ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(5)
    try:
        yield relay
    finally:
        loop = shared["loop"]
        assert isinstance(loop, asyncio.AbstractEventLoop)
        loop.call_soon_threadsafe(stop.set)
        thread.join()

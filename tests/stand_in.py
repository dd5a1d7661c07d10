"""The stand-in for the service, on a thread of this process, and its own record."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening


@contextmanager
def serving(**options: Any) -> Iterator[str]:
    """Yields its URL. Cheap enough for hundreds of them; only other threads and processes may
    wait for it.
    """
    ready = threading.Event()
    shared: dict[str, Any] = {}

    async def serve() -> None:
        shared["stop"], shared["loop"] = asyncio.Event(), asyncio.get_running_loop()
        async with listening(options_from(options)) as url:
            shared["url"] = url
            ready.set()
            await shared["stop"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield shared["url"]
    finally:
        shared["loop"].call_soon_threadsafe(shared["stop"].set)
        thread.join()


class Recorded:
    """A stand-in by its own record, which survives whatever happens to the program."""

    def __init__(self, url: str) -> None:
        self.url = url

    def record(self) -> dict[str, list[dict[str, Any]]]:
        address = self.url.removeprefix("http://")
        with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
            connection.request("GET", "/__record")
            record: dict[str, list[dict[str, Any]]] = json.load(connection.getresponse())
            return record

    @property
    def requests(self) -> list[dict[str, Any]]:
        """In the order of their arrival."""
        return sorted(self.record()["requests"], key=lambda one: int(one["number"]))

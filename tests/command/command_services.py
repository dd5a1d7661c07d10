"""The services that the program speaks to: the stand-in by its own record, and liars."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from command_line import Delivery

from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening


class StandIn:
    """The stand-in, by its own record."""

    def __init__(self, url: str) -> None:
        self.url = url

    def record(self) -> dict[str, list[dict[str, Any]]]:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        with closing(connection):
            connection.request("GET", "/__record")
            record: dict[str, list[dict[str, Any]]] = json.load(connection.getresponse())
            return record

    @property
    def requests(self) -> list[dict[str, Any]]:
        return sorted(self.record()["requests"], key=lambda one: int(one["number"]))

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [one for one in self.requests if one["path"].endswith("/schedule-multi")]

    @property
    def effects(self) -> list[dict[str, Any]]:
        return self.record()["effects"]

    @property
    def scheduled(self) -> Counter[Delivery]:
        """How often each delivery was scheduled."""
        return Counter(
            Delivery(one["postId"], one["socialAccountId"], one["instant"])
            for one in self.effects
            if one["kind"] == "scheduled"
        )

    @property
    def ids(self) -> dict[Delivery, str]:
        """What each delivery's last scheduled post is called."""
        return {
            Delivery(one["postId"], one["socialAccountId"], one["instant"]): one["scheduledPostId"]
            for one in self.effects
        }


@contextmanager
def standing_in(**options: Any) -> Iterator[StandIn]:
    """On a thread of its own, as nothing here waits for it but other processes."""
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
        yield StandIn(shared["url"])
    finally:
        shared["loop"].call_soon_threadsafe(shared["stop"].set)
        thread.join()


Reply = tuple[int, Mapping[str, str], bytes]


@contextmanager
def replying(reply: Callable[[BaseHTTPRequestHandler, bytes], Reply]) -> Iterator[str]:
    """A server that answers as it is told to, by request and body; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = reply(self, body)
            self.send_response(status, headers.get(REASON))
            for name in headers.keys() - {REASON}:
                self.send_header(name, headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *values: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


REASON = "reason"
"""Among the headers of a reply: the words behind the status."""

"""The services that the program speaks to: the stand-in by its own record, and liars."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from command_line import Delivery
from stand_in import Recorded, serving


class StandIn(Recorded):
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
    with serving(**options) as url:
        yield StandIn(url)


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

"""A ledger, the stand-in on a real socket, and a gate before it that can spoil a move to draft."""

from __future__ import annotations

import asyncio
import csv
import http.client
import json
import socket
import sqlite3
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from stand_in import Recorded, serving

from batch_scheduler.app import App
from batch_scheduler.history import Finished
from batch_scheduler.ledger import open_ledger
from batch_scheduler.sending import Limits, Service
from batch_scheduler.settings import Options, Settings
from batch_scheduler.undo import Undoing, Undone

TEAM = "7ea00000-0000-4000-8000-000000000001"
TOKEN = "octo_test_undo"
NOW = int(time.time())
Row = dict[str, str]


class Key(NamedTuple):
    post: str
    account: str
    instant: str


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8004-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8004-{number:012x}"


def at(hours: float) -> str:
    return datetime.fromtimestamp(NOW + 3600 * hours, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(post: int = 1, accounts: Sequence[int] = (1,), hours: float = 24, **more: str) -> Row:
    return {
        "post_id": post_id(post),
        "social_account_ids": ";".join(map(account_id, accounts)),
        "scheduled_at": at(hours),
        **more,
    }


def write_sheet(path: Path, rows: Sequence[Row]) -> Path:
    columns = list(dict.fromkeys(name for one in rows for name in one))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_sheet(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# Time


class HurriedClock:
    """Sleeps return at once, and it is later."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.passed = ahead

    def time(self) -> float:
        return time.time() + self.passed

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


# The service


class StandIn(Recorded):
    def ask(self, method: str, path: str, body: object = None) -> Any:
        """A request by somebody else."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        with closing(connection):
            head = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, head)
            return json.loads(connection.getresponse().read() or b"null")

    def schedule(self, post: int, account: int = 9, hours: float = 30) -> None:
        """By hand."""
        body = {"socialAccountIds": [account_id(account)], "scheduledAt": at(hours)}
        self.ask("POST", f"/v1/teams/{TEAM}/posts/{post_id(post)}/schedule-multi", body)

    def count(self, kind: str) -> Counter[Key]:
        """scheduled, or cancelled: how often each delivery was."""
        return Counter(
            Key(one["postId"], one["socialAccountId"], one["instant"])
            for one in self.record()["effects"]
            if one["kind"] == kind
        )

    @property
    def standing(self) -> Counter[Key]:
        """What is scheduled now."""
        return self.count("scheduled") - self.count("cancelled")

    @property
    def moves(self) -> list[str]:
        """The posts that were asked to be moved to draft, in that order."""
        asked = [one["path"].split("/") for one in self.record()["requests"]]
        return [parts[5] for parts in asked if parts[-1] == "move-to-draft"]


@contextmanager
def standing_in(**options: Any) -> Iterator[StandIn]:
    with serving(**options) as url:
        yield StandIn(url)


class Fault(NamedTuple):
    """What a move to draft meets: `done`: it takes effect; `status` 0: the connection is reset."""

    status: int
    done: bool = False
    body: bytes = b""
    headers: Mapping[str, str] = {}
    meanwhile: Callable[[], None] = lambda: None


class Gate:
    """Stands before the stand-in; spoils the moves to draft, and the reads of `hidden` posts."""

    def __init__(self, behind: StandIn) -> None:
        self.behind = behind
        self.url = ""
        self.faults: list[Fault | None] = []
        self.always: Fault | None = None
        self.shows_nothing = False
        self.moves: list[str] = []
        self.moved_at: list[float] = []

    def fault(self, post: str) -> Fault | None:
        self.moves.append(post)
        self.moved_at.append(time.monotonic())
        return self.faults.pop(0) if self.faults else self.always


@contextmanager
def gate_before(behind: StandIn) -> Iterator[Gate]:
    gate = Gate(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = self.path.split("/")
            fault = gate.fault(parts[5]) if parts[-1] == "move-to-draft" else None
            if fault is not None:
                fault.meanwhile()
            status, content = 0, b""
            head: dict[str, str] = {}
            if fault is None or fault.done:
                status, head, content = self.forward(body)
            if fault is not None:
                status, head, content = fault.status, dict(fault.headers), fault.body
            if gate.shows_nothing and self.command == "GET" and b"latestScheduled" in content:
                content = json.dumps({**json.loads(content), "latestScheduledPost": None}).encode()
            self.answer(status, head, content)

        do_GET = do_POST = do_any  # noqa: N815

        def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            address = gate.behind.url.removeprefix("http://")
            with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
                given = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
                head = {name: value for name, value in given.items() if value}
                connection.request(self.command, self.path, body or None, head)
                response = connection.getresponse()
                kept = {"Content-Type": response.headers.get("Content-Type", "text/plain")}
                return response.status, kept, response.read()

        def answer(self, status: int, head: Mapping[str, str], content: bytes) -> None:
            if not status:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            for name, value in head.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: object) -> None:
            pass

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # who hung up, or was hung up on

    with Server(("127.0.0.1", 0), Handler) as server:
        gate.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield gate
        finally:
            server.shutdown()
            thread.join()


# The program


class Nobody:
    """A person who agrees to all and sees nothing."""

    def agrees(self, plan: Any) -> bool:
        return True

    def watches(self, tally: Any) -> Any:
        return nullcontext()

    def hears(self, text: str) -> None:
        pass


class World:
    """One person's folder and ledger, and the program on this service."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.sqlite3"
        self.settings = Settings(TOKEN, TEAM, url, str(self.ledger))
        self.app = App(self.settings)
        self.at = folder / "week.results.csv"

    def run(self, *rows: Row, **options: Any) -> Finished:
        sheet = write_sheet(self.folder / "week.csv", rows)
        usual: dict[str, Any] = {"settle": None, "timeout": 5.0}
        how = Options(**{**usual, **options})
        done = self.app.run([str(sheet)], how, str(self.at), Nobody())
        assert done is not None
        return done

    def send(self, *rows: Row, **options: Any) -> str:
        """A run of which everything is accepted."""
        done = self.run(*rows, **options)
        assert done.counts.keys() == {"accepted"}
        return done.run.id

    def undo(self, run: str, **options: Any) -> Undone:
        """As a person does it who agrees to all; its sheet is undone.csv."""
        place = str(self.folder / "undone.csv")
        done = self.app.undo(run, Options(**options), place, lambda would: True)
        assert done is not None
        return done

    def hurried(
        self,
        run: str,
        clock: HurriedClock | None = None,
        on_start: Callable[[Callable[[Exception], None]], None] = lambda stop: None,
        **limits: Any,
    ) -> Undone:
        """The same, in no time."""
        clock = clock or HurriedClock()
        usual = {"concurrency": 4, "rate": None, "lead": 60.0, "give_up": 300.0}
        with closing(open_ledger(str(self.ledger))) as ledger:
            record = ledger.run(run)
            assert record is not None
            undoing = Undoing(ledger, record, 60.0, clock.time())
            service = Service(self.settings.base_url, TOKEN, 5.0)
            reason = undoing.ask(service, Limits(**{**usual, **limits}), on_start, clock)
            return undoing.so_far(reason)

    @property
    def sheet(self) -> list[Row]:
        return read_sheet(self.folder / "undone.csv")

    def results(self, run: str) -> list[Row]:
        """The run's results sheet as it is written now."""
        self.app.show(run, str(self.folder / "now.csv"))
        return read_sheet(self.folder / "now.csv")

    def statuses(self, run: str) -> list[tuple[str, str]]:
        return [(one["status"], one["error_code"]) for one in self.results(run)]

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """As a person at a SQL prompt."""
        with closing(sqlite3.connect(self.ledger, isolation_level=None, timeout=5)) as db:
            return db.execute(sql, values).fetchall()

    def states(self) -> list[str]:
        return [state for (state,) in self.ask("SELECT state FROM delivery ORDER BY id")]


def words(done: Undone) -> dict[str, int]:
    return {str(word): count for word, count in done.counts.items()}

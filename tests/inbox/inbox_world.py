"""A folder that sheets are put into, the program, and a service that keeps its own record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import program
from stand_in import Recorded

from batch_scheduler.failpoints import VARIABLE as KILL_AT
from batch_scheduler.simulator import TEAM_ID, Options

PACKAGES = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "batch_scheduler"]
TOKEN = "octo_test_inbox"
SECRET = "k3y-of-the-channel"
KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)
NOW = int(time.time())
PATIENCE = ("--settle", "0.5", "--timeout", "1", "--give-up", "1", "--quiet", "0.1")


class Key(NamedTuple):
    post: str
    account: str
    instant: str


class Wish(NamedTuple):
    """A row: numbers of a post and an account, and how many hours ahead."""

    post: int
    account: int = 1
    hours: float = 24

    @property
    def key(self) -> Key:
        at = datetime.fromtimestamp(NOW + round(3600 * self.hours), UTC)
        post = f"b0570000-0000-4000-8003-{self.post:012x}"
        account = f"acc00000-0000-4000-8003-{self.account:012x}"
        return Key(post, account, at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def sheet_of(wishes: Sequence[Wish], *more: Sequence[str]) -> str:
    """As the text of a CSV; `more`: rows as they are."""
    rows = [
        ["post_id", "social_account_ids", "scheduled_at"],
        *(wish.key for wish in wishes),
        *more,
    ]
    return "".join(",".join(row) + "\n" for row in rows)


class StandIn(Recorded):
    """The service in a process of its own, which can be made to hang."""

    def __init__(self, child: subprocess.Popen[str], url: str) -> None:
        super().__init__(url)
        self._child = child

    @property
    def done(self) -> Counter[Key]:
        """How often each delivery was scheduled."""
        effects = self.record()["effects"]
        return Counter(Key(e["postId"], e["socialAccountId"], e["instant"]) for e in effects)

    def asked(self, end: str) -> int:
        """How often something whose address ends so was asked for."""
        return sum(str(one["path"]).endswith(end) for one in self.requests)

    def until_asked(self, end: str, times: int) -> None:
        until = time.monotonic() + 30
        while self.asked(end) < times:
            assert time.monotonic() < until
            time.sleep(0.02)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """What is sent meanwhile is done afterwards, when nobody listens for an answer."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._child.send_signal(signal.SIGCONT)


@contextmanager
def standing_in(**options: Any) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "batch_scheduler.simulator", "--parent"]
    with subprocess.Popen(
        [*command, "--options", Options(**options).as_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(PACKAGES)},
    ) as child:
        assert child.stdout is not None
        yield StandIn(child, child.stdout.readline().strip())
        child.kill()


class Listener:
    """A web server that keeps what it is told, and can refuse it."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refuses = False
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.asked.append(self.path)
                self._answer()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not listener.refuses:
                    listener.posts.append(json.loads(body))
                self._answer()

            def _answer(self) -> None:
                self.send_response(500 if listener.refuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def channel(self) -> str:
        return f"json://{self.address}/{SECRET}"


class Ended(program.Ended):
    @property
    def nights(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def sheets(self) -> dict[str, str]:
        """What became of each."""
        return {one["name"]: one["outcome"] for night in self.nights for one in night["sheets"]}


class World:
    """One inbox with its ledger."""

    def __init__(self, folder: Path, url: str) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.ledger = folder / "ledger" / "ledger.sqlite3"
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self.environment: Mapping[str, str] = {
            **kept,
            "HOME": str(folder),
            "PYTHONPATH": str(PACKAGES),
            "OPENBLAS_NUM_THREADS": "1",
            "BATCH_SCHEDULER_LEDGER": str(self.ledger),
            "OCTOSPARK_TEAM_ID": TEAM_ID,
            "OCTOSPARK_TOKEN": TOKEN,
            "OCTOSPARK_BASE_URL": url,
        }

    def put(self, name: str, wishes: Sequence[Wish], *more: Sequence[str]) -> Path:
        path = self.inbox / name
        path.write_text(sheet_of(wishes, *more), encoding="utf-8")
        return path

    @property
    def files(self) -> set[str]:
        """All but what the program keeps for itself."""
        found = (path.relative_to(self.inbox) for path in self.inbox.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if path.parts[0] != ".batch-scheduler"}

    def start(
        self, *options: str, kill_at: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, "inbox", str(self.inbox), "--json", *PATIENCE, *options],
            cwd=self.inbox.parent,
            env={**self.environment, **(env or {}), **({KILL_AT: kill_at} if kill_at else {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(
        self, *options: str, kill_at: str = "", env: Mapping[str, str] | None = None
    ) -> Ended:
        with self.start(*options, kill_at=kill_at, env=env) as child:
            out, err = child.communicate(timeout=120)
        return Ended(child.returncode, out, err)


def statuses(results: Path) -> Counter[str]:
    """Of a results sheet in XLSX."""
    import openpyxl

    with closing(openpyxl.load_workbook(results)) as book:
        rows = book["Results"].iter_rows(values_only=True)
        header = list(next(rows))
        return Counter(str(row[header.index("status")]) for row in rows)

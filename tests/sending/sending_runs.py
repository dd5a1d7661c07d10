"""Runs in a real ledger, a stand-in on a real socket, and clocks that take little or no time."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import selectors
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

from batch_scheduler.ledger import Ledger, NewRun, open_ledger
from batch_scheduler.model import utc_text
from batch_scheduler.octospark import OctosparkClient, Timeouts
from batch_scheduler.planning import Defaults, Rules, known_deliveries, make_plan, read_wishes
from batch_scheduler.sending.clock import Clock, Stop
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.sender import Sender
from batch_scheduler.sending.tally import Tally
from batch_scheduler.sheets import read_sheet
from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening

T = TypeVar("T")

TEAM = "7ea00000-0000-4000-8000-000000000001"
TOKEN = "octo_test_sending"
RUN = "r1"
NOW = int(time.time())
HOUR = 3600
LIMITS = Limits(concurrency=8, rate=None, lead=60.0, give_up=300.0)

Row = tuple[int, int, int]
"""A post's number, how many accounts, and how many hours ahead."""


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8000-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8000-{number:012x}"


# Clocks


class HurriedClock:
    """Sleeps return at once, and it is later: also the grace for calls under way."""

    def __init__(self) -> None:
        self._passed = 0.0

    def time(self) -> float:
        return NOW + self._passed

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    async def sleep(self, seconds: float) -> None:
        wake = self._passed + seconds
        await asyncio.sleep(0)
        self._passed = max(self._passed, wake)


class FastClock:
    """Real time, so many times as fast: what happens at once still does."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._start = time.monotonic()

    def time(self) -> float:
        return NOW + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._start) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._times)


class LoopClock:
    """The event loop's own time: exact in `in_virtual_time`."""

    def time(self) -> float:
        return NOW + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Leap(selectors.DefaultSelector):
    """Whoever would wait for time to pass finds that it has."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everyone waits, and nobody will ever wake them")
        self.now += 0.0 if ready or timeout is None else timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """For what uses no socket and no thread. A deadlock is an error."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)


# The ledger


class Delivery(NamedTuple):
    """A row of the ledger, read by a connection of its own."""

    post: str
    account: str
    instant: str
    state: str
    attempts: int
    code: str | None
    error: str | None
    scheduled_post_id: str | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.post, self.account, self.instant


def record_run(path: Path, rows: Sequence[Row], run: str = RUN) -> None:
    """A ledger at the path with one run, planned as a sheet with these rows is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["post_id", "social_account_ids", "scheduled_at"])
    for post, accounts, hours in rows:
        ids = ";".join(account_id(number) for number in range(1, accounts + 1))
        writer.writerow([post_id(post), ids, utc_text(NOW + hours * HOUR)])
    sheet = read_sheet("-", io.BytesIO(text.getvalue().encode()))
    wishes = read_wishes([sheet], Defaults(team=TEAM))
    rules = Rules(now=NOW - HOUR, lead=0, max_accounts=50)
    plan = make_plan(wishes, known_deliveries([]), rules)
    assert plan.valid, plan.issues
    ledger = open_ledger(str(path))
    ledger.record(NewRun(run, "http://service", NOW, {}, ["-"]), plan)
    ledger.close()


def ask_ledger(path: Path, sql: str, *values: object) -> list[Any]:
    """On a second connection."""
    with sqlite3.connect(path) as db:
        rows = db.execute(sql, values).fetchall()
    db.close()
    return rows


def deliveries(path: Path) -> list[Delivery]:
    """In the order of the input."""
    rows = ask_ledger(
        path,
        "SELECT post, account, instant, state, attempts, code, error, scheduled_post_id"
        " FROM delivery ORDER BY id",
    )
    return [Delivery(row[0], row[1], utc_text(row[2]), *row[3:]) for row in rows]


def states(path: Path) -> list[str]:
    return [one.state for one in deliveries(path)]


# Sending


@dataclass(frozen=True, slots=True)
class Sending:
    """One run's sender, and all that is around it."""

    sender: Sender
    ledger: Ledger
    journal: Journal
    stop: Stop
    tally: Tally

    async def send(self) -> None:
        await self.sender.send(RUN)


@asynccontextmanager
async def sending(
    path: Path,
    url: str,
    *,
    clock: Clock | None = None,
    jitter: Callable[[], float] = lambda: 1.0,
    patience: float = 5.0,
    **limits: Any,
) -> AsyncIterator[Sending]:
    """What app will wire: `limits` differ from LIMITS."""
    clock = clock or HurriedClock()
    ledger, stop, tally = open_ledger(str(path)), Stop(clock), Tally()
    journal = Journal(ledger)
    try:
        async with OctosparkClient(TOKEN, url, timeouts=Timeouts(read=patience)) as client:
            sender = Sender(
                client,
                ledger,
                journal,
                replace(LIMITS, **limits),
                tally,
                stop=stop,
                clock=clock,
                jitter=jitter,
            )
            yield Sending(sender, ledger, journal, stop, tally)
    finally:
        await journal.close()
        ledger.close()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of a run, as the ledger and the stand-in's record have it."""

    path: Path
    tally: Tally
    reason: Exception | None

    @property
    def deliveries(self) -> list[Delivery]:
        return deliveries(self.path)

    @property
    def states(self) -> list[str]:
        return states(self.path)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The schedule calls, in the order that they arrived."""
        asked = [one for one in self.requests if one["path"].endswith("/schedule-multi")]
        return sorted(asked, key=lambda one: int(one["number"]))

    @property
    def requests(self) -> list[dict[str, Any]]:
        return recorded(self.path, "request")

    @property
    def effects(self) -> list[dict[str, Any]]:
        return recorded(self.path, "effect")


def recorded(path: Path, event: str) -> list[dict[str, Any]]:
    """What the stand-in wrote down beside the ledger."""
    lines = record_path(path).read_text().splitlines()
    return [one for one in map(json.loads, lines) if one["event"] == event]


def record_path(path: Path) -> Path:
    return path.with_suffix(".record")


def stand_in(path: Path, **options: Any) -> Any:
    """`async with` gives its base URL; its record lies beside the ledger."""
    return listening(options_from({"record": str(record_path(path)), **options}))


def rehearse(
    folder: Path,
    rows: Sequence[Row],
    *,
    clock: Clock | None = None,
    patience: float = 5.0,
    limits: dict[str, Any] | None = None,
    **options: Any,
) -> Rehearsal:
    """Plan the rows, send them to a stand-in with these options, and look at what came of it."""
    path = folder / "ledger.sqlite3"
    record_run(path, rows)

    async def main() -> Rehearsal:
        async with (
            stand_in(path, **options) as url,
            sending(path, url, clock=clock, patience=patience, **(limits or {})) as one,
        ):
            await one.send()
        return Rehearsal(path, one.tally, one.stop.reason)

    return asyncio.run(main())


@asynccontextmanager
async def answering(
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    """A server of its own, for what the stand-in can't be told to do; gives its base URL."""
    server = web.Server(answer, access_log=None, handler_cancellation=True)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        await server.shutdown(0.1)


def the_post(request: web.BaseRequest) -> int:
    """The number of the post that a schedule call is for; 0 for other requests."""
    parts = request.path.split("/")
    return int(parts[5][-12:], 16) if parts[-1] == "schedule-multi" else 0


async def accept(request: web.BaseRequest) -> web.Response:
    """The good answer to a schedule call."""
    accounts = (await request.json())["socialAccountIds"]
    posts = [{"id": f"sp-{one}", "socialAccountId": one} for one in accounts]
    entries = [{"socialAccountId": one["socialAccountId"], "scheduledPost": one} for one in posts]
    return web.json_response({"data": entries})


def seconds(stamp: str) -> float:
    """A time of the stand-in's record, since 1970."""
    return datetime.fromisoformat(stamp).timestamp()

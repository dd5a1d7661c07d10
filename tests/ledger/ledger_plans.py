"""Small plans, made and recorded as the program does it, and a second look at the database."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batch_scheduler.ledger import Claim, Conclusion, Ledger, NewRun, open_ledger
from batch_scheduler.model import Call, Outcome, Sheet, Status, utc_text
from batch_scheduler.planning import (
    Defaults,
    Plan,
    Rules,
    known_deliveries,
    make_plan,
    read_wishes,
)
from batch_scheduler.sheets import read_sheet

SERVICE = "https://api.example.com"
TEAM = "7ea00000-0000-4000-8000-000000000001"
NOW = 1_790_000_000.0  # 2026-09-21
SOON = int(NOW) + 3600
LATER = SOON + 3600
CORE = ("post_id", "social_account_ids", "scheduled_at")

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One database. `open` gives a ledger on it, as another process would have one.

    `refusal`: what its driver raises when a rule of the database forbids a change.
    """

    location: str
    open: Callable[[], Ledger]
    refusal: type[Exception] = sqlite3.IntegrityError

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Through a connection of its own, with SQLite's defaults: as a person at a SQL prompt."""
        db = sqlite3.connect(self.location, isolation_level=None, timeout=0)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def states(self, run: str = "r1") -> list[str]:
        """In the order of the input."""
        rows = self.ask(
            "SELECT state FROM delivery WHERE run = (SELECT number FROM run WHERE id = ?) "
            "ORDER BY id",
            run,
        )
        return [row[0] for row in rows]


def sqlite_place(folder: Path) -> Place:
    location = str(folder / "ledger.sqlite3")
    return Place(location, lambda: open_ledger(location))


def post(number: int) -> str:
    return f"b0570000-0000-4000-8000-{number:012x}"


def account(number: int) -> str:
    return f"acc00000-0000-4000-8000-{number:012x}"


def row(posts: int = 1, accounts: Sequence[int] = (1,), instant: int = SOON) -> Row:
    """A row that asks for one post on these accounts."""
    return post(posts), ",".join(map(account, accounts)), utc_text(instant)


def sheet(*rows: Row, header: Sequence[str] = CORE, path: str = "week.csv") -> Sheet:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    read = read_sheet("-", io.BytesIO(text.getvalue().encode()))
    return replace(read, path=path)


def plan(
    ledger: Ledger,
    *rows: Row,
    sheets: Sequence[Sheet] = (),
    service: str = SERVICE,
    team: str = TEAM,
    **rules: Any,
) -> Plan:
    """What the program would do for these rows, by what this ledger knows now."""
    wishes = read_wishes([*sheets] or [sheet(*rows)], Defaults(team=team))
    known = known_deliveries(ledger.known(service, wishes.targets()))
    most = {"now": NOW, "lead": 60, "max_accounts": 50}
    return make_plan(wishes, known, Rules(**{**most, **rules}))


def new_run(run: str = "r1", service: str = SERVICE, **more: Any) -> NewRun:
    usual: Mapping[str, Any] = {"started_at": NOW, "settings": {}, "results": []}
    return NewRun(run, service, **{**usual, **more})


def record(ledger: Ledger, *rows: Row, run: str = "r1", **more: Any) -> list[Call]:
    """Plan and record; the calls that are to be made. `more` goes to `plan`."""
    ledger.record(new_run(run, more.get("service", SERVICE)), plan(ledger, *rows, **more))
    return ledger.calls(run, after=0, most=10_000)


def claim(ledger: Ledger, call: Call, now: float = NOW, not_before: float = float("-inf")) -> bool:
    with ledger.transaction():
        (mine,) = ledger.claim([Claim(call, now, not_before)])
        return mine


def release(ledger: Ledger, call: Call) -> None:
    with ledger.transaction():
        ledger.release(call, None, None, tried=False)


def conclude(ledger: Ledger, call: Call, status: Status, now: float = NOW) -> None:
    """The same for all of its deliveries."""
    with ledger.transaction():
        ledger.conclude([Conclusion(call, outcomes(call, status), now)])


def outcomes(call: Call, status: Status) -> dict[int, Outcome]:
    if status is Status.ACCEPTED:
        return {one.id: Outcome(status, f"scheduled-{one.id}") for one in call.deliveries}
    outcome = Outcome(status, code="some-code", error="in words")
    return {one.id: outcome for one in call.deliveries}


def send(ledger: Ledger, call: Call, status: Status = Status.ACCEPTED) -> None:
    """Claimed and concluded."""
    assert claim(ledger, call)
    conclude(ledger, call, status)

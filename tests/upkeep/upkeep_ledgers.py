"""Ledgers with runs of long ago, recorded as the program does it, and a second look at them."""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from batch_scheduler.ledger import Claim, Conclusion, Ledger, NewRun, locks_folder, open_ledger
from batch_scheduler.ledger.upkeep import Pruned, Upkeep
from batch_scheduler.model import Call, Outcome, Status, utc_text
from batch_scheduler.planning import (
    Defaults,
    Plan,
    Rules,
    known_deliveries,
    make_plan,
    read_wishes,
)
from batch_scheduler.sheets import read_sheet

PACKAGES = Path(__file__).resolve().parents[2]
SERVICE = "https://api.example.com"
TEAM = "7ea00000-0000-4000-8000-000000000001"
NOW = int(time.time())
DAY = 86_400

Row = dict[str, str]


def row(post: int = 1, accounts: int = 1, days: float = -20, **more: str) -> Row:
    """A row of a sheet: a post on so many accounts, scheduled so many days from now."""
    return {
        "post_id": f"b0570000-0000-4000-8003-{post:012x}",
        "social_account_ids": ";".join(
            f"acc00000-0000-4000-8003-{one:012x}" for one in range(1, accounts + 1)
        ),
        "scheduled_at": utc_text(NOW + days * DAY),
        "note": f"of post {post}",
        **more,
    }


def plan(ledger: Ledger, rows: Sequence[Row], **rules: Any) -> Plan:
    """Made long ago, so that no row is too late."""
    columns = list(dict.fromkeys(name for one in rows for name in one))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    sheet = replace(read_sheet("-", io.BytesIO(text.getvalue().encode())), path="week.csv")
    wishes = read_wishes([sheet], Defaults(team=TEAM))
    usual = {"now": NOW - 100 * DAY, "lead": 60, "max_accounts": 50}
    known = known_deliveries(ledger.known(SERVICE, wishes.targets()))
    return make_plan(wishes, known, Rules(**{**usual, **rules}))


def begin(ledger: Ledger, run: str, *rows: Row, days: float = -30, **rules: Any) -> list[Call]:
    """A run that began so many days from now; the calls that are to be made."""
    new = NewRun(run, SERVICE, NOW + days * DAY, {}, ["week.results.csv"])
    ledger.record(new, plan(ledger, rows, **rules))
    return ledger.calls(run, after=0, most=100_000)


def conclude(ledger: Ledger, calls: Sequence[Call], status: Status = Status.ACCEPTED) -> None:
    with ledger.transaction():
        for call in calls:
            assert ledger.claim([Claim(call, NOW)]) == [True]
            outcomes = {one.id: _outcome(one.id, status) for one in call.deliveries}
            if status is Status.IN_DOUBT:
                ledger.doubt(call, outcomes, NOW, answered=False, settles=False)
            else:
                ledger.conclude([Conclusion(call, outcomes, NOW)])


def _outcome(id_: int, status: Status) -> Outcome:
    if status is Status.ACCEPTED:
        return Outcome(status, f"scheduled-{id_}")
    return Outcome(status, code="some-code", error="in words")


def end(ledger: Ledger, run: str, status: str = "complete", days: float = -30) -> None:
    with ledger.transaction():
        ledger.finish(run, status, None, NOW + days * DAY)


def a_run(
    ledger: Ledger,
    run: str,
    *rows: Row,
    status: Status = Status.ACCEPTED,
    days: float = -30,
    **rules: Any,
) -> None:
    """A whole one, all of it with this outcome."""
    conclude(ledger, begin(ledger, run, *rows, days=days, **rules), status)
    end(ledger, run, days=days)


def results(ledger: Ledger, run: str) -> list[list[str | int | None]]:
    return [line for source in ledger.sources(run) for line in ledger.results(run, source)]


def ask(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """As a person at a SQL prompt."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as db:
        return db.execute(sql, values).fetchall()


def dump(path: Path) -> list[str]:
    """All that is in a database."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def sizes(path: Path) -> dict[str, int]:
    """How many rows each table has that has some."""
    names = ask(
        path, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'transition'"
    )
    counts = {name: ask(path, f"SELECT count(*) FROM {name}")[0][0] for (name,) in names}
    return {name: count for name, count in counts.items() if count}


def locks(path: Path) -> Path:
    return locks_folder(str(path))


def prune(path: Path, before: float = -1, **more: Any) -> Pruned:
    """What ended before so many days from now."""
    with Upkeep(path, locks(path), sleep=more.pop("sleep", lambda seconds: None)) as upkeep:
        done = upkeep.prune(NOW + before * DAY, lambda found: True, **more)
    assert done is not None
    return done


def opened(path: Path) -> Any:
    return closing(open_ledger(str(path)))


def program(path: Path, text: str, kill_at: str = "") -> int:
    """Runs Python that knows this module and `path`; returns its exit code."""
    head = f"from pathlib import Path; from upkeep_ledgers import *; path = Path({str(path)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", head + text],
        cwd=Path(__file__).parent,
        env={
            **os.environ,
            "PYTHONPATH": str(PACKAGES),
            "BATCH_SCHEDULER_KILL_AT": kill_at,
            "OPENBLAS_NUM_THREADS": "1",
        },
        check=False,
        timeout=60,
    ).returncode

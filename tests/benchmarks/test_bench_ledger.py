"""Ten million deliveries later, looking back and looking up are as quick as on the first day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pandas as pd
import pytest
from bench_child import LONG
from bench_sheets import TEAM, account_id, at, write_csv

from batch_scheduler.ledger import Claim, Conclusion, Ledger, NewRun, open_ledger
from batch_scheduler.model import Outcome, Status
from batch_scheduler.planning import (
    Defaults,
    Rules,
    Wishes,
    known_deliveries,
    make_plan,
    read_wishes,
)
from batch_scheduler.sheets import read_sheet

Say = Callable[[str], None]

SERVICE = "https://api.example.com"
RUNS = 100 if LONG else 10
POSTS, ACCOUNTS = 5_000, 20  # of each run: 100,000 deliveries
ACCEPTED = Status.ACCEPTED


def wishes(folder: Path, run: int) -> Wishes:
    """Of a sheet that is that run's own."""
    everyone = ",".join(map(account_id, range(ACCOUNTS)))
    # Ids as they are in life: what is looked up lies all over the ledger.
    posts = (str(uuid5(NAMESPACE_OID, f"{run}-{n}")) for n in range(POSTS))
    rows = ([post, everyone, at(n)] for n, post in enumerate(posts))
    path = folder / "sheet.csv"
    write_csv(path, rows, ("post_id", "social_account_ids", "scheduled_at"))
    return read_wishes([read_sheet(str(path))], Defaults(team=TEAM))


def look_up(ledger: Ledger, asked: Wishes) -> tuple[float, pd.DataFrame]:
    started = time.perf_counter()
    known = known_deliveries(ledger.known(SERVICE, asked.targets()))
    return time.perf_counter() - started, known


def send(ledger: Ledger, folder: Path, run: int) -> None:
    """A whole run, in the ledger alone."""
    asked, now = wishes(folder, run), time.time()
    _, known = look_up(ledger, asked)
    plan = make_plan(asked, known, Rules(now=now, lead=60, max_accounts=50))
    name = f"r{run}"
    ledger.record(NewRun(name, SERVICE, started_at=now, settings={}, results=[]), plan)
    with ledger.transaction():
        for call in ledger.calls(name, after=0, most=POSTS):
            assert ledger.claim([Claim(call, now)]) == [True]
            outcomes = {one.id: Outcome(ACCEPTED, f"s-{one.id}") for one in call.deliveries}
            ledger.conclude([Conclusion(call, outcomes, now)])
        ledger.finish(name, "complete", None, now)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Path]]:
    folder = tmp_path_factory.mktemp("ledger")
    path = folder / "ledger.sqlite3"
    ledger = open_ledger(str(path))
    for run in range(RUNS):
        send(ledger, folder, run)
    yield ledger, path
    ledger.close()
    path.unlink()


def test_runs_and_show_are_answered_at_once(filled: tuple[Ledger, Path], say: Say) -> None:
    ledger, path = filled
    started = time.perf_counter()
    listed = [ledger.counts(run.id) for run in ledger.runs(20)]
    runs = time.perf_counter() - started
    shown = ledger.counts_by_account("r1", None)
    show = time.perf_counter() - started - runs
    say(
        f"{RUNS * POSTS * ACCOUNTS:,} deliveries in {path.stat().st_size / 1e9:.1f} GB: `runs` "
        f"{runs:.3f} s, `show` {show:.3f} s"
    )
    assert [counts[ACCEPTED] for counts in listed] == [POSTS * ACCOUNTS] * len(listed)
    assert len(shown) == ACCOUNTS
    assert max(runs, show) < 0.2


@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "new"])
def test_a_sheet_of_100_000_is_looked_up_soon(
    filled: tuple[Ledger, Path], tmp_path: Path, say: Say, seen: bool
) -> None:
    ledger, _ = filled
    seconds, known = look_up(ledger, wishes(tmp_path, RUNS // 2 if seen else RUNS + 1))
    words = "all of them there" if seen else "none of them there"
    say(f"{POSTS * ACCOUNTS:,} deliveries looked up, {words}: {seconds:.2f} s")
    assert len(known) == (POSTS * ACCOUNTS if seen else 0)
    assert seconds < 3

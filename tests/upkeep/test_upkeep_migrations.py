"""A ledger of an older version is brought to the newest with all that it holds, or stays whole."""

from __future__ import annotations

import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from upkeep_ledgers import a_run, ask, begin, dump, opened, program, results, row

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger import LedgerDamaged, open_ledger
from batch_scheduler.ledger.versions import steps
from batch_scheduler.model import Status

KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)

WITH_A_LABEL = "ALTER TABLE run ADD COLUMN label TEXT; UPDATE run SET label = 'of ' || id;"
ANOTHER_TEAM = """
-- A table made anew, with what refers to it left in its place.
CREATE TABLE new_team (
    number INTEGER PRIMARY KEY, service TEXT NOT NULL, id TEXT NOT NULL, accounts_seen_at REAL,
    name TEXT, UNIQUE (service, id)) STRICT;
INSERT INTO new_team SELECT number, service, id, accounts_seen_at, 'team ' || number FROM team;
DROP TABLE team;
ALTER TABLE new_team RENAME TO team
"""
TODAY = max(steps())
ONE = {**steps(), TODAY + 1: WITH_A_LABEL}
TWO = {**ONE, TODAY + 2: ANOTHER_TEAM}


@pytest.fixture
def old(path: Path) -> Path:
    """A ledger as the program leaves it today."""
    with opened(path) as ledger:
        a_run(ledger, "r1", row(1, accounts=3), row(2))
        a_run(ledger, "r2", row(1, accounts=2), row(3, days=9))
    return path


def of_version(number: int, today: Path, path: Path) -> None:
    """A ledger of that version at this path, with all that today's holds."""
    open_ledger(str(path), {n: step for n, step in steps().items() if n <= number}).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("ATTACH ? AS today", (str(today),))
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        for table in tables:
            db.execute(f"DELETE FROM {table}")
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})"))
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today.{table}")
        db.commit()


def test_what_kept_its_place_keeps_it(path: Path, tmp_path: Path) -> None:
    """Up to version 6 that followed from a delivery's state; now it is written down."""
    with opened(path) as ledger:
        a_run(ledger, "r1", row(1, accounts=3), row(2))
        a_run(ledger, "r2", row(1, accounts=2), row(3), again=True)
        a_run(ledger, "r3", row(2), row(4), status=Status.REJECTED)
        a_run(ledger, "r4", row(5), status=Status.IN_DOUBT)
        runs = ("r1", "r2", "r3", "r4")
        before = [results(ledger, run) for run in runs]
    of_version(6, path, tmp_path / "old.sqlite3")
    with opened(tmp_path / "old.sqlite3") as migrated:
        assert [results(migrated, run) for run in runs] == before
        places = "SELECT freed IS NULL, live, count(*) FROM delivery GROUP BY 1, 2"
        found = ask(tmp_path / "old.sqlite3", places)
        assert found == ask(path, places) == [(0, 0, 4), (1, 1, 6)]
        every = (row(1, accounts=3), row(2), row(3), row(4), row(5))
        assert [call.post[-1] for call in begin(migrated, "r5", *every)] == ["4"]


def version(path: Path) -> int:
    return int(ask(path, "PRAGMA user_version")[0][0])


def test_what_it_holds_is_kept(old: Path) -> None:
    with opened(old) as ledger:
        before = [results(ledger, run) for run in ("r1", "r2")]
    migrated = open_ledger(str(old), TWO)
    after = [results(migrated, run) for run in ("r1", "r2")]
    a_run(migrated, "r3", row(4))
    migrated.close()
    assert after == before
    assert before[0][0][9:12] != [None, None, None]
    assert version(old) == TODAY + 2
    assert ask(old, "SELECT label FROM run") == [("of r1",), ("of r2",), (None,)]
    assert ask(old, "SELECT name FROM team") == [("team 1",)]
    for check in ("integrity_check", "foreign_key_check"):
        assert ask(old, f"PRAGMA {check}") == ([("ok",)] if check == "integrity_check" else [])


def test_it_is_done_once(old: Path) -> None:
    open_ledger(str(old), TWO).close()
    ask(old, "UPDATE run SET label = 'mine'")
    before = dump(old)
    open_ledger(str(old), TWO).close()
    assert dump(old) == before


def test_a_new_ledger_is_as_an_old_one_becomes(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite3"
    for place in (old, new):
        open_ledger(str(place), TWO).close()
    shape = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    assert ask(old, shape) == ask(new, shape)
    assert version(new) == TODAY + 2


@pytest.mark.parametrize(
    "wrong",
    [
        "ALTER TABLE run ADD COLUMN label TEXT; INSERT INTO nowhere VALUES (1);",
        "DROP TRIGGER live_stays; DELETE FROM delivery WHERE id = 1; DELETE FROM source;",
        "ALTER TABLE run ADD COLUMN label TEXT; UPDATE run SET (label",
    ],
)
def test_a_step_that_fails_leaves_the_version_before(old: Path, wrong: str) -> None:
    before = dump(old)
    with pytest.raises(LedgerError):
        open_ledger(str(old), {**steps(), TODAY + 1: wrong})
    assert (version(old), dump(old)) == (TODAY, before)
    open_ledger(str(old)).close()


@pytest.mark.parametrize(("step", "taken"), [("commit:1", 0), ("commit:2", 1), ("committed:1", 1)])
def test_a_kill_on_the_way_leaves_one_of_the_versions_whole(
    old: Path, step: str, taken: int
) -> None:
    text = f"open_ledger(str(path), {TWO!r})"
    assert program(old, text, kill_at=step) == KILLED
    assert version(old) == TODAY + taken
    labels = taken > 0
    assert ("label" in ask(old, "SELECT sql FROM sqlite_schema WHERE name = 'run'")[0][0]) == labels
    assert ask(old, "PRAGMA integrity_check") == [("ok",)]
    with opened(old) if not taken else pytest.raises(LedgerDamaged):
        open_ledger(str(old)).close()
    migrated = open_ledger(str(old), TWO)
    assert len(results(migrated, "r1")) == 4
    migrated.close()
    assert version(old) == TODAY + 2


def test_a_newer_ledger_is_refused_untouched(old: Path) -> None:
    open_ledger(str(old), TWO).close()
    before = {file.name: file.read_bytes() for file in old.parent.iterdir()}
    for known in (steps(), ONE):
        with pytest.raises(LedgerDamaged, match=f"version {TODAY + 2}") as error:
            open_ledger(str(old), known)
        assert "update" in error.value.hint
    assert {file.name: file.read_bytes() for file in old.parent.iterdir()} == before


def test_of_several_at_the_same_moment_one_does_it(old: Path) -> None:
    barrier = threading.Barrier(6)
    opened_well: list[bool] = []

    def open_it() -> None:
        barrier.wait(10)
        open_ledger(str(old), TWO).close()
        opened_well.append(True)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened_well) == 6
    assert (version(old), ask(old, "SELECT count(*) FROM team")) == (TODAY + 2, [(1,)])


def test_a_run_of_the_version_before_goes_on(old: Path) -> None:
    with opened(old) as before:
        open_ledger(str(old), ONE).close()
        a_run(before, "r3", row(4))
        assert before.counts("r3") == {"accepted": 1}


def test_the_steps_have_no_gap() -> None:
    assert sorted(steps()) == list(range(1, len(steps()) + 1))
    with sqlite3.connect(":memory:", isolation_level=None) as db:
        for number in sorted(steps()):
            db.executescript(steps()[number])
    assert db.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
    db.close()

"""Each question finds what it needs by an index, however much the ledger has kept."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from ledger_plans import CORE, NOW, SERVICE, TEAM, Place, post, record, row, sheet, sqlite_place

from batch_scheduler import ledger as room
from batch_scheduler.ledger.statements import statements

SQL = statements() | statements("creating.sql")
VALUES: Mapping[str, object] = {
    "run": "r1",
    "source": 0,
    "call": 1,
    "first": 1,
    "last": 9,
    "after": 0,
    "most": 9,
    "team": TEAM,
    "post": post(1),
    "service": SERVICE,
    "now": NOW,
    "id": 1,
    "code": None,
    "error": None,
    "unsent": 0,
    "state": "accepted",
    "scheduled_post_id": "s1",
    "before": 0,
    "since": 0,
    "nothing_seen": 0,
    "ids": "{}",
    "claims": "[]",
    "calls": "[1]",
    "accounts": "[]",
    "number": 1,
    "key": "k",
}
BY_INDEX = {
    "known": "one_live",
    "known_moments": "created_for",
    "content_get": "to_send",
    "content_note": "of_content",
    "content_reject": "of_content",
    "calls": "to_send",
    "claim": "to_send",
    "team_planned": "to_send",
    "delivery_reject": "to_send",
    "unclaim": "on_its_way",
    "run_resumable": "to_send",
    "orphan_deliveries": "on_its_way",
    "nothing_happened": "in_doubt",
    "doubts": "in_doubt",
    "under_way_sweep": "in_doubt",
    "others": "shown",
}
BY_ID = {
    *("outcome", "run_range", "spans", "counts", "counts_by_account", "counts_by_day"),
    *("results", "tally"),
}
BY_POSITION = {"delivery_supersede": ("", NOW, 1), "delivery_release": (1, "accepted")}
OF_EVERY_SIZE = {"accepted_post"}  # from the newest back to the first that was accepted
BY_PRIMARY_KEY = "USING INTEGER PRIMARY KEY"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    place: Place = sqlite_place(tmp_path)
    with closing(place.open()) as ledger:
        record(ledger, row(1), row(2))
        with closing(sqlite3.connect(place.location)) as connection:
            connection.execute(SQL["wish_table"])
            connection.execute(SQL["moment_table"])
            yield connection


def steps(db: sqlite3.Connection, name: str, *values: object) -> list[str]:
    """How SQLite goes about it, of the tables with as many rows as deliveries."""
    rows = db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", values or dict(VALUES)).fetchall()
    deliveries = re.compile(r"(SCAN|SEARCH) (delivery|line|d|p|l)\b")
    return [row[3] for row in rows if deliveries.match(row[3])]


@pytest.mark.parametrize(("name", "index"), BY_INDEX.items())
def test_it_searches_an_index_for_what_is_wanted(
    db: sqlite3.Connection, name: str, index: str
) -> None:
    taken = steps(db, name)
    assert any(f"INDEX {index} (" in step for step in taken)
    assert [step for step in taken if step.startswith("SCAN")] == []


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_it_looks_at_the_deliveries_of_one_run(db: sqlite3.Connection, name: str) -> None:
    taken = steps(db, name)
    assert taken
    assert all(step.startswith("SEARCH") for step in taken)
    assert all("PRIMARY KEY" in step or "INDEX on_its_way" in step for step in taken)


@pytest.mark.parametrize(("name", "values"), BY_POSITION.items())
def test_it_finds_a_delivery_by_its_id(
    db: sqlite3.Connection, name: str, values: tuple[object, ...]
) -> None:
    assert [BY_PRIMARY_KEY in step for step in steps(db, name, *values)] == [True]


def test_calls_are_read_in_the_order_of_the_index_that_finds_them(db: sqlite3.Connection) -> None:
    rows = db.execute(f"EXPLAIN QUERY PLAN {SQL['calls']}", VALUES).fetchall()
    assert [row[3] for row in rows if "TEMP B-TREE" in row[3]] == []


@pytest.mark.parametrize("name", ["claim", "unclaim", "outcome"])
def test_what_becomes_of_a_delivery_does_not_move_its_place(
    db: sqlite3.Connection, name: str
) -> None:
    """Places lie all over the ledger: to write one anew is to write a page of its own."""
    (place,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'one_live'").fetchone()
    program = db.execute(f"EXPLAIN {SQL[name]}", VALUES).fetchall()
    own = program[: [row[0] for row in program[1:] + program[:1]].index(0) + 1]  # no trigger's
    written = {row[3] for row in own if row[1] == "OpenWrite"}
    assert written
    assert place not in written


def test_all_statements_that_look_for_deliveries_are_looked_at() -> None:
    questions = {
        name
        for name, text in SQL.items()
        if re.search(r"\b(FROM|JOIN|UPDATE) (delivery|result|counted)\b", text)
    }
    assert questions - {"delivery_newest"} == {*BY_INDEX, *BY_ID, *BY_POSITION, *OF_EVERY_SIZE}


def test_every_statement_is_used() -> None:
    folder = Path(room.__file__).parent
    program = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert [name for name in SQL if f'"{name}"' not in program] == []


def test_a_large_plans_documents_are_numbered_in_their_order(tmp_path: Path) -> None:
    """Also where the ledger has them already, in another order."""
    place = sqlite_place(tmp_path)
    header = [*CORE, "platform_settings.n"]
    rows = [[*row(number), str(number % 150)] for number in range(1, 301)]
    with closing(place.open()) as ledger:
        record(ledger, sheets=[sheet(*rows[:100], header=header)])
        record(ledger, sheets=[sheet(*rows[::-1], header=header)], run="r2")
        settings = {call.post: call.deliveries[0].settings for call in ledger.calls("r2", 0, 999)}
    assert settings == {post(number): {"n": number % 150} for number in range(1, 301)}

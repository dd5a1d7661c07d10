"""The rules of taking back hold for every program, and for a person at a SQL prompt."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from undo_world import Fault, Gate, World, post_id, row

from batch_scheduler.ledger import open_ledger

TAKEN = "INSERT INTO under_way (run, call, team, post, since) VALUES (?, -1, 1, ?, 0)"
YES_BUT_NOT = Fault(200, body=b'{"id": "b"}')


def bring(world: World, gate: Gate, state: str) -> str:
    """A run with one delivery in this state."""
    run = world.send(row(1))
    gate.always = YES_BUT_NOT if state == "undoing" else None
    if state != "accepted":
        world.hurried(run)
    assert world.states() == [state]
    return run


def change(world: World, state: str) -> None:
    world.ask("UPDATE delivery SET state = ? WHERE id = 1", state)


@pytest.mark.parametrize(
    ("old", "new", "legal"),
    [
        ("accepted", "undoing", True),
        ("accepted", "undone", False),
        ("undoing", "accepted", True),
        ("undoing", "undone", True),
        ("undoing", "planned", False),
        ("undoing", "in_doubt", False),
        ("undone", "accepted", False),
        ("undone", "undoing", False),
        ("undone", "planned", False),
        ("undone", "in_doubt", False),
    ],
)
def test_it_goes_where_it_may_and_nowhere_else(
    world: World, gate: Gate, old: str, new: str, legal: bool
) -> None:
    bring(world, gate, old)
    world.ask(TAKEN, 1, post_id(1))
    if legal:
        change(world, new)
    else:
        with pytest.raises(sqlite3.IntegrityError, match="can't go"):
            change(world, new)
    assert world.states() == [new if legal else old]


@pytest.mark.parametrize("new", ["undoing", "undone"])
def test_it_is_not_taken_back_while_its_post_is_not_taken_for_that(
    world: World, gate: Gate, new: str
) -> None:
    bring(world, gate, "undoing" if new == "undone" else "accepted")
    before = world.states()
    with pytest.raises(sqlite3.IntegrityError, match="alone"):
        change(world, new)
    assert world.states() == before


def test_it_is_not_taken_back_when_another_run_has_something_of_the_post(
    world: World, gate: Gate
) -> None:
    bring(world, gate, "accepted")
    world.send(row(1, accounts=(2,)))
    world.ask(TAKEN, 1, post_id(1))
    with pytest.raises(sqlite3.IntegrityError, match="alone"):
        change(world, "undoing")
    assert world.states() == ["accepted", "accepted"]


COPY = (
    "INSERT INTO delivery (run, source, row, team, post, account, instant, options, settings, "
    "call, state) SELECT run, source, row, team, post, account, instant, options, settings, call, "
    "'planned' FROM delivery WHERE id = 1"
)


@pytest.mark.parametrize("state", ["undoing", "undone"])
def test_only_what_is_confirmed_makes_room(world: World, gate: Gate, state: str) -> None:
    bring(world, gate, state)
    if state == "undone":
        world.ask(COPY)
        assert world.states() == ["undone", "planned"]
        return
    for attempt in (COPY, "DELETE FROM delivery"):
        with pytest.raises(sqlite3.IntegrityError):
            world.ask(attempt)
    assert world.states() == ["undoing"]


def test_what_another_run_has_meanwhile_is_seen_in_time(world: World) -> None:
    """Between the list of what can be taken back, and the intent to."""
    run = world.send(row(1))
    with closing(open_ledger(str(world.ledger))) as ledger:
        rows = ledger.scheduled(run)
        world.send(row(1, accounts=(2,)))
        with ledger.transaction():
            assert "another run" in ledger.begin_undo(run, rows, 0.0)
    assert world.states() == ["accepted", "accepted"]
    assert world.ask("SELECT * FROM under_way") == []


def test_a_post_that_is_being_taken_back_takes_no_call(world: World, gate: Gate) -> None:
    bring(world, gate, "accepted")
    world.ask(TAKEN, 1, post_id(1))
    with pytest.raises(sqlite3.IntegrityError):
        world.ask(TAKEN.replace("-1", "1"), 1, post_id(1))

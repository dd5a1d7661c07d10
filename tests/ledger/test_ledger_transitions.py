"""The rules of a delivery's life hold for every program, and for a person at a SQL prompt."""

from __future__ import annotations

import re
from itertools import pairwise, product
from pathlib import Path

import pytest
from ledger_plans import Place, claim, post, record, row, send, sheet

from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Status

LEGAL = {
    ("planned", "sending"),
    ("planned", "rejected"),
    ("planned", "held"),
    ("sending", "planned"),
    ("sending", "accepted"),
    ("sending", "rejected"),
    ("sending", "in_doubt"),
    ("in_doubt", "in_doubt"),
    ("in_doubt", "accepted"),
    ("in_doubt", "planned"),
    ("in_doubt", "rejected"),
    ("in_doubt", "held"),
    ("in_doubt", "undone"),
    ("accepted", "undoing"),
    ("undoing", "accepted"),
    ("undoing", "undone"),
}
STATES = (
    *("planned", "sending", "accepted", "rejected", "held", "in_doubt", "invalid"),
    *("undoing", "undone"),
)
NEW_STATES = (*STATES, "already_accepted", "waiting", "", None)


def take(place: Place, call: int) -> None:
    """The first post of the first run is taken for this call; below 0: one that takes back."""
    change = "INSERT INTO under_way (run, call, team, post, since) VALUES (1, ?, 1, ?, 0)"
    place.ask(change, call, post(1))


def bring(ledger: Ledger, place: Place, state: str) -> int:
    """The id of a delivery in this state."""
    if state == "invalid":
        record(ledger, sheets=[sheet(("no id", "", ""))])
        return 1
    (call,) = record(ledger, row(1))
    id_ = call.deliveries[0].id
    if state == "held":
        record(ledger, row(1), run="r2")
    elif state == "sending":
        assert claim(ledger, call)
    elif state in ("undoing", "undone"):
        send(ledger, call)
        take(place, -1)
        for then in ("undoing", "undone")[: 1 + (state == "undone")]:
            place.ask("UPDATE delivery SET state = ? WHERE id = ?", then, id_)
        place.ask("DELETE FROM under_way")
    elif state != "planned":
        send(ledger, call, Status(state))
    return id_


def test_the_readme_tells_of_each() -> None:
    """Of all but that more is known of a doubt."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = set()
    for line in readme.partition("**The life of a delivery**")[2].split("```")[1].splitlines():
        way = re.sub(r" \(.*?\)", "", line).strip().split("  ")[0].split(" → ")
        for olds, news in pairwise(states.split(" | ") for states in way if states):
            told |= {*product(olds, news)}
    assert told | {("in_doubt", "in_doubt")} == LEGAL


@pytest.mark.parametrize(("old", "new"), [*product(STATES, NEW_STATES)])
def test_a_delivery_goes_where_it_may_and_nowhere_else(
    ledger: Ledger, place: Place, old: str, new: str | None
) -> None:
    id_ = bring(ledger, place, old)
    if new in ("undoing", "undone") and old != "sending":
        take(place, -1)
    elif new == "sending" and old not in ("sending", "invalid"):
        take(place, 1)
    before = place.states()
    assert before == [old]
    change = "UPDATE delivery SET state = ?, scheduled_post_id = 's1', attempts = 1 WHERE id = ?"
    if (old, new) in LEGAL:
        place.ask(change, new, id_)
        assert place.states() == [new]
    else:
        with pytest.raises(place.refusal):
            place.ask(change, new, id_)
        assert place.states() == before


def test_nothing_is_sent_of_a_post_that_is_not_taken_for_it(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1), row(2))
    place.ask(
        "INSERT INTO under_way (run, call, team, post, since) VALUES (1, 2, 1, ?, 0)", post(2)
    )
    with pytest.raises(place.refusal, match="not taken"):
        place.ask("UPDATE delivery SET state = 'sending', attempts = 1 WHERE call = 1")
    place.ask("UPDATE delivery SET state = 'sending', attempts = 1 WHERE call = 2")
    assert place.states() == ["planned", "sending"]


def test_nothing_is_sent_of_a_post_whose_doubt_keeps_nobody(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1))
    place.ask(
        "INSERT INTO under_way (run, call, team, post, since, doubted_at, blocks) "
        "VALUES (1, 1, 1, ?, 0, 0, 0)",
        post(1),
    )
    with pytest.raises(place.refusal, match="not taken"):
        place.ask("UPDATE delivery SET state = 'sending', attempts = 1")
    assert place.states() == ["planned"]


@pytest.mark.parametrize("change", ["DELETE FROM under_way", "UPDATE under_way SET blocks = 0"])
def test_a_post_is_not_freed_while_its_call_is_sent(
    ledger: Ledger, place: Place, change: str
) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with pytest.raises(place.refusal):
        place.ask(change)
    assert place.ask("SELECT run, call, blocks FROM under_way") == [(1, 1, 1)]


@pytest.mark.parametrize(
    "change",
    [
        "id = 99",
        "run = 2",
        "team = 2",
        f"post = '{post(9)}'",
        f"account = '{post(9)}'",
        "instant = instant + 1",
        "zone = 'UTC'",
        "options = 2",
        "settings = 2",
        "call = 9",
        "prior = 1",
    ],
)
def test_what_a_delivery_is_stays(ledger: Ledger, place: Place, change: str) -> None:
    record(ledger, row(1))
    before = place.ask("SELECT * FROM delivery")
    with pytest.raises(place.refusal, match="what a delivery is"):
        place.ask(f"UPDATE delivery SET {change}")
    assert place.ask("SELECT * FROM delivery") == before


LIVE = ("planned", "sending", "accepted", "in_doubt", "undoing")
FIELDS = "run, source, row, team, post, account, options, settings, call"


def copied(own: str = "", instant: str = "instant") -> str:
    """A planned delivery like another one, into the same table. `own`: "id, " in its very place."""
    return (
        f"INTO delivery ({own}{FIELDS}, instant, state) "
        f"SELECT {own}{FIELDS}, {instant}, 'planned' FROM delivery WHERE id = ?"
    )


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize(
    "change",
    [
        f"INSERT {copied()}",
        f"INSERT OR REPLACE {copied()}",
        f"REPLACE {copied('id, ')}",
        f"REPLACE {copied('id, ', 'instant + 1')}",
        "DELETE FROM delivery WHERE id = ?",
    ],
)
def test_a_live_delivery_stands_alone_and_stays(
    ledger: Ledger, place: Place, state: str, change: str
) -> None:
    id_ = bring(ledger, place, state)
    before = place.ask("SELECT * FROM delivery")
    with pytest.raises(place.refusal):
        place.ask(change, id_)
    assert place.ask("SELECT * FROM delivery") == before


@pytest.mark.parametrize("state", ["rejected", "held"])
def test_what_is_not_live_stands_in_nobodys_way(ledger: Ledger, place: Place, state: str) -> None:
    bring(ledger, place, state)
    if state == "held":  # by the run that holds it now
        (call,) = ledger.calls("r2", 0, 9)
        send(ledger, call, Status.REJECTED)
    place.ask(f"INSERT {copied()}", 1)
    assert place.ask("SELECT count(*) FROM delivery WHERE live = 1") == [(1,)]


def test_what_was_released_is_not_taken_back(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call)
    record(ledger, row(1), run="r2", again=True)
    for change in ("UPDATE", "UPDATE OR REPLACE"):
        with pytest.raises(place.refusal):
            place.ask(f"{change} delivery SET released = 0")
    assert place.ask("SELECT state, released FROM delivery") == [("accepted", 1), ("planned", 0)]


def test_what_is_released_is_not_sent(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    place.ask("UPDATE delivery SET released = 1")
    assert ledger.calls("r1", 0, 9) == []
    take(place, 1)
    with pytest.raises(place.refusal):
        place.ask(
            "UPDATE delivery SET state = 'sending', attempts = 1 WHERE id = ?",
            call.deliveries[0].id,
        )
    assert place.states() == ["planned"]


def test_a_delivery_that_another_run_decides_is_never_sent(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call, Status.IN_DOUBT)
    record(ledger, row(1), run="r2")
    assert place.states("r2") == ["in_doubt"]
    for state in ("planned", "accepted"):
        with pytest.raises(place.refusal):
            place.ask(
                "UPDATE delivery SET state = ?, attempts = 1, scheduled_post_id = 's' "
                "WHERE prior IS NOT NULL",
                state,
            )
    assert place.states("r2") == ["in_doubt"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE delivery SET attempts = -1 WHERE state = 'planned'",
        "UPDATE delivery SET released = 2",
        "UPDATE delivery SET attempts = 'many'",
        "UPDATE run SET status = 'done'",
        "INSERT INTO under_way (run, call, team, post, since) SELECT run, 9, team, post, 0 "
        "FROM under_way",
    ],
)
def test_nonsense_is_refused(ledger: Ledger, place: Place, change: str) -> None:
    call, _ = record(ledger, row(1), row(2))
    assert claim(ledger, call)
    before = place.ask("SELECT * FROM delivery"), place.ask("SELECT * FROM run")
    with pytest.raises(place.refusal):
        place.ask(change)
    assert (place.ask("SELECT * FROM delivery"), place.ask("SELECT * FROM run")) == before

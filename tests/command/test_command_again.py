"""The same sheet again, an edited one, and what a person must decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from command_line import Delivery, Desk, account_id, at, post_id, row
from command_services import StandIn


@pytest.fixture
def sent(desk: Desk, service: StandIn) -> int:
    """A sheet "week.csv" that was sent; how many requests that took."""
    desk.sheet("week.csv", row(1, accounts=3), row(2, hours=25))
    assert desk("run", "week.csv").code == 0
    return len(service.requests)


@pytest.mark.usefixtures("sent")
def test_the_same_sheet_again_sends_nothing(desk: Desk, service: StandIn) -> None:
    before, first = service.requests, desk.results("week.results.xlsx")
    capitals = row(1, 3)
    capitals |= {name: capitals[name].upper() for name in ("post_id", "social_account_ids")}
    desk.sheet("week.xlsx", row(2, hours=25), capitals)
    planned = desk("check", "week.xlsx", "--json").document
    assert (planned["deliveries"], planned["calls"]) == (4, 0)
    ended = desk("run", "week.xlsx", "--json")
    assert ended.code == 0
    assert ended.document["status"] == "complete"
    assert sorted(path.name for path in desk.folder.iterdir()) == [
        *("week.csv", "week.results.xlsx", "week.xlsx")
    ]
    assert ended.counts == {"already_accepted": 4}
    assert service.requests == before
    ids = {one["post_id"] + one["social_account_id"]: one["scheduled_post_id"] for one in first}
    for one in desk.results("week.results.xlsx"):
        assert one["scheduled_post_id"] == ids[one["post_id"] + one["social_account_id"]]


@pytest.mark.usefixtures("sent")
def test_what_was_accepted_is_never_too_late(desk: Desk, service: StandIn) -> None:
    """First, time runs out; then it has passed."""
    before = service.requests
    ended = desk("run", "week.csv", "--lead", str(100 * 3600), "--json")
    assert (ended.code, ended.counts) == (0, {"already_accepted": 4})
    _let_pass(desk, 30 * 3600)
    desk.sheet("week.csv", row(1, accounts=3, hours=-6), row(2, hours=-5))
    ended = desk("run", "week.csv", "--json")
    assert (ended.code, ended.counts) == (0, {"already_accepted": 4})
    assert service.requests == before


def _let_pass(desk: Desk, seconds: int) -> None:
    """Instead of waiting: all that the ledger knows was for so much earlier."""
    with closing(sqlite3.connect(desk.ledger)) as db, db:
        rules = db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in rules:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE delivery SET instant = instant - ?", (seconds,))


@pytest.mark.usefixtures("sent")
def test_an_edited_sheet_sends_only_what_is_new(desk: Desk, service: StandIn) -> None:
    before = service.scheduled
    """Another time beside an old one is new: no move."""
    desk.sheet("week.csv", row(1, 4), row(2, hours=25), row(2, hours=48), row(3))
    ended = desk("run", "week.csv", "--json")
    assert ended.code == 0
    assert ended.document["calls"] == 3
    assert ended.counts == {"accepted": 3, "already_accepted": 4}
    new = service.scheduled - before
    assert sorted(new) == [
        (post_id(1), account_id(4), at(24)),
        (post_id(2), account_id(1), at(48)),
        (post_id(3), account_id(1), at(24)),
    ]
    assert set(service.scheduled.values()) == {1}


def test_a_moved_delivery_is_held(desk: Desk, service: StandIn, sent: int) -> None:
    desk.sheet("week.csv", row(1, accounts=3), row(2, hours=26))
    ended = desk("run", "week.csv", "--json")
    assert ended.code == 3
    assert ended.counts == {"already_accepted": 3, "held": 1}
    held = desk.results("week.results.xlsx")[-1]
    assert (held["status"], held["error_code"]) == ("held", "moved")
    assert at(25) in held["error"]
    assert at(26) in held["error"]
    assert "--send-held moved" in held["error"]
    assert len(service.requests) == sent

    ended = desk("run", "week.csv", "--send-held", "moved", "--json")
    assert (ended.code, ended.counts) == (0, {"already_accepted": 3, "accepted": 1})
    assert service.scheduled[Delivery(post_id(2), account_id(1), at(26))] == 1


def test_other_settings_of_what_was_accepted_are_held(
    desk: Desk, service: StandIn, sent: int
) -> None:
    desk.sheet("week.csv", row(1, accounts=3), row(2, hours=25, recurrence_interval_days="7"))
    ended = desk("run", "week.csv", "--json")
    assert (ended.code, ended.counts) == (3, {"already_accepted": 3, "held": 1})
    held = desk.results("week.results.xlsx")[-1]
    assert (held["status"], held["error_code"]) == ("held", "settings-differ")
    assert "recurrenceIntervalDays: nothing → 7" in held["error"]
    assert len(service.requests) == sent

    ended = desk("run", "week.csv", "--send-held", "moved,settings-differ", "--json")
    assert (ended.code, ended.counts) == (0, {"already_accepted": 3, "accepted": 1})
    assert service.scheduled[Delivery(post_id(2), account_id(1), at(25))] == 2
    assert service.effects[-1]["recurrenceIntervalDays"] == 7


@pytest.mark.usefixtures("sent")
def test_again_sends_what_was_accepted(desk: Desk, service: StandIn) -> None:
    ended = desk("run", "week.csv", "--again", "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 4})
    assert set(service.scheduled.values()) == {2}
    ended = desk("run", "week.csv", "--json")
    assert ended.counts == {"already_accepted": 4}
    ids = {one["scheduled_post_id"] for one in desk.results("week.results.xlsx")}
    assert ids == {*service.ids.values()}


def test_a_results_sheet_of_another_ledger_is_held(desk: Desk, service: StandIn, sent: int) -> None:
    theirs = ("--ledger", "theirs.sqlite3")
    ended = desk("run", "week.results.xlsx", *theirs, "--json")
    assert (ended.code, ended.counts) == (3, {"held": 4})
    held = desk.results("week.results.results.xlsx")[0]
    assert held["error_code"] == "known-elsewhere"
    assert "--send-held known-elsewhere" in held["error"]
    assert len(service.requests) == sent
    ended = desk("run", "week.results.xlsx", *theirs, "--send-held", "known-elsewhere", "--json")
    assert ended.counts == {"accepted": 4}


def test_what_was_rejected_is_sent_again(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(fault_script=("409",))
    desk.uses(service.url)
    desk.sheet("week.csv", row())
    assert [desk("run", "week.csv").code for _ in range(2)] == [3, 0]
    assert len(service.calls) == 2
    assert list(service.scheduled.values()) == [1]

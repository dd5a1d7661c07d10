"""A plan is written down whole or not at all, and no delivery is wanted twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from ledger_plans import (
    LATER,
    NOW,
    SERVICE,
    SOON,
    TEAM,
    Place,
    account,
    claim,
    conclude,
    new_run,
    outcomes,
    plan,
    post,
    record,
    row,
    send,
    sheet,
)

from batch_scheduler.ledger import Ledger, PlanOutdated
from batch_scheduler.model import Status, utc_text
from batch_scheduler.planning import Plan

TABLES = ("run", "source", "line", "team", "delivery", "under_way")


def how_many(place: Place) -> dict[str, int]:
    return {table: place.ask(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def test_every_delivery_is_there_for_others_to_see(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1, accounts=(1, 2)), row(2, instant=LATER))
    seen = place.ask(
        "SELECT t.service, t.id, d.post, d.account, d.instant, d.state, d.call, d.attempts "
        "FROM delivery d JOIN team t ON t.number = d.team ORDER BY d.id"
    )
    assert seen == [
        (SERVICE, TEAM, post(1), account(1), SOON, "planned", 1, 0),
        (SERVICE, TEAM, post(1), account(2), SOON, "planned", 1, 0),
        (SERVICE, TEAM, post(2), account(1), LATER, "planned", 2, 0),
    ]


def test_calls_come_back_as_they_were_planned(ledger: Ledger) -> None:
    columns = ["timezone", "first_comment.text", "platform_settings"]
    rows = [
        [*row(1, accounts=(1, 2)), "Europe/Berlin", "Grüße 🎉", '{"level": 2, "a": [1, null]}'],
        [*row(1, accounts=(3,)), "Europe/Berlin", "Grüße 🎉", ""],
        [*row(2, instant=SOON - 60), "", "", ""],
    ]
    header = ["post_id", "social_account_ids", "scheduled_at", *columns]
    soonest, call = record(ledger, sheets=[sheet(*rows, header=header)])
    assert (soonest.id, soonest.post, soonest.zone) == ("r1-1", post(2), None)
    assert (call.id, call.team, call.instant, call.attempts) == ("r1-2", TEAM, SOON, 0)
    assert (call.zone, call.options) == ("Europe/Berlin", {"firstComment": {"text": "Grüße 🎉"}})
    assert call.accounts == [account(1), account(2), account(3)]
    settings = {"level": 2, "a": [1, None]}
    assert [one.settings for one in call.deliveries] == [settings, settings, {}]


def test_equal_documents_are_kept_once(ledger: Ledger, place: Place) -> None:
    header = ["post_id", "social_account_ids", "scheduled_at", "first_comment"]
    rows = [[*row(number), '{"text": "one of two"}'] for number in (1, 2)]
    record(ledger, sheets=[sheet(*rows, header=header)])
    record(ledger, *map(row, (3, 4)), run="r2")
    bodies = place.ask("SELECT body FROM document ORDER BY body")
    assert bodies == [('{"firstComment":{"text":"one of two"}}',), ("{}",)]


def test_of_two_plans_for_one_delivery_the_second_is_outdated(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    first, second = plan(ledger, row(1)), plan(other, row(2), row(1))
    ledger.record(new_run("r1"), first)
    before = how_many(place)
    with pytest.raises(PlanOutdated) as outdated:
        other.record(new_run("r2"), second)
    assert outdated.value.hint
    assert how_many(place) == before  # also of the delivery that nobody else wanted
    anew = plan(other, row(2), row(1))
    other.record(new_run("r2"), anew)
    assert (place.states("r1"), place.states("r2")) == (["held"], ["planned", "planned"])


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.IN_DOUBT])
def test_a_plan_is_outdated_when_what_it_takes_over_was_sent_since(
    ledger: Ledger, other: Ledger, place: Place, status: Status
) -> None:
    (call,) = record(ledger, row(1))
    takes_over = plan(other, row(1))
    send(ledger, call, status)  # the run was not as dead as it looked
    with pytest.raises(PlanOutdated):
        other.record(new_run("r2"), takes_over)
    assert (place.states("r1"), place.states("r2")) == ([status], [])


def test_a_plan_is_outdated_when_what_it_supersedes_is_being_sent(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1, instant=LATER))
    moved = plan(other, row(1, instant=SOON))
    assert len(moved.superseded) == 1
    assert claim(ledger, call)
    with pytest.raises(PlanOutdated):
        other.record(new_run("r2"), moved)
    assert (place.states("r1"), place.states("r2")) == (["sending"], [])


@pytest.mark.parametrize("instant", [SOON, LATER])
def test_what_a_dead_run_left_is_superseded_by_who_takes_it_over(
    ledger: Ledger, place: Place, instant: int
) -> None:
    record(ledger, row(1))
    record(ledger, row(1, instant=instant), run="r2")
    assert (place.states("r1"), place.states("r2")) == (["held"], ["planned"])
    assert ledger.calls("r1", after=0, most=9) == []  # resuming it sends nothing twice
    (result,) = ledger.results("r1", ledger.sources("r1")[0])
    assert (result[7], result[9]) == ("held", "superseded")
    assert "r2" in str(result[10])


def test_a_rejected_delivery_can_be_planned_anew(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call, Status.REJECTED)
    record(ledger, row(1), run="r2")
    assert (place.states("r1"), place.states("r2")) == (["rejected"], ["planned"])


def test_what_was_accepted_is_sent_again_only_when_a_person_asks(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call)
    record(ledger, row(1), run="r2")
    assert place.states("r2") == ["already_accepted"]
    asked = [plan(one, row(1), again=True) for one in (ledger, other)]
    ledger.record(new_run("r3"), asked[0])
    with pytest.raises(PlanOutdated):  # it was asked for twice, but of what was accepted once
        other.record(new_run("r4"), asked[1])
    assert (place.states("r1"), place.states("r3")) == (["accepted"], ["planned"])
    send(ledger, ledger.calls("r3", 0, 9)[0])
    assert place.ask("SELECT count(*) FROM delivery WHERE live = 1") == [(1,)]


def test_what_is_in_doubt_is_sent_again_only_when_a_person_asks(
    ledger: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call, Status.IN_DOUBT)
    assert record(ledger, row(1), run="r2") == []
    (again,) = record(ledger, row(1), run="r3", may_duplicate=True)
    send(ledger, again)
    assert [place.states(run) for run in ("r1", "r2", "r3")] == [
        ["in_doubt"],
        ["in_doubt"],
        ["accepted"],
    ]


def test_what_is_sent_again_was_in_doubt_before(ledger: Ledger) -> None:
    """A conflict may then be the echo of what the earlier run did."""
    (call,) = record(ledger, row(1))
    send(ledger, call, Status.IN_DOUBT)
    (again, other) = record(ledger, row(1), row(2), run="r2", may_duplicate=True)
    assert (again.doubts, other.doubts) == (1, 0)


def test_a_plan_is_outdated_when_a_doubt_that_it_sends_again_was_settled_since(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call, Status.IN_DOUBT)
    again = plan(other, row(1), may_duplicate=True)
    with ledger.transaction():
        ledger.settle(call, outcomes(call, Status.ACCEPTED), NOW, ask_again=False)
    with pytest.raises(PlanOutdated):
        other.record(new_run("r2"), again)
    assert (place.states("r1"), place.states("r2")) == (["accepted"], [])
    record(other, row(1), run="r2", may_duplicate=True)
    assert place.states("r2") == ["already_accepted"]


def test_a_run_that_sends_nothing_holds_nothing(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    silent = plan(ledger, row(1), row(2))
    ledger.record(new_run("r2", sends=False), silent)
    assert (place.states("r1"), place.states("r2")) == (["planned"], ["planned", "planned"])
    assert ledger.calls("r2", after=0, most=9) == []
    send(ledger, call)
    (second,) = record(ledger, row(2), run="r3")
    send(ledger, second)
    assert ledger.counts("r2") == {"waiting": 2}


def test_the_same_delivery_at_another_service_is_another_one(ledger: Ledger) -> None:
    for run, service in (("r1", SERVICE), ("r2", "https://api-staging.example.com")):
        (call,) = record(ledger, row(1), run=run, service=service)
        send(ledger, call)


def test_another_instant_is_another_delivery(ledger: Ledger, place: Place) -> None:
    first, second = record(ledger, row(1), row(1, instant=LATER))
    send(ledger, first)
    send(ledger, second)
    assert place.states() == ["accepted", "accepted"]


def test_a_sheet_with_nothing_to_send_is_recorded_too(ledger: Ledger, place: Place) -> None:
    assert record(ledger, ("no id", account(1), utc_text(SOON))) == []
    assert place.states() == ["invalid"]
    record(ledger, sheets=[sheet()], run="r2")
    assert (place.states("r2"), ledger.counts("r2")) == ([], {})


def test_a_run_is_recorded_once(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1))
    before = how_many(place)
    with pytest.raises(Exception, match="can't be used"):
        ledger.record(new_run("r1"), plan(ledger, row(2)))
    assert how_many(place) == before


def test_a_file_whose_name_is_no_text_can_be_recorded(ledger: Ledger) -> None:
    path = os.fsdecode(b"M\xe4rz.csv")
    ledger.record(
        new_run("r1", results=[path + ".xlsx"]),
        plan(ledger, sheets=[sheet(row(1), ("no id", "", ""), path=path)]),
    )
    (source,) = ledger.sources("r1")
    assert (source.path, source.results) == ("M\ufffdrz.csv", "M\ufffdrz.csv.xlsx")
    found = ledger.run("r1")
    assert found is not None
    assert {issue.path for issue in found.issues} == {source.path}


class Cut(Sequence[str]):
    """Where the results go, of a process that is killed when it is asked for the second."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        if index == 1:
            os.kill(os.getpid(), 9)
        return "week.results.xlsx"


def die_between_two_sheets(location: str) -> None:
    from batch_scheduler.ledger import open_ledger

    ledger = open_ledger(location)
    two: Plan = plan(ledger, sheets=[sheet(row(1)), sheet(row(2), path="next.csv")])
    ledger.record(new_run("r2", results=Cut()), two)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_between_two_sheets_leaves_nothing(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1, instant=LATER))
    before = how_many(place)
    program = f"import test_ledger_recording as t; t.die_between_two_sheets({place.location!r})"
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, cwd=Path(__file__).parent, check=False).returncode == -9
    assert how_many(place) == before
    record(ledger, row(1), row(2), run="r3")
    assert place.states("r3") == ["planned", "planned"]


def test_settings_come_back_as_they_were(ledger: Ledger) -> None:
    settings = {"lead": 60.0, "again": False, "send_held": ["moved"], "timezone": None}
    ledger.record(new_run("r1", settings=settings), plan(ledger, row(1)))
    found = ledger.run("r1")
    assert found is not None
    assert json.loads(json.dumps(found.settings)) == settings


def test_conclude_frees_the_place_for_a_later_plan_of_that_post(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    conclude(ledger, call, Status.REJECTED)
    (later,) = record(ledger, row(1, instant=LATER), run="r2")
    assert claim(ledger, later)

"""What the ledger knows before a row is judged."""

from __future__ import annotations

import pytest
from ledger_plans import (
    CORE,
    LATER,
    NOW,
    SERVICE,
    SOON,
    TEAM,
    Place,
    account,
    claim,
    conclude,
    outcomes,
    plan,
    post,
    record,
    row,
    send,
    sheet,
)

from batch_scheduler.ledger import KNOWN_COLUMNS, Claim, Conclusion, Ledger
from batch_scheduler.model import Status
from batch_scheduler.planning import KNOWN_COLUMNS as WANTED_COLUMNS

WISH = (TEAM, post(1), account(1))


def test_it_tells_what_judging_needs() -> None:
    assert KNOWN_COLUMNS == WANTED_COLUMNS


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    assert ledger.known(SERVICE, [WISH]) == []
    assert ledger.known(SERVICE, []) == []


def test_it_tells_all_of_a_delivery(ledger: Ledger) -> None:
    header = [*CORE, "timezone", "repost_after.days", "platform_settings.level"]
    cells = [*row(1), "Asia/Tokyo", "3", "2"]
    (call,) = record(ledger, sheets=[sheet(cells, header=header)])
    assert claim(ledger, call)
    with ledger.transaction():
        ledger.conclude([Conclusion(call, outcomes(call, Status.ACCEPTED), NOW + 7)])
    (found,) = ledger.known(SERVICE, [WISH])
    id_ = call.deliveries[0].id
    assert dict(zip(KNOWN_COLUMNS, found, strict=True)) == {
        "id": id_,
        "run": "r1",
        "team": TEAM,
        "post": post(1),
        "account": account(1),
        "instant": SOON,
        "state": "accepted",
        "zone": "Asia/Tokyo",
        "options": '{"repostAfter":{"days":3}}',
        "settings": '{"level":2}',
        "scheduled_post_id": f"scheduled-{id_}",
        "finished_at": NOW + 7,
        "content": None,
    }


def test_it_tells_of_every_instant_and_of_no_other_place(ledger: Ledger) -> None:
    record(
        ledger,
        row(1, accounts=(1, 2)),
        row(1, instant=LATER),
        row(2),
        row(3, accounts=(3,)),
    )
    found = ledger.known(SERVICE, [WISH, WISH, (TEAM, post(3), account(1))])
    assert sorted((line[3], line[4], line[5]) for line in found) == [
        (post(1), account(1), SOON),
        (post(1), account(1), LATER),
    ]


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT, None])
def test_it_tells_of_live_deliveries_only(ledger: Ledger, status: Status | None) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    if status:
        conclude(ledger, call, status)
    found = [line[6] for line in ledger.known(SERVICE, [WISH])]
    assert found == ([] if status is Status.REJECTED else [status or "sending"])


def test_of_a_delivery_sent_again_it_tells_the_newer_one(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call)
    record(ledger, row(1), run="r2", again=True)
    assert [(line[1], line[6]) for line in ledger.known(SERVICE, [WISH])] == [("r2", "planned")]


def test_it_tells_nothing_of_other_services_and_teams(ledger: Ledger) -> None:
    elsewhere = "https://api-staging.example.com"
    other_team = "7ea00000-0000-4000-8000-000000000002"
    record(ledger, row(1), service=elsewhere)
    record(ledger, row(1), run="r2", team=other_team)
    assert ledger.known(SERVICE, [WISH]) == []
    assert [line[1] for line in ledger.known(elsewhere, [WISH])] == ["r1"]
    both = [WISH, (other_team, post(1), account(1))]
    assert [(line[1], line[2]) for line in ledger.known(SERVICE, both)] == [("r2", other_team)]


def test_it_sees_what_another_process_did_a_moment_ago(ledger: Ledger, other: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert [line[6] for line in other.known(SERVICE, [WISH])] == ["planned"]
    send(ledger, call)
    assert [line[6] for line in other.known(SERVICE, [WISH])] == ["accepted"]


def test_it_answers_a_thousand_wishes_at_once(ledger: Ledger) -> None:
    numbers = range(1, 1_001)
    record(ledger, *(row(number, accounts=(number % 7,)) for number in numbers))
    wishes = [(TEAM, post(number), account(number % 7)) for number in numbers]
    found = ledger.known(SERVICE, wishes)
    assert sorted((line[2], line[3], line[4]) for line in found) == sorted(wishes)
    assert ledger.known(SERVICE, wishes[:1]) != found  # each question stands for itself


def test_asking_waits_for_nobody_and_keeps_nobody_waiting(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1))
    with ledger.transaction():
        ledger.claim([Claim(call, NOW)])
        assert [line[6] for line in other.known(SERVICE, [WISH])] == ["planned"]
        assert [line[6] for line in ledger.known(SERVICE, [WISH])] == ["sending"]
    assert place.states() == ["sending"]


def test_asking_changes_nothing(ledger: Ledger, place: Place) -> None:
    record(ledger, row(1))
    before = place.ask("SELECT * FROM delivery")
    plan(ledger, row(1), row(1, instant=LATER), again=True)
    assert place.ask("SELECT * FROM delivery") == before

"""What is kept of a call whose answer was lost, until it is known what came of it."""

from __future__ import annotations

import math

import pytest
from ledger_plans import (
    CORE,
    LATER,
    NOW,
    SERVICE,
    TEAM,
    Place,
    account,
    claim,
    outcomes,
    post,
    record,
    row,
    send,
    sheet,
)

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger import Conclusion, Ledger
from batch_scheduler.model import Call, Outcome, Status

LOST_AT = NOW + 60
THERE = NOW - 3
"""By the service's clock."""


def lose(ledger: Ledger, call: Call, *, answered: bool = False, settles: bool = True) -> float:
    """It left, and its answer never came."""
    assert claim(ledger, call, not_before=THERE)
    lost = outcomes(call, Status.IN_DOUBT)
    with ledger.transaction():
        return ledger.doubt(call, lost, LOST_AT, answered=answered, settles=settles)


def settle(ledger: Ledger, call: Call, status: Status, *, ask_again: bool = False) -> None:
    with ledger.transaction():
        ledger.settle(call, outcomes(call, status), LOST_AT + 60, ask_again=ask_again)


def wishes(*posts: int) -> list[tuple[str, str, str]]:
    return [(TEAM, post(number), account(1)) for number in posts]


@pytest.mark.parametrize("answered", [False, True])
def test_a_doubt_keeps_its_evidence(ledger: Ledger, other: Ledger, answered: bool) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    assert lose(ledger, call, answered=answered) == THERE
    (doubt,) = other.doubts("r1")
    assert doubt.call.deliveries == call.deliveries
    assert (doubt.not_before, doubt.asked_at) == (THERE, None)
    assert (doubt.answered, doubt.whole, doubt.doubts) == (answered, True, 1)
    assert other.doubts("none") == []


def test_a_doubt_of_some_accounts_has_only_these(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    assert claim(ledger, call)
    yes, maybe = call.deliveries
    said = {yes.id: Outcome(Status.ACCEPTED, "s1"), maybe.id: Outcome(Status.IN_DOUBT, code="c")}
    with ledger.transaction():
        ledger.doubt(call, said, LOST_AT, answered=True, settles=True)
    assert place.states() == ["accepted", "in_doubt"]
    (doubt,) = ledger.doubts("r1")
    assert (doubt.call.deliveries, doubt.whole) == ((maybe,), False)


@pytest.mark.parametrize("settles", [True, False])
def test_a_post_waits_for_its_doubt_if_that_is_to_be_settled(
    ledger: Ledger, other: Ledger, settles: bool
) -> None:
    (call,) = record(ledger, row(1))
    (next_call,) = record(other, row(1, accounts=(2,)), run="r2")
    lose(ledger, call, settles=settles)
    assert claim(other, next_call) is not settles


def test_a_doubt_that_is_settled_is_over(ledger: Ledger, place: Place) -> None:
    calls = record(ledger, *(row(number) for number in (1, 2, 3)))
    for call, status in zip(
        calls, (Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT), strict=True
    ):
        lose(ledger, call)
        settle(ledger, call, status)
    assert place.states() == ["accepted", "rejected", "in_doubt"]
    assert ledger.doubts("r1") == []
    assert place.ask("SELECT * FROM under_way") == []
    later = record(ledger, *(row(number, instant=LATER) for number in (1, 2, 3)), run="r2")
    assert [call.post for call in later] == [post(2), post(3)]  # the other is held: moved
    assert all(claim(ledger, call) for call in later)


def test_a_doubt_to_ask_about_again_blocks_nobody_meanwhile(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    lose(ledger, call)
    settle(ledger, call, Status.IN_DOUBT, ask_again=True)
    (next_call,) = record(ledger, row(1, accounts=(2,)), run="r2")
    assert claim(ledger, next_call)
    assert ledger.doubts("r1") == []  # not while another call of the post is under way
    with ledger.transaction():
        ledger.conclude([Conclusion(next_call, outcomes(next_call, Status.ACCEPTED), NOW)])
    (doubt,) = ledger.doubts("r1")
    assert (doubt.call.number, doubt.not_before, doubt.doubts) == (call.number, THERE, 1)
    (third,) = record(ledger, row(1, accounts=(3,)), run="r3")
    assert not claim(ledger, third)  # it is being asked about
    with ledger.transaction():
        ledger.leave("r1")
    assert claim(ledger, third)


def test_a_run_that_is_finished_keeps_no_post_from_others(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    lose(ledger, call)
    (next_call,) = record(ledger, row(1, accounts=(2,)), run="r2")
    assert not claim(ledger, next_call)
    with ledger.transaction():
        ledger.finish("r1", "interrupted", None, NOW)
    assert claim(ledger, next_call)


def test_who_dies_while_asking_keeps_no_post_for_good(ledger: Ledger, other: Ledger) -> None:
    (call,) = record(ledger, row(1))
    lose(ledger, call)
    with ledger.transaction():
        ledger.finish("r1", "interrupted", "Ctrl-C", NOW)
    assert ledger.unfinished() == []
    assert len(ledger.doubts("r1")) == 1
    (next_call,) = record(other, row(1, accounts=(2,)), run="r2")
    assert not claim(other, next_call)
    assert other.unfinished() == ["r1", "r2"]
    with other.transaction():
        other.adopt("r1", NOW + 99)
    assert other.unfinished() == ["r2"]
    assert claim(other, next_call)
    assert other.doubtful(SERVICE, wishes(1)) == ["r1"]


def test_where_nothing_happened_the_call_is_planned_again(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    for doubts in (1, 2):
        (call,) = ledger.calls("r1", 0, 9)
        lose(ledger, call)
        (doubt,) = ledger.doubts("r1")
        assert (doubt.doubts, doubt.call.attempts) == (doubts, doubts)
        with ledger.transaction():
            ledger.nothing_happened(call)
        assert place.states() == ["planned", "planned"]
    (again,) = ledger.calls("r1", 0, 9)
    assert (again.deliveries, again.attempts, again.doubts) == (call.deliveries, 2, 2)
    assert place.ask("SELECT DISTINCT code, error, finished_at FROM delivery") == [(None,) * 3]
    send(ledger, again)


def test_of_half_a_call_it_is_not_said_that_nothing_happened(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    lose(ledger, call)
    with ledger.transaction():
        first = dict([*outcomes(call, Status.ACCEPTED).items()][:1])
        ledger.settle(call, first, NOW, ask_again=True)
    with pytest.raises(LedgerError, match="not in doubt as a whole"), ledger.transaction():
        ledger.nothing_happened(call)
    assert place.states() == ["accepted", "in_doubt"]


def test_what_a_person_had_sent_again_is_not_planned_by_asking(
    ledger: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    lose(ledger, call, settles=False)
    (again,) = record(ledger, row(1, accounts=(2,)), run="r2", may_duplicate=True)
    (doubt,) = ledger.doubts("r1")
    assert doubt.call.accounts == [account(1)]
    with ledger.transaction():
        ledger.nothing_happened(doubt.call)
    assert place.states("r1") == ["planned", "in_doubt"]
    send(ledger, again)
    assert place.states("r2") == ["accepted"]


def test_a_dead_runs_calls_become_doubts(ledger: Ledger, other: Ledger) -> None:
    lost, under_way = record(ledger, row(1), row(2))
    lose(ledger, lost)
    assert claim(ledger, under_way, NOW, NOW + 5)
    with other.transaction():
        other.adopt("r1", NOW + 99)
    (next_call,) = record(other, row(1, accounts=(2,)), run="r2")
    assert claim(other, next_call)
    assert other.doubtful(SERVICE, wishes(2, 3)) == ["r1"]
    (doubt,) = other.doubts("r1")  # the other post has a call under way
    assert (doubt.call.number, doubt.not_before) == (2, NOW + 5)
    with other.transaction():
        other.conclude([Conclusion(next_call, outcomes(next_call, Status.REJECTED), NOW)])
    assert [one.not_before for one in other.doubts("r1")] == [THERE, NOW + 5]


def test_where_the_services_clock_was_not_known_no_time_is_too_early(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        lost = outcomes(call, Status.IN_DOUBT)
        assert ledger.doubt(call, lost, LOST_AT, answered=False, settles=True) == -math.inf
    assert [one.not_before for one in ledger.doubts("r1")] == [-math.inf]


def test_doubtful_are_the_runs_with_doubts_of_these_posts(ledger: Ledger) -> None:
    assert ledger.doubtful(SERVICE, wishes(1)) == []
    (first,) = record(ledger, row(1))
    (second,) = record(ledger, row(2), run="r2")
    (third,) = record(ledger, row(1), run="r3", service="https://api-staging.example.com")
    for call in (first, second, third):
        lose(ledger, call)
    assert ledger.doubtful(SERVICE, wishes(1)) == ["r1"]
    assert ledger.doubtful(SERVICE, wishes(1, 2)) == ["r1", "r2"]
    assert ledger.doubtful(SERVICE, wishes(3)) == []
    settle(ledger, second, Status.ACCEPTED)
    assert ledger.doubtful(SERVICE, wishes(1, 2)) == ["r1"]


def test_others_are_the_ids_of_all_other_calls_of_the_post(ledger: Ledger) -> None:
    first, second = record(ledger, row(1, accounts=(1,)), row(1, accounts=(2,), instant=LATER))
    (elsewhere,) = record(ledger, row(2), run="r2")
    for call in (first, second, elsewhere):
        send(ledger, call)
    ids = [f"scheduled-{call.deliveries[0].id}" for call in (first, second)]
    assert ledger.others(TEAM, post(1)) == (frozenset(ids), False)
    assert ledger.others(TEAM, post(1), besides=first) == (frozenset(ids[1:]), False)
    assert ledger.others(TEAM, post(3)) == (frozenset(), False)
    assert ledger.others("7ea00000-0000-4000-8000-000000000002", post(1)) == (frozenset(), False)


def test_ids_of_others_are_told_in_lower_case(ledger: Ledger) -> None:
    """The service may write them otherwise the next time."""
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    accepted = {call.deliveries[0].id: Outcome(Status.ACCEPTED, "SCHEDULED-1")}
    with ledger.transaction():
        ledger.conclude([Conclusion(call, accepted, NOW)])
    assert ledger.others(TEAM, post(1)).scheduled_post_ids == {"scheduled-1"}


def test_others_are_also_what_was_sent_again_since(ledger: Ledger) -> None:
    (first,) = record(ledger, row(1))
    send(ledger, first)
    (again,) = record(ledger, row(1), run="r2", again=True)
    assert ledger.others(TEAM, post(1), besides=again).scheduled_post_ids == {"scheduled-1"}


@pytest.mark.parametrize("set_by", [0, -10 * 3600, 10 * 3600])
def test_later_are_the_ids_of_what_was_accepted_since_it_left(
    ledger: Ledger, place: Place, set_by: int
) -> None:
    """Also when our clock was set meanwhile."""
    before, doubted = record(ledger, row(1), row(1, accounts=(2,), instant=LATER))
    (after,) = record(ledger, row(1, accounts=(3,)), run="r2")
    for call, when in ((before, NOW - 60), (doubted, NOW), (after, NOW + 90 + set_by)):
        assert claim(ledger, call, when)
        with ledger.transaction():
            if call is doubted:
                lost = outcomes(call, Status.IN_DOUBT)
                ledger.doubt(call, lost, LOST_AT, answered=False, settles=False)
            else:
                ledger.conclude([Conclusion(call, outcomes(call, Status.ACCEPTED), when + 1)])
    earlier, later = (f"scheduled-{call.deliveries[0].id}" for call in (before, after))
    assert ledger.later(doubted) == {later}
    assert ledger.others(TEAM, post(1), besides=doubted).scheduled_post_ids == {earlier, later}
    settle(ledger, doubted, Status.ACCEPTED)
    assert place.ask("SELECT * FROM hiding") == []


def test_that_nothing_was_seen_is_remembered(ledger: Ledger, other: Ledger) -> None:
    calls = record(ledger, row(1), row(2))
    for call in calls:
        lose(ledger, call)
    with ledger.transaction():
        ledger.saw_nothing(calls[0])
    assert [doubt.nothing_seen for doubt in other.doubts("r1")] == [True, False]


def test_others_tell_whether_one_of_them_recurs(ledger: Ledger) -> None:
    header = [*CORE, "recurrence_interval_days"]
    recurring, plain = record(ledger, sheets=[sheet([*row(1), "7"], [*row(2), ""], header=header)])
    for call in (recurring, plain):
        send(ledger, call)
    assert ledger.others(TEAM, post(1)).recurring
    assert not ledger.others(TEAM, post(2)).recurring


def test_that_a_service_shows_what_it_accepts_is_remembered(ledger: Ledger, other: Ledger) -> None:
    assert not ledger.is_calibrated(SERVICE)
    for now in (NOW, NOW + 1):
        with ledger.transaction():
            ledger.calibrate(SERVICE, now)
    assert other.is_calibrated(SERVICE)
    assert not other.is_calibrated("https://api-staging.example.com")


def test_a_post_to_look_at_is_the_newest_that_was_accepted(ledger: Ledger) -> None:
    assert ledger.accepted_post(SERVICE) is None
    for number, status in enumerate((Status.ACCEPTED, Status.ACCEPTED, Status.REJECTED), 1):
        (call,) = record(ledger, row(number), run=f"r{number}")
        send(ledger, call, status)
    assert ledger.accepted_post(SERVICE) == (TEAM, post(2))
    assert ledger.accepted_post("https://api-staging.example.com") is None

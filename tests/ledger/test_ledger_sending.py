"""The intent is on the disk before anything leaves, and a post has one call at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ledger_plans import (
    LATER,
    NOW,
    SERVICE,
    SOON,
    Place,
    account,
    claim,
    conclude,
    outcomes,
    post,
    record,
    release,
    row,
    send,
)

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger import CallOutdated, Claim, Conclusion, Ledger
from batch_scheduler.model import Call, Outcome, Status


def test_the_intent_is_seen_by_others_after_the_transaction_and_only_then(
    ledger: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    with ledger.transaction():
        assert ledger.claim([Claim(call, NOW)]) == [True]
        assert place.states() == ["planned", "planned"]
    assert place.states() == ["sending", "sending"]
    assert place.ask("SELECT post, call, since FROM under_way") == [(post(1), 1, NOW)]


def claim_and_fail(ledger: Ledger, first: Call, second: Call) -> None:
    with ledger.transaction():
        with ledger.transaction():  # one that is open already is joined
            ledger.claim([Claim(first, NOW)])
        ledger.claim([Claim(second, NOW)])
        raise ZeroDivisionError


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger, place: Place) -> None:
    first, second = record(ledger, row(1), row(2))
    with pytest.raises(ZeroDivisionError):
        claim_and_fail(ledger, first, second)
    assert place.states() == ["planned", "planned"]
    assert place.ask("SELECT * FROM under_way") == []
    assert claim(ledger, first)


def test_a_claim_counts_an_attempt(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        ledger.release(call, "http-429", "slow down", tried=True)
    (again,) = ledger.calls("r1", after=0, most=9)
    assert again.attempts == 1
    (result,) = ledger.results("r1", ledger.sources("r1")[0])
    assert result[7:13] == ["waiting", None, "http-429", "slow down", 1, "r1-1"]


def test_a_claim_that_came_to_nothing_counts_none(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    release(ledger, call)
    (again,) = ledger.calls("r1", after=0, most=9)
    assert again == call
    (result,) = ledger.results("r1", ledger.sources("r1")[0])
    assert result[7:13] == ["waiting", None, None, None, 0, None]


def test_a_post_has_one_call_at_a_time(ledger: Ledger, place: Place) -> None:
    first, elsewhere, second = record(ledger, row(1), row(2), row(1, instant=LATER))
    assert claim(ledger, first)
    assert not claim(ledger, first)
    assert not claim(ledger, second)
    assert claim(ledger, elsewhere)
    assert place.states() == ["sending", "sending", "planned"]


@pytest.mark.parametrize("freed", [Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT, None])
def test_a_call_that_is_over_frees_its_post_for_other_runs(
    ledger: Ledger, other: Ledger, freed: Status | None
) -> None:
    (first,) = record(ledger, row(1, accounts=(1,)))
    (second,) = record(other, row(1, accounts=(2,)), run="r2")
    assert claim(ledger, first)
    assert not claim(other, second)
    if freed is None:
        release(ledger, first)
    else:
        conclude(ledger, first, freed)
    assert claim(other, second)
    assert claim(ledger, first) is False


CLAIMS = """
import sys
from batch_scheduler.ledger import Claim, open_ledger
ledger = open_ledger(sys.argv[1])
(call,) = ledger.calls("r2", 0, 9)
for now in sys.stdin:
    with ledger.transaction():
        print(*ledger.claim([Claim(call, float(now))]), flush=True)
"""


def test_a_post_has_one_call_at_a_time_in_all_processes(ledger: Ledger, place: Place) -> None:
    (first,) = record(ledger, row(1, accounts=(1,)))
    record(ledger, row(1, accounts=(2,)), run="r2")
    command = [sys.executable, "-c", CLAIMS, place.location]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert claim(ledger, first)
        print(NOW, file=process.stdin)
        assert process.stdout.readline() == "False\n"
        conclude(ledger, first, Status.ACCEPTED)
        print(NOW, file=process.stdin)
        assert process.stdout.readline() == "True\n"
        process.stdin.close()
    assert (place.states("r1"), place.states("r2")) == (["accepted"], ["sending"])


def test_the_same_post_of_another_team_is_another_post(ledger: Ledger) -> None:
    (first,) = record(ledger, row(1))
    other_team = "7ea00000-0000-4000-8000-000000000002"
    (second,) = record(ledger, row(1), run="r2", team=other_team)
    assert claim(ledger, first)
    assert claim(ledger, second)


def test_each_delivery_gets_its_own_outcome(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2, 3)))
    yes, no, maybe = (one.id for one in call.deliveries)
    assert claim(ledger, call)
    with ledger.transaction():
        said = {
            yes: Outcome(Status.ACCEPTED, "s1", "other-instant", "an hour later"),
            no: Outcome(Status.REJECTED, code="refused-by-service", error="not connected"),
            maybe: Outcome(Status.IN_DOUBT, "s3", "yes-and-no", "both"),
        }
        ledger.conclude([Conclusion(call, said, NOW + 5)])
    assert place.ask(
        "SELECT account, state, scheduled_post_id, code, error, attempts, finished_at "
        "FROM delivery ORDER BY id"
    ) == [
        (account(1), "accepted", "s1", "other-instant", "an hour later", 1, NOW + 5),
        (account(2), "rejected", None, "refused-by-service", "not connected", 1, NOW + 5),
        (account(3), "in_doubt", "s3", "yes-and-no", "both", 1, NOW + 5),
    ]
    assert place.ask("SELECT * FROM under_way") == []


def test_what_is_too_late_is_rejected_without_an_attempt(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    conclude(ledger, call, Status.REJECTED)
    assert place.ask("SELECT state, attempts FROM delivery") == [("rejected", 0)]


@pytest.mark.parametrize("decided", [Status.ACCEPTED, Status.REJECTED])
@pytest.mark.parametrize("then", [Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT])
def test_what_is_decided_is_not_decided_again(
    ledger: Ledger, place: Place, decided: Status, then: Status
) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call, decided)
    before = place.ask("SELECT * FROM delivery")
    with pytest.raises(LedgerError):
        conclude(ledger, call, then, now=NOW + 9)
    assert place.ask("SELECT * FROM delivery") == before


def test_accepted_without_the_services_id_is_refused(ledger: Ledger, place: Place) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    for missing in (None, ""):
        said = {one.id: Outcome(Status.ACCEPTED, missing) for one in call.deliveries}
        with pytest.raises(LedgerError), ledger.transaction():
            ledger.conclude([Conclusion(call, said, NOW)])
    assert place.states() == ["sending"]


def test_a_post_is_not_freed_while_some_of_its_call_is_without_an_outcome(
    ledger: Ledger, place: Place
) -> None:
    (call,) = record(ledger, row(1, accounts=(1, 2)))
    assert claim(ledger, call)
    said = dict([*outcomes(call, Status.ACCEPTED).items()][:1])
    with pytest.raises(LedgerError), ledger.transaction():
        ledger.conclude([Conclusion(call, said, NOW)])
    assert place.states() == ["sending", "sending"]


def test_a_call_that_a_later_run_has_taken_over_is_not_sent(
    ledger: Ledger, other: Ledger, place: Place
) -> None:
    (stale,) = record(ledger, row(1, accounts=(1, 2)))
    record(other, row(1, accounts=(2,)), run="r2")
    with pytest.raises(CallOutdated):
        claim(ledger, stale)
    assert place.states("r1") == ["planned", "held"]
    (theirs,) = other.calls("r2", after=0, most=9)
    assert claim(other, theirs)


def test_a_dead_runs_calls_are_in_doubt_and_free_their_posts(ledger: Ledger, place: Place) -> None:
    calls = record(ledger, row(1, accounts=(1, 2)), row(2), row(3))
    assert claim(ledger, calls[0])
    send(ledger, calls[1])
    (blocked,) = record(ledger, row(1, accounts=(3,)), run="r2")
    assert not claim(ledger, blocked)
    with ledger.transaction():
        ledger.adopt("r1", NOW + 60)
    assert place.states() == ["in_doubt", "in_doubt", "accepted", "planned"]
    assert claim(ledger, blocked)
    found = ledger.run("r1")
    assert found is not None
    assert (found.status, bool(found.reason)) == ("interrupted", True)
    doubted, *_ = ledger.results("r1", ledger.sources("r1")[0])
    assert doubted[7:13] == ["in_doubt", None, "cut-off", doubted[10], 1, "r1-1"]
    assert "may be scheduled" in str(doubted[10])
    assert [call.number for call in ledger.calls("r1", 0, 9)] == [3]


def test_adopting_touches_no_other_run(ledger: Ledger, place: Place) -> None:
    (mine,) = record(ledger, row(1))
    (theirs,) = record(ledger, row(2), run="r2")
    assert claim(ledger, mine)
    assert claim(ledger, theirs)
    with ledger.transaction():
        ledger.adopt("r1", NOW)
    assert (place.states("r1"), place.states("r2")) == (["in_doubt"], ["sending"])
    assert ledger.unfinished() == ["r2"]


def test_adopting_a_run_that_ended_leaves_its_status(ledger: Ledger) -> None:
    record(ledger, row(1))
    with ledger.transaction():
        ledger.finish("r1", "aborted", "no answer at all", NOW)
        ledger.adopt("r1", NOW + 60)
    found = ledger.run("r1")
    assert found is not None
    assert (found.status, found.reason) == ("aborted", "no answer at all")


def test_calls_come_soonest_first_and_in_pages(ledger: Ledger) -> None:
    record(ledger, row(1, instant=LATER), *(row(n, instant=SOON + n) for n in range(2, 8)))
    first = ledger.calls("r1", after=0, most=3)
    assert [call.number for call in first] == [1, 2, 3]
    assert [call.instant for call in first] == [SOON + 2, SOON + 3, SOON + 4]
    send(ledger, first[0])
    assert claim(ledger, first[1])
    rest = ledger.calls("r1", after=3, most=9)
    assert [call.number for call in rest] == [4, 5, 6, 7]
    assert rest[-1].instant == LATER
    assert [call.number for call in ledger.calls("r1", after=0, most=2)] == [3, 4]
    assert ledger.calls("r1", after=7, most=9) == []


def test_calls_hold_all_their_deliveries_whatever_the_page(ledger: Ledger) -> None:
    record(ledger, row(1, accounts=range(1, 8)), row(2, accounts=range(1, 8)), max_accounts=3)
    pages = [ledger.calls("r1", after=after, most=1) for after in range(6)]
    assert [len(call.deliveries) for page in pages for call in page] == [3, 3, 1, 3, 3, 1]


def test_only_its_own_runs_calls_are_sent(ledger: Ledger) -> None:
    record(ledger, row(1))
    record(ledger, row(2), run="r2")
    assert [call.post for call in ledger.calls("r2", 0, 9)] == [post(2)]
    assert ledger.calls("none", 0, 9) == []


def test_the_service_is_in_no_call_of_another(ledger: Ledger) -> None:
    record(ledger, row(1))
    (call,) = record(ledger, row(1), run="r2", service="http://127.0.0.1:9")
    assert claim(ledger, call)  # the same post elsewhere is not under way here
    assert ledger.known(SERVICE, [(call.team, post(1), account(1))])[0][6] == "planned"

"""A move to draft that goes wrong: nothing is believed that the post does not show."""

from __future__ import annotations

import pytest
from undo_world import (
    TEAM,
    Fault,
    Gate,
    HurriedClock,
    StandIn,
    World,
    account_id,
    at,
    post_id,
    row,
    standing_in,
    words,
)

from batch_scheduler.errors import ServiceUnusable

POST = row(1, accounts=(1, 2))
HTML = b"<html><body>proxy</body></html>"
YES_BUT_NOT = Fault(200, body=b'{"id": "%s"}' % post_id(1).encode())
DECODE = b'{"_tag": "HttpApiDecodeError", "issues": [{"path": ["data"], "message": "odd"}]}'
RESET, RESET_AFTER = Fault(0), Fault(0, done=True)


@pytest.fixture
def run(world: World) -> str:
    """One post on two accounts."""
    return world.send(POST)


GETS_THERE: dict[str, tuple[list[Fault], int]] = {
    "reset before": ([RESET], 2),
    "reset after": ([RESET_AFTER], 1),
    "500 before": ([Fault(500)], 2),
    "500 after": ([Fault(500, done=True)], 1),
    "a proxy's pages": ([Fault(502, body=HTML), Fault(504, body=HTML, done=True)], 2),
    "503 and 408": ([Fault(503), Fault(408)], 3),
    "429 without a time": ([Fault(429)], 2),
    "refused thrice": ([Fault(429), Fault(503, headers={"Retry-After": "1"}), Fault(429)], 4),
    "its answer did not encode": ([Fault(400, body=DECODE, done=True)], 1),
    "204": ([Fault(204, done=True)], 1),
    "HTML with 200": ([Fault(200, body=HTML, done=True)], 1),
    "no post in the answer": ([Fault(200, body=b"[]", done=True)], 1),
    "eight resets": ([RESET] * 8, 9),
}


@pytest.mark.parametrize(("faults", "moves"), GETS_THERE.values(), ids=GETS_THERE)
def test_it_is_taken_back_all_the_same(
    world: World, service: StandIn, gate: Gate, run: str, faults: list[Fault], moves: int
) -> None:
    gate.faults = [*faults]
    assert words(world.hurried(run)) == {"undone": 2}
    assert gate.moves == [post_id(1)] * moves
    assert not service.standing
    assert world.statuses(run) == [("rejected", "undone")] * 2
    assert world.run(POST).counts == {"accepted": 2}


@pytest.mark.parametrize("fault", [RESET_AFTER, Fault(500, done=True)], ids=["reset", "500"])
def test_after_a_lost_answer_patience_is_asked_for(
    world: World, gate: Gate, run: str, fault: Fault
) -> None:
    """What the service is still at work on could take back what is sent anew."""
    gate.faults = [fault]
    (_, ending), _ = world.hurried(run).told
    assert "wait a minute" in ending.said


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_definite_no_leaves_it_accepted(
    world: World, service: StandIn, gate: Gate, run: str, status: int
) -> None:
    gate.always = Fault(status, body=b'{"message": "not now"}')
    done = world.hurried(run)
    assert words(done) == {"refused": 2}
    assert "not now" in done.told[0][1].said
    assert len(gate.moves) == 1
    assert world.statuses(run) == [("accepted", "")] * 2
    assert world.run(POST).counts == {"already_accepted": 2}
    assert sum(service.standing.values()) == 2


def test_a_no_that_is_the_echo_of_a_lost_yes_is_none(world: World, gate: Gate, run: str) -> None:
    """At the second look, which is the one after the no, the post shows it."""
    gate.faults = [RESET, Fault(409, done=True)]
    assert words(world.hurried(run)) == {"undone": 2}


def test_an_answer_that_the_post_does_not_bear_out_proves_nothing(
    world: World, service: StandIn, gate: Gate, run: str
) -> None:
    gate.always = YES_BUT_NOT
    done = world.hurried(run)
    assert words(done) == {"unconfirmed": 2}
    assert "the service said yes, but" in done.told[0][1].said
    assert world.statuses(run) == [("in_doubt", "undo-unconfirmed")] * 2

    again = world.run(POST)
    assert again.counts == {"in_doubt": 2}
    assert world.run(POST, again=True).counts == {"in_doubt": 2}
    assert sum(service.standing.values()) == 2

    gate.always = None
    assert words(world.hurried(run)) == {"undone": 2}
    assert world.statuses(again.run.id) == [("rejected", "undone")] * 2
    assert world.run(POST).counts == {"accepted": 2}
    assert set(service.standing.values()) == {1}


@pytest.mark.parametrize("status", [401, 409, 429])
def test_a_no_says_nothing_of_what_was_asked_for_before(
    world: World, gate: Gate, run: str, status: int
) -> None:
    gate.always = YES_BUT_NOT
    world.hurried(run)
    gate.always = Fault(status)
    assert "undone" not in words(world.hurried(run))
    assert world.states() == ["undoing"] * 2
    assert world.run(POST).counts == {"in_doubt": 2}


def test_what_came_true_since_is_not_asked_for_again(
    world: World, service: StandIn, gate: Gate, run: str
) -> None:
    """To repeat it is harmless only while the post still shows what the run did."""
    gate.always = YES_BUT_NOT
    world.hurried(run)
    service.ask("POST", f"/v1/teams/{TEAM}/posts/{post_id(1)}/move-to-draft")
    assert words(world.hurried(run)) == {"undone": 2}
    assert len(gate.moves) == 1


def test_what_is_not_confirmed_is_sent_again_when_a_person_says_so(
    world: World, gate: Gate, run: str
) -> None:
    gate.always = YES_BUT_NOT
    world.hurried(run)
    assert world.run(POST, may_duplicate=True).counts == {"accepted": 2}


def test_what_was_never_seen_proves_nothing_when_it_is_not_seen(
    world: World, gate: Gate, run: str
) -> None:
    gate.shows_nothing = True
    done = world.hurried(run)
    assert words(done) == {"unconfirmed": 2}
    assert "never seen to show" in done.told[0][1].said
    assert world.run(POST).counts == {"in_doubt": 2}


def test_after_a_lost_answer_what_somebody_else_did_is_not_taken_back(
    world: World, service: StandIn, gate: Gate, run: str
) -> None:
    gate.faults = [Fault(0, meanwhile=lambda: service.schedule(1))]
    done = world.hurried(run)
    assert words(done) == {"unconfirmed": 2}
    assert account_id(9) in done.told[0][1].said
    assert len(gate.moves) == 1
    assert world.run(POST).counts == {"in_doubt": 2}


# for how long


def test_everyone_waits_for_as_long_as_the_service_says(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2))
    gate.faults = [Fault(429, headers={"Retry-After": "120"})]
    clock = HurriedClock()
    began = clock.monotonic()
    assert words(world.hurried(run, clock, concurrency=1)) == {"undone": 2}
    assert 120 <= clock.monotonic() - began < 180


def test_what_gets_too_near_meanwhile_is_not_touched(world: World, gate: Gate) -> None:
    run = world.send(row(1, hours=1), row(2, hours=9))
    gate.faults = [Fault(429, headers={"Retry-After": "3600"})]
    done = world.hurried(run, concurrency=1, give_up=9_000.0)
    assert words(done) == {"left": 1, "undone": 1}
    assert at(1) in done.told[0][1].said
    assert gate.moves == [post_id(1), post_id(2)]
    assert world.statuses(run) == [("accepted", ""), ("rejected", "undone")]


def test_the_rate_is_kept(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2), row(3))
    clock = HurriedClock()
    began = clock.monotonic()
    world.hurried(run, clock, rate=0.1)
    assert clock.monotonic() - began >= 8 * 10  # nine requests, the first of them at once


def test_a_service_that_stays_down_stops_it(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2), row(3))
    gate.always = Fault(503, headers={"Retry-After": "30"})
    done = world.hurried(run, concurrency=1)
    assert isinstance(done.reason, ServiceUnusable)
    assert (done.status, words(done)) == ("aborted", {"waiting": 3})
    assert world.statuses(run) == [("accepted", "")] * 3


def test_credentials_that_are_refused_stop_it(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2), row(3))
    gate.always = Fault(401)
    done = world.hurried(run, concurrency=1)
    assert (done.status, words(done)) == ("aborted", {"waiting": 3})
    assert len(gate.moves) == 1
    assert world.statuses(run) == [("accepted", "")] * 3


def test_a_post_that_is_gone_is_left(world: World, service: StandIn, gate: Gate) -> None:
    run = world.send(row(1), row(2))
    service.ask("DELETE", f"/v1/teams/{TEAM}/posts/{post_id(1)}")
    done = world.hurried(run)
    assert words(done) == {"left": 1, "undone": 1}
    assert "can't be read" in done.told[0][1].said
    assert gate.moves == [post_id(2)]


def test_reads_that_fail_are_tried_again(world: World) -> None:
    with standing_in(read_faults=0.4, hang_seconds=0.1) as service:
        world = World(world.folder, service.url)
        run = world.send(*(row(post) for post in range(10)))
        assert words(world.hurried(run)) == {"undone": 10}


def test_a_service_that_is_gone_is_asked_for_nothing(world: World, gate: Gate, run: str) -> None:
    gate.behind = StandIn("http://127.0.0.1:9")
    done = world.hurried(run)
    assert (done.status, words(done)) == ("aborted", {"waiting": 2})
    assert gate.moves == []
    assert world.states() == ["accepted"] * 2

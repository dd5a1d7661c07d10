"""What a run leaves behind when it is stopped, and what becomes of that later."""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from survival_inside import standing_in_here as start
from survival_relay import relaying
from survival_world import KILLED, Result, StandIn, Wish, World, broken_promises, read_results

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")

PATIENCE = ("--settle", "0.5", "--timeout", "1")
ONE_BY_ONE = ("--concurrency", "1")


@pytest.fixture
def service() -> Iterator[StandIn]:
    with start(latency=0.02) as one:
        yield one


def used_before(folder: Path, url: str, wishes: list[Wish]) -> World:
    """A world in which the service was seen to show what it accepts: there is a call, whose answer
    was lost, and that it shows.
    """
    world = World(folder, url, [Wish(999)])
    assert world.run(kill_at="answered:2").code == KILLED
    assert world.resume(*PATIENCE).counts == {"accepted": 1}
    world.edit(wishes)
    return world


def statuses(results: list[Result]) -> dict[str, int]:
    return dict(Counter(one["status"] for one in results))


def reasons(results: list[Result]) -> dict[str, int]:
    return dict(Counter(one["error_code"] for one in results))


# SIGTERM


def test_a_terminated_run_ends_soon_and_knows_what_it_did(tmp_path: Path) -> None:
    """Some calls are never answered, though they took effect."""
    with start(latency=0.2, faults={"hang_after": 0.1}, seed=3) as service:
        wishes = [Wish(post, (1, 2) if post % 4 == 0 else (1,)) for post in range(1, 61)]
        world = used_before(tmp_path, service.url, wishes)
        command = ("run", str(world.sheet), "--results", str(world.at), "--json")
        with world.start(*command, "--concurrency", "4") as child:
            while len(service.done(world.posts)) < 15:
                assert child.poll() is None
                time.sleep(0.05)
            child.send_signal(signal.SIGTERM)
            began = time.monotonic()
            ended = child.ended()
        assert time.monotonic() - began < 10
        assert (ended.code, ended.document["status"]) == (130, "interrupted"), ended.err
        assert ended.counts == statuses(world.results)
        assert set(ended.counts) <= {"accepted", "waiting", "in_doubt"}
        assert ended.counts["accepted"] >= 8
        assert ended.counts["waiting"] >= 20
        assert broken_promises(world.results, service.done(world.posts)) == []

        assert world.resume(*PATIENCE).code in (0, 3)
        assert broken_promises(world.results, service.done(world.posts)) == []
        assert set(statuses(world.results)) <= {"accepted", "in_doubt"}
        assert world.needlessly_in_doubt == []


def test_one_that_asks_what_became_of_earlier_calls_ends_at_once(
    tmp_path: Path, service: StandIn
) -> None:
    world = World(tmp_path, service.url, [Wish(1)])
    assert world.run(kill_at="ask:2").code == KILLED
    with world.start("run", str(world.sheet), "--settle", "30") as child:
        assert child.stderr is not None
        assert child.stderr.readline().startswith("Asking what became of 1 call")
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert child.ended().code == 130
    assert time.monotonic() - began < 10
    assert service.calls == []


# The service is down


def test_what_a_service_that_is_down_leaves_in_doubt_is_settled_later(
    tmp_path: Path, service: StandIn
) -> None:
    with relaying(service.url) as relay:
        world = used_before(tmp_path, relay.url, [Wish(post) for post in range(1, 7)])
        assert world.run(*PATIENCE, "--concurrency", "2", kill_at="ask:4").code == KILLED
        before = service.done(world.posts)
        assert 1 <= len(before) <= 4
        relay.cut()
        down = world.resume(*PATIENCE, "--give-up", "1")
        assert down.code == 6
        assert down.counts["in_doubt"] >= 1
        assert down.counts == statuses(world.results)
        assert "can't be" in down.document["runs"][0]["reason"]
        assert broken_promises(world.results, service.done(world.posts)) == []
        assert world.run(*PATIENCE, "--give-up", "1").code == 6
        assert service.done(world.posts) == before

        relay.mend()
        ended = world.resume(*PATIENCE)
        assert (ended.code, ended.counts) == (0, {"accepted": 6})
        assert broken_promises(world.results, service.done(world.posts)) == []


# Too late, and superseded


@pytest.fixture
def cut_off(tmp_path: Path, service: StandIn) -> Callable[[str], World]:
    """Of four calls the first is accepted, and the second was killed at this step."""

    def make(step: str) -> World:
        world = used_before(tmp_path, service.url, [Wish(post) for post in (1, 2, 3, 4)])
        assert world.run(*ONE_BY_ONE, kill_at=step).code == KILLED
        return world

    return make


@pytest.mark.parametrize(("step", "accepted"), [("ask:3", 1), ("answered:3", 2)])
def test_what_is_too_late_now_is_rejected(
    cut_off: Callable[[str], World], service: StandIn, step: str, accepted: int
) -> None:
    """Also a call that was in doubt, if it never happened; one that did is accepted."""
    world = cut_off(step)
    calls = len(service.calls)
    ended = world.resume(*PATIENCE, "--lead", str(25 * 3600))
    assert (ended.code, ended.counts) == (3, {"accepted": accepted, "rejected": 4 - accepted})
    assert reasons(world.results) == {"": accepted, "too-late": 4 - accepted}
    assert broken_promises(world.results, service.done(world.posts)) == []
    assert len(service.calls) == calls
    assert world.resume(*PATIENCE).document["runs"] == []


@pytest.mark.parametrize(("step", "accepted"), [("ask:3", 1), ("answered:3", 2)])
def test_what_a_later_run_has_is_held(
    cut_off: Callable[[str], World], service: StandIn, step: str, accepted: int
) -> None:
    """The later sheet has other times: what was accepted at the old one is not sent at the new."""
    world = cut_off(step)
    (old,) = [one["run"] for one in world("runs", "--json").document if one["counts"]["waiting"]]
    world.edit([Wish(post, hours=48) for post in (1, 2, 3, 4)])
    ended = world.run(*PATIENCE)
    assert (ended.code, ended.counts) == (3, {"held": accepted, "accepted": 4 - accepted})
    assert reasons(world.results) == {"moved": accepted, "": 4 - accepted}
    done = service.done(world.posts)
    assert Counter(map(len, done.values())) == {1: 4}

    assert world.resume(*PATIENCE).document["runs"] == []
    world("show", old, "--results", str(world.folder / "old.csv"))
    results = read_results(world.folder / "old.csv")
    assert statuses(results) == {"accepted": accepted, "held": 4 - accepted}
    assert reasons(results) == {"": accepted, "superseded": 4 - accepted}
    assert service.done(world.posts) == done


@pytest.mark.parametrize("options", [(), ("--lead", str(25 * 3600))])
def test_what_was_in_doubt_when_a_later_run_moved_it_is_held_too(
    tmp_path: Path, service: StandIn, options: tuple[str, ...]
) -> None:
    """Its call never left, which could not be known before the later run had a call accepted."""
    world = World(tmp_path, service.url, [Wish(1), Wish(2)])
    assert world.run(*ONE_BY_ONE, kill_at="ask:2").code == KILLED
    (old,) = [one["run"] for one in world("runs", "--json").document]
    world.edit([Wish(1, hours=48), Wish(2)])
    ended = world.run(*PATIENCE)
    assert (ended.code, ended.counts) == (0, {"accepted": 2})
    done = service.done()
    assert world.resume(*PATIENCE, *options).code == 3
    assert service.done() == done
    world("show", old, "--results", str(world.folder / "old.csv"))
    results = read_results(world.folder / "old.csv")
    assert reasons(results) == {"superseded": 2}


def test_what_a_later_run_moved_of_a_call_holds_back_nothing_else_of_it(
    tmp_path: Path, service: StandIn
) -> None:
    """The call was for two accounts and never left; the later sheet has one of them."""
    world = World(tmp_path, service.url, [Wish(1, (1, 2)), Wish(2)])
    assert world.run(*ONE_BY_ONE, kill_at="ask:2").code == KILLED
    (old,) = [one["run"] for one in world("runs", "--json").document]
    world.edit([Wish(1, (1,), hours=48), Wish(2)])
    assert world.run(*PATIENCE).counts == {"accepted": 2}
    world.resume(*PATIENCE)
    world("show", old, "--results", str(world.folder / "old.csv"))
    results = read_results(world.folder / "old.csv")
    said = [(one["post_id"][-1], one["social_account_id"][-1], one["status"]) for one in results]
    assert said == [("1", "1", "held"), ("1", "2", "accepted"), ("2", "1", "held")]
    assert Counter(map(len, service.done().values())) == {1: 3}


# A service that shows late what it has done


def test_what_is_shown_late_is_seen_when_the_run_goes_on(tmp_path: Path) -> None:
    """Nothing is shown within --settle, of no call: by then nobody knows what that is worth. Once
    the service shows one, it shows the other, too.
    """
    with start(latest_shown_after=4.0, fault_script=["reset_after"]) as service:
        world = World(tmp_path, service.url, [Wish(1), Wish(2)])
        ended = world.run(*PATIENCE, *ONE_BY_ONE)
        assert ended.counts == {"accepted": 1, "in_doubt": 1}
        time.sleep(4.0)
        assert world.resume(*PATIENCE).counts == {"accepted": 2}
        assert broken_promises(world.results, service.done(world.posts)) == []

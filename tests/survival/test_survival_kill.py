"""Killed at any step and at any moment, it ends what it began: nothing twice, nothing lost."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from program import LONG
from survival_world import (
    KILLED,
    StandIn,
    Wish,
    World,
    broken_promises,
    key,
    standing_in,
    write_sheet,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")

PATIENCE = ("--settle", "0.5", "--timeout", "2")
WEEK = [Wish(1), Wish(1, hours=48), Wish(2, (1, 2, 3)), Wish(3)]
STEPS = {"commit": 4, "committed": 4, "ask": 2, "answered": 2, "place": 1, "placed": 1}
"""Into how many parts the counts of each step are dealt, so that several processes share them."""
PARTS = [(step, first) for step, parts in STEPS.items() for first in range(1, parts + 1)]
MOST = 200
"""More steps than any of these runs has."""

Settle = Callable[[list[Wish]], World]
NUMBERS = count(1)


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with standing_in(latency=0.02) as one:
        yield one


@pytest.fixture
def settle(service: StandIn, tmp_path: Path) -> Settle:
    """A world of its own with these wishes, for posts that no other world has."""

    def make(wishes: list[Wish]) -> World:
        number = next(NUMBERS)
        own = [wish._replace(post=1000 * number + wish.post) for wish in wishes]
        world = World(tmp_path / str(number), service.url, own)
        write_sheet(world.folder / "other.csv", [Wish(1000 * number)])
        return world

    return make


def holds(world: World, service: StandIn, known: bool = True) -> None:
    """The three promises, and that all is `known` that can be."""
    results = world.results
    assert broken_promises(results, service.done(world.posts)) == []
    assert [key(one) for one in results] == world.keys
    assert {one["status"] for one in results} <= {"accepted", "already_accepted", "in_doubt"}
    if known:
        assert world.needlessly_in_doubt == []


def resumed(world: World, service: StandIn) -> None:
    ended = world.resume(*PATIENCE)
    assert ended.code in (0, 3), ended.err
    if not world.at.exists():  # it was killed before its plan was kept: nothing was begun
        assert service.done(world.posts) == {}
        assert world.run(*PATIENCE).code == 0
    settled(world, service)


def run_again(world: World, service: StandIn) -> None:
    ended = world.run(*PATIENCE)
    assert ended.code in (0, 3), ended.err
    settled(world, service)


def settled(world: World, service: StandIn) -> None:
    """Nothing seen proves nothing before the service was seen to show what it accepts."""
    holds(world, service, known=False)
    run = world("runs", "--json").document[0]["run"] if world.needlessly_in_doubt else ""
    if run and not service.done(world.posts):
        assert world("run", str(world.folder / "other.csv"), *PATIENCE).code == 0
    for _ in range(2):  # of a post with two calls in doubt, one after the other
        if world.needlessly_in_doubt:
            assert world.resume(*PATIENCE).code in (0, 3)
            assert world("show", run, "--results", str(world.at)).code in (0, 3)
    holds(world, service)


ENDS = (resumed, run_again)


@pytest.mark.parametrize(("step", "first"), PARTS)
def test_a_run_that_is_killed_at_any_step(
    settle: Settle, service: StandIn, step: str, first: int
) -> None:
    for number in range(first, MOST, STEPS[step]):
        for end in ENDS if LONG or step in ("place", "placed") else ENDS[number % 2 :][:1]:
            world = settle(WEEK)
            ended = world.run(*PATIENCE, kill_at=f"{step}:{number}")
            if ended.code != KILLED:
                assert (ended.code, ended.counts) == (0, {"accepted": 6})
                holds(world, service)
                return
            end(world, service)
    pytest.fail("it was never done")


@pytest.mark.parametrize(
    ("first", "end"), [("ask:3", resumed), ("answered:2", resumed), ("answered:2", run_again)]
)
def test_whoever_ends_a_killed_run_is_killed_as_well(
    settle: Settle, service: StandIn, first: str, end: Callable[[World, StandIn], None]
) -> None:
    """Each time a step later, until one gets through."""
    world = settle(WEEK)
    assert world.run(*PATIENCE, kill_at=first).code == KILLED
    command = world.resume if end is resumed else world.run
    for number in range(1, MOST):
        ended = command(*PATIENCE, kill_at=f"any:{number}")
        if ended.code != KILLED:
            break
    assert number > 10
    end(world, service)


@pytest.mark.skipif(not LONG, reason="the long form: BATCH_SCHEDULER_LONG=1")
@pytest.mark.parametrize(("step", "first"), PARTS)
def test_a_resume_that_is_killed_at_any_step(
    settle: Settle, service: StandIn, step: str, first: int
) -> None:
    for number in range(first, MOST, STEPS[step]):
        world = settle(WEEK)
        assert world.run(*PATIENCE, kill_at="answered:2").code == KILLED
        ended = world.resume(*PATIENCE, kill_at=f"{step}:{number}")
        resumed(world, service)
        if ended.code != KILLED:
            return
    pytest.fail("it was never done")


def test_one_that_was_killed_while_it_asked_keeps_no_post_from_others(
    settle: Settle, service: StandIn
) -> None:
    world = settle([Wish(1), Wish(2)])
    assert world.run("--concurrency", "1", kill_at="answered:2").code == KILLED
    first = world.wishes[0].post
    world.edit([Wish(first, (2,), hours=48)])
    waits = world.run("--settle", "never", "--concurrency", "1", kill_at="committed:4")
    assert waits.code == KILLED
    world.edit([Wish(first, (3,), hours=72)])
    asks = world.run(kill_at="ask:1")
    assert (asks.code, asks.out) == (KILLED, "")
    assert "Asking what became of 1 call" in asks.err
    newest = world("runs", "--json").document[0]
    assert newest["counts"]["waiting"] == 1
    began = time.monotonic()
    ended = world.resume(newest["run"], *PATIENCE)
    assert (ended.code, ended.counts) == (0, {"accepted": 1})
    assert time.monotonic() - began < 20


# At any moment

KILLS = 500 if LONG else 40
AT_ONCE = 10
"""Kills of one test."""
BUSY = [
    *(Wish(post) for post in range(1, 25)),
    *(Wish(post, hours=24 * day) for post in range(25, 35) for day in (1, 2, 3)),
    *(Wish(post, (1, 2, 3, 4)) for post in range(35, 41)),
]
FAULTS = ("reset_before", "reset_after", "effect_after_reset", "500_after", "504_before", "429")


@pytest.mark.parametrize("seed", range(KILLS // AT_ONCE))
def test_kills_at_random_moments(tmp_path: Path, seed: int) -> None:
    """Of the run, and of whoever ends it, in turns; again and again until it is done."""
    rng = random.Random(seed)
    record = tmp_path / "record.jsonl"
    options = {"latency": 0.05, "jitter": 0.1, "effect_delay": 0.3, "seed": seed}
    faults = dict.fromkeys([*FAULTS, "half_answer"], 0.02)
    kills = 0
    with standing_in(**options, faults=faults, record=str(record)) as service:
        for week in count():
            wishes = [wish._replace(post=1000 * week + wish.post) for wish in BUSY]
            world = World(tmp_path / f"{week}", service.url, [Wish(1000 * week + 999)])
            assert world.run().code == 0  # it is not the first time that this service is used
            world.edit(wishes)
            kills += _killed_until_done(world, record, rng, AT_ONCE - kills)
            time.sleep(options["effect_delay"])
            run_again(world, service)
            holds(world, service)
            if kills == AT_ONCE:
                return


def _killed_until_done(world: World, record: Path, rng: random.Random, most: int) -> int:
    """How many times it was killed. A moment is random, from its first request on."""
    sheet = ("run", str(world.sheet), "--results", str(world.at))
    for kills in range(most):
        command = sheet if not kills or rng.random() < 0.3 else ("resume",)
        with world.start(*command, *PATIENCE, "--concurrency", "4") as child:
            before, end = record.stat().st_size, time.monotonic() + 20
            while record.stat().st_size == before and child.poll() is None:
                assert time.monotonic() < end
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.6))
            child.kill()
            if child.ended().code != KILLED:
                return kills
    return most

"""A clock that jumps, by hours and by days, while a night is at work and between two nights: each
sheet once, nothing lost, nothing twice.
"""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path

import pytest
from inbox_world import (
    KILLED,
    PACKAGES,
    StandIn,
    Wish,
    World,
    standing_in,
    statuses,
)
from prometheus_client.parser import text_string_to_metric_families

HOUR = 3600
FAR = 5 * 24
"""Hours ahead: more than any clock here is off by."""
NUMBERS = count(1)


class SetClock:
    """That of the program; the service's is right."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.env = {
            "PYTHONPATH": os.pathsep.join(
                [str(Path(__file__).parent / "set_clock"), str(PACKAGES)]
            ),
            "CLOCK_OFF_BY": str(self._file),
        }
        self.off_by(0)

    def off_by(self, hours: float) -> None:
        draft = self._file.with_suffix(".tmp")
        draft.write_text(str(hours * HOUR), encoding="utf-8")
        draft.replace(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> SetClock:
    return SetClock(tmp_path)


@pytest.fixture
def wishes() -> list[Wish]:
    """Of posts that no other test has."""
    first = 20_000 + 10 * next(NUMBERS)
    return [Wish(first + number, hours=FAR) for number in range(3)]


def night_before(world: World, clock: SetClock) -> None:
    """Seeing nothing proves something now: the service was seen to show what it had accepted."""
    world.put("before.csv", [Wish(19_000 + 10 * next(NUMBERS), hours=FAR)])
    assert world(env=clock.env).code == 0


@pytest.mark.parametrize("hours", [-3, 48])
def test_it_is_set_while_a_call_is_under_way_whose_answer_is_lost(
    tmp_path: Path, clock: SetClock, wishes: list[Wish], hours: int
) -> None:
    """The service is still at work on the call, and does it a second later."""
    script = (None, "effect_after_reset")
    with standing_in(fault_script=script, effect_delay=1.0, latency=0.5) as service:
        world = World(tmp_path, service.url)
        night_before(world, clock)
        world.put("week.csv", wishes)
        patience = ("--settle", "2.5", "--concurrency", "1")
        with world.start(*patience, env=clock.env) as child:
            service.until_asked("schedule-multi", 2)
            clock.off_by(hours)
            _, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
        assert [service.done[wish.key] for wish in wishes] == [1, 1, 1]
        assert statuses(world.inbox / "done/week.results.xlsx") == {"accepted": 3}


@pytest.mark.parametrize(("first", "then"), [(3, 0), (-3, 0), (0, -48)])
def test_it_is_set_between_a_night_that_is_killed_and_the_next(
    world: World, service: StandIn, clock: SetClock, wishes: list[Wish], first: int, then: int
) -> None:
    """Its effect is older, or newer, than our clock says that the request was."""
    night_before(world, clock)
    world.put("week.csv", wishes)
    clock.off_by(first)
    assert world(kill_at="answered:2", env=clock.env).code == KILLED
    clock.off_by(then)
    ended = world(env=clock.env)
    assert ended.code == 0, ended.err
    assert [service.done[wish.key] for wish in wishes] == [1, 1, 1]
    assert statuses(world.inbox / "done/week.results.xlsx")["accepted"] == 3


def test_it_is_wrong_every_night(
    world: World, service: StandIn, clock: SetClock, wishes: list[Wish], tmp_path: Path
) -> None:
    figures = tmp_path / "batch.prom"
    for number, hours in enumerate([0, 30, -30, 0, -1, 1]):
        clock.off_by(hours)
        world.put(f"{number}.csv", wishes[: 1 + number % 3])
        ended = world("--metrics", str(figures), env=clock.env)
        assert ended.code == 0, ended.err
        assert ("This machine's clock is" in ended.err) is (abs(hours) == 30)  # told when it sends
        families = text_string_to_metric_families(figures.read_text(encoding="utf-8"))
        values = {one.name: one.samples[0].value for one in families}
        assert 0 <= values["batch_scheduler_seconds_since_last_good_run"] < 60
    assert [service.done[wish.key] for wish in wishes] == [1, 1, 1]
    assert {f"done/{number}.csv" for number in range(6)} <= world.files


def test_a_watcher_takes_what_comes_whatever_the_clock_says(
    world: World, service: StandIn, clock: SetClock, wishes: list[Wish]
) -> None:
    with world.start("--watch", "--every", "0.2", env=clock.env) as child:
        for number, hours in enumerate([0, -30, 30]):
            clock.off_by(hours)
            world.put(f"{number}.csv", wishes[number : number + 1])
            end = time.monotonic() + 30
            while f"done/{number}.csv" not in world.files:
                assert time.monotonic() < end
                time.sleep(0.05)
        time.sleep(1)  # it is idle again
        child.terminate()
        _, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert [service.done[wish.key] for wish in wishes] == [1, 1, 1]

"""Killed between any two steps, or on a full disk: each sheet once, nothing lost or twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from inbox_world import KILLED, Listener, StandIn, Wish, World, statuses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")

LONG = os.environ.get("BATCH_SCHEDULER_LONG") == "1"
STEPS = ("take", "taken", "decided", "put", "place", "placed")
EVERY = 1 if LONG else 17
"""Of all steps together, each so-manieth."""
NUMBERS = count(1)


def filled(folder: Path, url: str) -> tuple[World, list[Wish]]:
    """Two sheets of posts that no other world has."""
    world, first = World(folder, url), 10_000 + 10 * next(NUMBERS)
    wishes = [Wish(first + number) for number in range(3)]
    world.put("a.csv", wishes[:2])
    world.put("b.csv", wishes[2:])
    return world, wishes


def nights_after(world: World) -> None:
    """One ends it, but where nothing was ever accepted: then seeing nothing proves nothing yet."""
    for _ in range(2):
        ended = world()
        assert ended.code in (0, 3), ended.err
        if "working" not in {Path(name).parts[0] for name in world.files}:
            return


def holds(world: World, service: StandIn, wishes: list[Wish]) -> None:
    done = service.done
    assert [done[wish.key] for wish in wishes] == [1, 1, 1]
    assert world.files == {
        *("done/a.csv", "done/a.results.xlsx", "done/b.csv", "done/b.results.xlsx")
    }
    for name, rows in (("a", 2), ("b", 1)):
        said = statuses(world.inbox / f"done/{name}.results.xlsx")
        assert said["accepted"] + said["already_accepted"] == rows


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_its_own_the_next_night_ends_it(
    tmp_path: Path, service: StandIn, step: str
) -> None:
    for number in count(1):
        world, wishes = filled(tmp_path / str(number), service.url)
        ended = world(kill_at=f"{step}:{number}")
        if ended.code != KILLED:
            assert number > 1
            holds(world, service, wishes)
            return
        nights_after(world)
        holds(world, service, wishes)


def test_killed_at_any_step_the_next_night_ends_it(tmp_path: Path, service: StandIn) -> None:
    killed = 0
    for number in count(1, EVERY):
        world, wishes = filled(tmp_path / str(number), service.url)
        if world(kill_at=f"any:{number}").code != KILLED:
            break
        killed += 1
        nights_after(world)
        holds(world, service, wishes)
    assert killed > 3


def test_whoever_ends_it_is_killed_as_well(tmp_path: Path, service: StandIn) -> None:
    for number in range(1, 30, 2 * EVERY):
        world, wishes = filled(tmp_path / str(number), service.url)
        assert world(kill_at="placed:1").code == KILLED
        world(kill_at=f"any:{number}")
        nights_after(world)
        holds(world, service, wishes)


@pytest.mark.parametrize("step", ["decided:1", "put:1", "put:4", "decided:2"])
def test_what_a_killed_night_told_nobody_the_next_one_tells(
    world: World, listener: Listener, step: str
) -> None:
    """Each sheet once, also one that nobody can read."""
    first = 10_000 + 10 * next(NUMBERS)
    world.put("a.csv", [Wish(first)], ("no-id", "no-id", "tomorrow"))
    (world.inbox / "b.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    told = ("--notify", listener.channel)
    assert world(*told, kill_at=step).code == KILLED
    assert listener.posts == []
    assert world(*told).code == 3
    assert world(*told).code == 0
    (message,) = (post["message"] for post in listener.posts)
    assert message.count("a.csv: problems: 1 invalid, 1 waiting.") == 1
    assert message.count("b.csv is a picture") == 1
    assert str(world.inbox / "problems/a.results.xlsx") in message


# A full disk


@pytest.mark.parametrize("kilobytes", [0, 4, 12, 40, 150, 300])
def test_on_a_full_disk_it_stops_and_goes_on_when_there_is_room(
    mount_disk: Callable[[int], Path], service: StandIn, kilobytes: int
) -> None:
    disk = mount_disk(4 << 10)
    world, wishes = filled(disk, service.url)
    room = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * max(0, room.f_bavail * room.f_frsize - (kilobytes << 10)))
    full = world()
    assert "Traceback" not in full.err
    assert all(count <= 1 for count in service.done.values())
    ballast.unlink()
    nights_after(world)
    holds(world, service, wishes)

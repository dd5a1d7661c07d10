"""A disk that is full at any write: the run says so and stops; nothing is sent unwritten."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from survival_inside import MAY_BE_DONE, Desk, hurried, standing_in_here
from survival_world import Wish, World, broken_promises, read_results, write_sheet

from batch_scheduler.errors import LedgerError
from batch_scheduler.settings import Options

HOW = Options(settle=0.3, timeout=2.0, concurrency=4)


@pytest.fixture
def disk(mount_disk: Callable[[int], Path]) -> Path:
    """A small one of its own."""
    return mount_disk(16 << 10)


@contextmanager
def room(disk: Path, size: int) -> Iterator[None]:
    """Only so many bytes are left for a while."""
    status = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * max(0, status.f_bavail * status.f_frsize - size))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.mark.parametrize("rooms", [range(first, 720, 72) for first in range(8, 72, 24)])
def test_it_stops_at_whatever_it_can_not_write_and_is_resumed(
    disk: Path, tmp_path: Path, rooms: range
) -> None:
    """From the ledger's first page to the last outcome."""
    stopped = 0
    for number in rooms:
        folder = disk / f"{number}"
        folder.mkdir()
        wishes = [Wish(post) for post in range(1, 25)]
        sheet = write_sheet(tmp_path / "week.csv", wishes)
        results = tmp_path / f"{number}.results.csv"
        with hurried() as death, standing_in_here(latency=0.005) as service:
            desk = Desk(folder / "ledger.sqlite3", service.url, death)
            with room(disk, number << 10):
                stopped += _stops(desk, sheet, results)
                done = service.done()
            intended = {one.key for one in desk.kept() if one.state in MAY_BE_DONE}
            assert set(done) <= intended
            if not desk.kept():
                assert done == {}
                desk.run(sheet, results, HOW)
            desk.resume(HOW)
            said = read_results(results)
            assert broken_promises(said, service.done()) == []
            assert [one["status"] for one in said] == ["accepted"] * len(wishes)
    assert stopped > len(rooms) / 2


def _stops(desk: Desk, sheet: Path, results: Path) -> bool:
    """Whether it did, with a reason and a remedy."""
    try:
        done = desk.run(sheet, results, HOW)
    except LedgerError as error:
        assert str(desk.ledger) in error.message
        assert "full" in error.message or "disk I/O error" in error.message
        assert "make room on the disk" in error.hint
        assert "resume" in error.hint
        return True
    assert done is not None
    return False


def test_the_command_says_so(disk: Path, tmp_path: Path) -> None:
    with standing_in_here(latency=0.005) as service:
        world = World(tmp_path, service.url, [Wish(99)])
        world.environment["BATCH_SCHEDULER_LEDGER"] = str(disk / "mine.sqlite3")
        assert world.run().code == 0
        world.at.unlink()
        world.edit([Wish(post) for post in range(1, 41)])
        with room(disk, 200 << 10):
            ended = world.run("--concurrency", "2")
        assert (ended.code, ended.out) == (6, "")
        assert "full" in ended.err
        assert "make room on the disk" in ended.err
        assert "Traceback" not in ended.err
        assert not world.at.exists()
        ended = world.resume("--settle", "0.5")
        assert (ended.code, ended.counts) == (0, {"accepted": 40})
        assert broken_promises(world.results, service.done(world.posts)) == []


def test_results_that_have_no_room_can_be_written_later(disk: Path, tmp_path: Path) -> None:
    with standing_in_here() as service:
        world = World(tmp_path, service.url, [Wish(post) for post in range(1, 21)])
        world.at = disk / "week.results.csv"
        with room(disk, 0):
            ended = world.run()
        assert ended.code == 2
        assert "results can't be written" in ended.err
        assert list(disk.glob("*results*")) == []
        run = world("runs", "--json").document[0]
        assert run["counts"]["accepted"] == 20
        assert world("show", run["run"], "--results", str(world.at)).code == 0
        assert broken_promises(world.results, service.done()) == []

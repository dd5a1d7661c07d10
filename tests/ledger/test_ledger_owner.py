"""Who is at work on a run is known by a lock that dies with its process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from ledger_plans import NOW, Place, claim, record, row

from batch_scheduler.errors import HeldByAnotherRun
from batch_scheduler.ledger import Ledger, Owner, adopt_dead, alive, living, locks_folder

HOLDS = """
import sys
from pathlib import Path
from batch_scheduler.ledger import Owner
with Owner(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(folder: Path, run: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the run until its standard input is closed."""
    command = [sys.executable, "-c", HOLDS, str(folder), run]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def folder(place: Place) -> Path:
    return locks_folder(place.location)


def test_nobody_is_at_work_on_a_run_that_nobody_began(folder: Path) -> None:
    assert not alive(folder, "r1")
    assert not folder.exists()


def test_a_run_has_one_owner(folder: Path) -> None:
    with Owner(folder, "r1"):
        assert alive(folder, "r1")
        assert not alive(folder, "r2")
        with pytest.raises(HeldByAnotherRun) as held, Owner(folder, "r1"):
            pass
        assert (held.value.exit_code, bool(held.value.hint)) == (5, True)
        with Owner(folder, "r2"):
            assert alive(folder, "r2")
        assert alive(folder, "r1")
    assert not alive(folder, "r1")
    with Owner(folder, "r1"):
        assert alive(folder, "r1")


def test_an_owner_that_fails_lets_go(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), Owner(folder, "r1"):
        raise ZeroDivisionError
    assert not alive(folder, "r1")


def test_another_process_is_seen_at_work_until_it_is_done(folder: Path) -> None:
    with holding(folder, "r1") as process:
        assert alive(folder, "r1")
        with pytest.raises(HeldByAnotherRun), Owner(folder, "r1"):
            pass
        process.communicate()
        assert process.returncode == 0
        assert not alive(folder, "r1")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_holds_nothing(ledger: Ledger, place: Place, folder: Path) -> None:
    (call,) = record(ledger, row(1))
    with holding(folder, "r1") as process:
        assert claim(ledger, call)
        adopt_dead(ledger, folder, NOW)
        assert (place.states(), living(ledger, folder)) == (["sending"], frozenset({"r1"}))
        process.kill()
        assert process.wait(10) == -9
        assert (alive(folder, "r1"), living(ledger, folder)) == (False, frozenset())
    adopt_dead(ledger, folder, NOW)
    assert (place.states(), ledger.unfinished()) == (["in_doubt"], [])
    with Owner(folder, "r1"):
        assert alive(folder, "r1")


@contextmanager
def looked_at(folder: Path, run: str) -> Iterator[None]:
    """Somebody else is just looking whether the run is alive, which takes its lock for a moment."""
    lock = FileLock(folder / f"{run}.lock", thread_local=False)
    lock.acquire()
    end = threading.Timer(0.03, lock.release)
    end.start()
    yield
    end.join()


def test_who_looks_is_no_owner(folder: Path) -> None:
    with Owner(folder, "r1"):
        pass
    with looked_at(folder, "r1"):
        assert not alive(folder, "r1")
    with looked_at(folder, "r1"), Owner(folder, "r1"):
        assert alive(folder, "r1")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_locks_are_their_owners_alone(folder: Path) -> None:
    with Owner(folder, "r1"):
        assert folder.stat().st_mode & 0o777 == 0o700

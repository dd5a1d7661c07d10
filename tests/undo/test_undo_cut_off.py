"""An undo that is killed, interrupted, or not alone: the ledger never says more than is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from undo_world import (
    TEAM,
    TOKEN,
    Fault,
    Gate,
    Nobody,
    StandIn,
    World,
    post_id,
    read_sheet,
    row,
    words,
)

from batch_scheduler.errors import HeldByAnotherRun, Interrupted
from batch_scheduler.ledger import Owner, locks_folder, open_ledger
from batch_scheduler.settings import Options

PACKAGES = Path(__file__).resolve().parents[2]
KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)
WEEK = (row(1, accounts=(1, 2)), row(2, hours=25))

# In the order in which they come: the first post is read, its intent is written, it is moved, it
# is read again, what came of that is written. With one worker the second post follows.
STEPS = [
    *("ask:1", "committed:3", "ask:2", "answered:2"),
    *("commit:4", "ask:5", "place"),
]


Child = subprocess.Popen[str]


@contextmanager
def starting(world: World, run: str, *more: str, kill_at: str = "") -> Iterator[Child]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment = {
        **kept,
        "HOME": str(world.folder),
        "PYTHONPATH": str(PACKAGES),
        "PYTHONWARNINGS": "error",
        "OPENBLAS_NUM_THREADS": "1",
        "BATCH_SCHEDULER_LEDGER": str(world.ledger),
        "BATCH_SCHEDULER_KILL_AT": kill_at,
        "OCTOSPARK_TEAM_ID": TEAM,
        "OCTOSPARK_TOKEN": TOKEN,
        "OCTOSPARK_BASE_URL": world.settings.base_url,
    }
    command = [sys.executable, "-m", "batch_scheduler", "undo", run, "--yes", *more]
    with subprocess.Popen(
        [*command, "--results", "undone.csv", "--concurrency", "1"],
        cwd=world.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_nothing_that_could_go_out_twice(
    world: World, service: StandIn, step: str
) -> None:
    run = world.send(*WEEK)
    with starting(world, run, kill_at=step) as child:
        child.communicate(timeout=60)
    assert child.returncode == KILLED
    cancelled = {key.post for key in service.count("cancelled")}
    for post, state in world.ask("SELECT post, state FROM delivery"):
        assert state in (("undoing", "undone") if post in cancelled else ("accepted", "undoing"))

    sent = service.count("scheduled")
    confirmed = world.states().count("undone")
    counts = world.run(*WEEK).counts
    assert counts.get("accepted", 0) == confirmed
    assert set(service.standing.values()) <= {1}
    assert sum((service.count("scheduled") - sent).values()) == confirmed

    done = words(world.undo(run))
    assert done.keys() <= {"undone", "left"}
    assert done.get("left", 0) == 0
    assert set(service.standing) == {*(service.count("scheduled") - sent)}
    assert world.run(*WEEK).counts.keys() <= {"accepted", "already_accepted"}
    assert service.standing.total() == 3


def test_a_resume_does_not_mistake_it_for_a_run_that_was_cut_off(
    world: World, service: StandIn
) -> None:
    run = world.send(*WEEK)
    with starting(world, run, kill_at="answered:2") as child:
        child.communicate(timeout=60)
    sent, before = service.count("scheduled"), world.states()
    assert "undoing" in before
    world.app.resume(None, Options(settle=0.0), Nobody())
    assert (service.count("scheduled"), world.states()) == (sent, before)
    assert world.ask("SELECT * FROM under_way") == []
    assert world.send(row(1, accounts=(9,), hours=40))


def test_an_interrupt_stops_it_in_good_order(world: World, service: StandIn, gate: Gate) -> None:
    """The call under way is awaited, the post looked at, and the rest left as it was."""
    run = world.send(*(row(post) for post in range(1, 6)))
    moved, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        moved.set()
        go_on.wait(20)

    gate.faults = [None, Fault(200, done=True, body=b'{"id": "b"}', meanwhile=wait)]
    with starting(world, run, "--json") as child:
        assert moved.wait(20)
        child.send_signal(signal.SIGINT)
        time.sleep(0.2)
        go_on.set()
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert '"interrupted"' in out
    outcomes = [one["outcome"] for one in read_sheet(world.folder / "undone.csv")]
    assert outcomes == ["undone", "undone", "waiting", "waiting", "waiting"]
    assert len(gate.moves) == 2
    assert world.states() == [*["undone"] * 2, *["accepted"] * 3]
    assert words(world.undo(run)) == {"undone": 5}
    assert not service.standing


def test_an_interrupt_does_not_wait_for_ever(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2))
    stops: list[Callable[[Exception], None]] = []
    go_on = threading.Event()

    def hang() -> None:
        stops[0](Interrupted("interrupted by hand"))
        go_on.wait(20)

    gate.faults = [Fault(0, meanwhile=hang)]
    began = time.monotonic()
    done = world.hurried(run, concurrency=1, on_start=stops.append)
    assert time.monotonic() - began < 5
    go_on.set()
    assert (done.status, words(done)) == ("interrupted", {"unconfirmed": 1, "waiting": 1})
    assert world.states() == ["undoing", "accepted"]
    assert world.run(row(1), row(2)).counts == {"in_doubt": 1, "already_accepted": 1}


# not alone


def test_a_run_that_is_at_work_is_not_undone(world: World, gate: Gate) -> None:
    run = world.send(row(1))
    with Owner(locks_folder(str(world.ledger)), run), pytest.raises(HeldByAnotherRun):
        world.undo(run)
    assert gate.moves == []


def test_a_post_with_a_call_under_way_is_left(world: World, gate: Gate) -> None:
    run = world.send(row(1), row(2))
    with closing(open_ledger(str(world.ledger))) as ledger:
        other = world.run(row(1, accounts=(5,), hours=30), row(1), lead=60.0)
        assert other.counts == {"accepted": 1, "already_accepted": 1}
        world.ask("UPDATE delivery SET released = 1 WHERE run = 2 AND state = 'accepted'")
        world.ask(
            "INSERT INTO under_way (run, call, team, post, since) VALUES (2, 1, 1, ?, 0)",
            post_id(1),
        )
        assert words(world.undo(run)) == {"left": 1, "undone": 1}
        assert ledger.counts(run) == {"accepted": 1, "rejected": 1}
    assert gate.moves == [post_id(2)]


def test_while_a_post_is_taken_back_no_other_run_calls_it(
    world: World, service: StandIn, gate: Gate
) -> None:
    """A run on another account of the post waits until it is known what came of the move."""
    run = world.send(row(1))
    seen: list[int] = []
    runs: list[threading.Thread] = []
    other = World(world.folder, gate.url)

    def meanwhile() -> None:
        sheet = row(1, accounts=(7,), hours=30)
        thread = threading.Thread(target=lambda: other.send(sheet))
        runs.append(thread)
        thread.start()
        time.sleep(1.5)
        seen.append(service.count("scheduled").total())

    gate.faults = [Fault(200, done=True, body=b'{"id": "b"}', meanwhile=meanwhile)]
    assert words(world.undo(run)) == {"undone": 1}
    runs[0].join()
    assert seen == [1]
    assert service.standing.total() == 1
    assert world.states() == ["undone", "accepted"]

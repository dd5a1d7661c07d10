"""A run that is cut off loses nothing and sends nothing twice; nor do two runs at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from command_line import IMPATIENT, Desk, key, row, soon
from command_services import StandIn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")


@pytest.fixture
def slow(desk: Desk, start: Callable[..., StandIn]) -> StandIn:
    """A service that takes its time."""
    service = start(latency=0.2)
    desk.uses(service.url)
    return service


def _sheet(desk: Desk, name: str = "week.csv", first: int = 0) -> str:
    """40 calls, of 2 accounts each."""
    return desk.sheet(name, *(row(first + post, accounts=2) for post in range(40)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_knows_what_was_scheduled(
    desk: Desk, slow: StandIn, number: signal.Signals
) -> None:
    sheet = _sheet(desk)
    with desk.start("run", sheet, "--json", "--concurrency", "2") as child:
        assert soon(lambda: len(slow.effects) >= 8)
        child.send_signal(number)
        began = time.monotonic()
        ended = child.ended()
    assert time.monotonic() - began < 10
    assert ended.code == 130
    assert ended.document["status"] == "interrupted"
    assert number.name in ended.document["reason"]
    results = desk.results("week.results.xlsx")
    assert {one["status"] for one in results} == {"accepted", "waiting"}
    accepted = {key(one): one["scheduled_post_id"] for one in results if one["status"] != "waiting"}
    assert accepted == slow.ids

    again = desk("run", sheet, "--json", "--concurrency", "40")
    assert again.code == 0
    assert again.counts == {"already_accepted": len(accepted), "accepted": 80 - len(accepted)}
    assert set(slow.scheduled.values()) == {1}
    assert set(slow.scheduled) == {key(one) for one in results}


def test_an_interrupted_run_does_not_wait_for_ever(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    """What was under way, and never answered, may be scheduled; the rest certainly is not."""
    service = start(faults={"hang_after": 1})
    desk.uses(service.url)
    with desk.start("run", _sheet(desk), "--json", "--concurrency", "3") as child:
        assert soon(lambda: len(service.calls) == 3)
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        ended = child.ended()
    assert time.monotonic() - began < 10
    assert (ended.code, ended.counts) == (130, {"in_doubt": 6, "waiting": 74})
    results = desk.results("week.results.xlsx")
    assert {key(one) for one in results if one["status"] == "in_doubt"} == set(service.scheduled)


def test_an_interrupt_before_anything_is_sent(desk: Desk, service: StandIn) -> None:
    """Here it has read some of its sheet, and waits for the rest."""
    with desk.start("run", "-", "--json", stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(",".join(row()) + "\n" * 200_000)  # more than a pipe holds
        child.stdin.flush()
        child.send_signal(signal.SIGTERM)
        ended = child.ended()
    assert (ended.code, ended.out) == (130, "")
    assert service.requests == []


def _states(desk: Desk) -> dict[str, int]:
    return dict(desk.ask_ledger("SELECT state, count(*) FROM delivery GROUP BY state"))


def test_after_a_kill_the_same_sheet_sends_nothing_twice(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    """Of four calls the program never heard the end: two of them were done, two not. A fifth was
    written down as about to leave, and nobody can know that it had not.
    """
    hanging = ("hang_after", "hang_before", "hang_after", "hang_before")
    service = start(fault_script=(None,) * 8 + hanging)
    desk.uses(service.url)
    sheet = _sheet(desk)
    with desk.start("run", sheet, "--concurrency", "4") as child:
        assert soon(lambda: len(service.calls) == 12)
        assert soon(lambda: _states(desk) == {"accepted": 16, "sending": 10, "planned": 54})
        child.kill()
        child.wait()
    assert _states(desk)["sending"] == 10
    assert len(service.scheduled) == 20
    assert not (desk.folder / "week.results.xlsx").exists()

    ended = desk("run", sheet, "--json", *IMPATIENT)
    assert ended.code == 3
    assert ended.counts == {"already_accepted": 16, "in_doubt": 10, "accepted": 54}
    assert set(service.scheduled.values()) == {1}
    results = desk.results("week.results.xlsx")
    in_doubt = {one["post_id"] for one in results if one["status"] == "in_doubt"}
    unheard = {one["path"].split("/")[-2] for one in service.calls if one["fault"] in hanging}
    assert len(in_doubt) == 5
    assert in_doubt > unheard
    dead = desk("runs", "--json").document[1]
    assert dead["status"] == "interrupted"
    assert dead["counts"]["waiting"] == 0


@pytest.fixture
def stuck(desk: Desk, start: Callable[..., StandIn]) -> Iterator[StandIn]:
    """A service, and a living run of "week.csv" whose first three calls it never answers."""
    service = start(fault_script=("hang_before",) * 3)
    desk.uses(service.url)
    with desk.start("run", _sheet(desk), "--concurrency", "4"):
        assert soon(lambda: len(service.calls) >= 3)
        yield service


def test_runs_of_different_sheets_go_on_side_by_side(desk: Desk, stuck: StandIn) -> None:
    other = desk("run", _sheet(desk, "other.csv", first=100), "--json")
    assert (other.code, other.counts) == (0, {"accepted": 80})
    assert soon(lambda: len(stuck.scheduled) == 80 + 74)
    assert set(stuck.scheduled.values()) == {1}


def test_who_asks_for_what_a_living_run_is_at_is_told_so(desk: Desk, stuck: StandIn) -> None:
    ended = desk("run", desk.sheet("more.csv", row(0), row(500)), "--json")
    assert (ended.code, ended.out) == (5, "")
    ((living,),) = desk.ask_ledger("SELECT id FROM run")
    assert living in ended.err
    assert not (desk.folder / "more.results.xlsx").exists()
    assert soon(lambda: len(stuck.scheduled) == 74)
    assert set(stuck.scheduled.values()) == {1}


def test_of_two_runs_at_the_same_moment_one_sends(desk: Desk, slow: StandIn) -> None:
    sheet = _sheet(desk)
    with desk.start("run", sheet) as one, desk.start("run", sheet) as other:
        codes = {one.ended().code, other.ended().code}
    assert codes <= {0, 5}  # twice 0: one had ended before the other looked
    assert 0 in codes
    assert len(slow.scheduled) == 80
    assert set(slow.scheduled.values()) == {1}


STOPPED_AT_ONCE = """
import os, signal, sys
import typer.main
def get_command(app): os.kill(os.getpid(), getattr(signal, sys.argv.pop()))
typer.main.get_command = get_command
from batch_scheduler.cli import main
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_it_can_be_stopped_before_it_knows_what_to_do(desk: Desk, name: str) -> None:
    program = [sys.executable, "-c", STOPPED_AT_ONCE, "runs", name]
    ended = subprocess.run(program, env=desk.environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")

"""Where nobody takes what is printed, all else is done as usual."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from command_line import COMMAND, Desk, row
from command_services import StandIn

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="has no device that is always full")


@contextmanager
def full() -> Iterator[int]:
    """As on a disk without room."""
    with FULL.open("wb") as device:
        yield device.fileno()


@contextmanager
def left() -> Iterator[int]:
    """As of `| head` that has seen enough."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


@contextmanager
def closed() -> Iterator[None]:
    """As cron's `>&-`."""
    yield None


Stream = Callable[[], AbstractContextManager[int | None]]


def _run(desk: Desk, where: Stream, stream: str, *options: str) -> subprocess.CompletedProcess[str]:
    desk.sheet("week.csv", row(1), row(2))
    with where() as taken:
        handed: dict[str, int | None] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        handed[stream] = taken
        number = {"stdout": 1, "stderr": 2}[stream]
        return subprocess.run(
            [*COMMAND, "run", "week.csv", *options],
            cwd=desk.folder,
            env=desk.environment,
            stdin=subprocess.DEVNULL,
            text=True,
            preexec_fn=(lambda: os.close(number)) if taken is None else None,
            stdout=handed["stdout"],
            stderr=handed["stderr"],
        )


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "text"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("where", [full, left, closed])
def test_a_run_goes_on_where_its_words_are_lost(
    desk: Desk, service: StandIn, where: Stream, stream: str, options: list[str]
) -> None:
    ended = _run(desk, where, stream, *options)
    assert len(service.scheduled) == 2
    assert desk.statuses("week.results.xlsx") == ["accepted"] * 2
    assert ended.returncode == (2 if where is full and stream == "stdout" else 0)
    said = ended.stderr or ""
    assert "unexpected" not in said
    assert "ignored" not in said


def test_a_document_that_has_no_room_is_no_success(desk: Desk) -> None:
    ended = _run(desk, full, "stdout", "--json")
    assert ended.returncode == 2
    assert "not all could be written to standard output: No space left" in ended.stderr


def test_what_was_wrong_says_more_than_that_it_could_not_be_printed(desk: Desk) -> None:
    desk.sheet("week.csv", row(1))
    with full() as device:
        ended = subprocess.run(
            [*COMMAND, "check", "week.csv", "--json"],
            cwd=desk.folder,
            env={**desk.environment, "OCTOSPARK_TEAM_ID": ""},
            stdin=subprocess.DEVNULL,
            stdout=device,
            stderr=subprocess.PIPE,
        )
    assert ended.returncode == 4

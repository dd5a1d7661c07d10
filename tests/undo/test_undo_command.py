"""`batch-scheduler undo` as a person or a cron line starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from undo_world import TEAM, TOKEN, Fault, Gate, StandIn, World, post_id, read_sheet, row

PACKAGES = Path(__file__).resolve().parents[2]
WEEK = (row(1, accounts=(1, 2)), row(2))
Ended = subprocess.CompletedProcess[str]


def command(world: World, *arguments: str) -> dict[str, Any]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        "args": [sys.executable, "-m", "batch_scheduler", *arguments],
        "cwd": world.folder,
        "env": {
            **kept,
            "HOME": str(world.folder),
            "PYTHONPATH": str(PACKAGES),
            "PYTHONWARNINGS": "error",
            "OPENBLAS_NUM_THREADS": "1",
            "BATCH_SCHEDULER_LEDGER": str(world.ledger),
            "OCTOSPARK_TEAM_ID": TEAM,
            "OCTOSPARK_TOKEN": TOKEN,
            "OCTOSPARK_BASE_URL": world.settings.base_url,
        },
    }


def start(world: World, *arguments: str) -> Ended:
    return subprocess.run(
        **command(world, "undo", *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def run(world: World) -> str:
    return world.send(*WEEK)


def test_it_writes_a_workbook_that_says_what_is_assumed(world: World, run: str) -> None:
    ended = start(world, run[:4], "--yes")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"{run}.undone.xlsx" in ended.stdout
    assert "3 undone" in ended.stdout
    with closing(openpyxl.load_workbook(world.folder / f"{run}.undone.xlsx")) as book:
        names = book.sheetnames
        cells = {
            name: [str(cell) for line in book[name].iter_rows(values_only=True) for cell in line]
            for name in names
        }
        outcomes = [line[5].value for line in book["Results"].iter_rows()]
    assert names == ["Results", "Summary", "Problems"]
    assert outcomes == ["outcome", *["undone"] * 3]
    assert "that a move to draft takes all back;" in cells["Summary"]
    assert "the service does not document it" in cells["Summary"]
    assert any("is an assumption" in cell for cell in cells["Problems"])


def test_its_help_says_what_is_assumed(world: World) -> None:
    said = " ".join(start(world, "--help").stdout.split())
    assert "no documented way" in said
    assert "assumed" in said


def test_without_a_terminal_it_does_nothing_unasked(
    world: World, service: StandIn, run: str
) -> None:
    asked = len(service.record()["requests"])
    ended = start(world, run)
    assert ended.returncode == 2
    assert "--yes" in ended.stderr
    assert len(service.record()["requests"]) == asked
    assert world.states() == ["accepted"] * 3


def test_a_dry_run_asks_the_service_nothing(world: World, service: StandIn, run: str) -> None:
    world.send(row(2, accounts=(5,)))
    before = (len(service.record()["requests"]), world.ask("SELECT * FROM delivery"))
    ended = start(world, run, "--dry-run", "--json")
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["dry_run"], document["results"]) == (0, True, [])
    assert {word: count for word, count in document["counts"].items() if count} == {
        "to_undo": 2,
        "left": 1,
    }
    assert not list(world.folder.glob("*undone*"))
    ended = start(world, run, "--dry-run", "--results", "would.csv")
    assert "2 to undo" in ended.stdout
    outcomes = [one["outcome"] for one in read_sheet(world.folder / "would.csv")]
    assert outcomes == ["to_undo", "to_undo", "left"]
    assert (len(service.record()["requests"]), world.ask("SELECT * FROM delivery")) == before


def test_what_is_left_is_an_ending_of_its_own(world: World, gate: Gate, run: str) -> None:
    gate.faults = [Fault(409, body=b'{"message": "it is locked"}')]
    ended = start(world, run, "--yes", "--json", "--results", "a.csv", "--concurrency", "1")
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["status"]) == (3, "partial")
    assert (document["counts"]["refused"], document["counts"]["undone"]) == (2, 1)
    assert document["run"] == run
    assert "assumption" in document["assumed"]
    assert [Path(path).name for path in document["results"]] == ["a.csv"]


def test_credentials_that_are_refused_stop_it(world: World, gate: Gate, run: str) -> None:
    gate.always = Fault(401, body=b'{"message": "expired"}')
    ended = start(world, run, "--yes", "--json")
    assert ended.returncode == 6
    assert json.loads(ended.stdout)["status"] == "aborted"
    assert TOKEN not in ended.stdout + ended.stderr
    assert world.states() == ["accepted"] * 3


@pytest.mark.parametrize("name", ["week.csv", "week.results.csv"])
def test_no_sheet_of_the_run_is_replaced(
    world: World, service: StandIn, run: str, name: str
) -> None:
    before = (world.folder / name).read_bytes()
    ended = start(world, run, "--yes", "--results", name)
    assert ended.returncode == 2
    assert (world.folder / name).read_bytes() == before
    assert service.moves == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnosuch", "--yes"], "there is no run"),
        (["r", "--yes", "--base-url", "http://127.0.0.1:9"], "not for http://127.0.0.1:9"),
        ([], "RUN"),
    ],
)
def test_what_can_not_be_meant_is_refused(
    world: World, service: StandIn, run: str, arguments: list[str], said: str
) -> None:
    ended = start(world, *arguments)
    assert ended.returncode == 2
    assert said.lower() in ended.stderr.lower()
    assert service.moves == []


@pytest.mark.parametrize(
    ("keys", "code"),
    [(b"n\n", 130), (b"\x04", 130), (b"", 130), (b"y\n", 0)],
    ids=["no", "Ctrl-D", "an interrupt", "yes"],
)
def test_at_a_terminal_it_asks_first(
    world: World, service: StandIn, run: str, keys: bytes, code: int
) -> None:
    pty = pytest.importorskip("pty", reason="no such terminals here", exc_type=ImportError)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        **command(world, "undo", run), stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        seen = b""
        try:
            while b"to draft?" not in seen:
                seen += os.read(ours, 65_536)
            assert b"3 to undo" in seen
            assert b"assumed, not documented" in seen
            assert service.moves == []
            if keys:
                os.write(ours, keys)
            else:
                time.sleep(0.3)  # no person is quicker
                child.send_signal(signal.SIGINT)
            while True:
                seen += os.read(ours, 65_536)
        except OSError:  # nobody holds the other end any more
            pass
        assert child.wait(30) == code
    os.close(ours)
    assert b"Traceback" not in seen
    assert sorted(service.moves) == ([] if code else [post_id(1), post_id(2)])

"""`batch-scheduler ledger …` as a person or a cron line starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from upkeep_ledgers import NOW, PACKAGES, a_run, dump, opened, row, sizes

from batch_scheduler.model import utc_text

COMMAND = [sys.executable, "-m", "batch_scheduler", "ledger"]
Ended = subprocess.CompletedProcess[str]
Start = Callable[..., Ended]
TOMORROW = utc_text(NOW + 86_400)[:10]


def environment(path: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    more = {"PYTHONPATH": str(PACKAGES), "PYTHONWARNINGS": "error", "HOME": str(path.parent)}
    return {**kept, **more, "BATCH_SCHEDULER_LEDGER": str(path)}


@pytest.fixture
def start(path: Path, tmp_path: Path) -> Start:
    def start(*arguments: str) -> Ended:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env=environment(path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return start


@pytest.fixture
def old(path: Path) -> Path:
    """A ledger with two runs that are over and one that is not."""
    with opened(path) as ledger:
        a_run(ledger, "r1", row(1, accounts=3))
        a_run(ledger, "r2", row(2))
        a_run(ledger, "r3", row(3, days=9))
    return path


def test_a_backup_is_made_once(start: Start, old: Path, tmp_path: Path) -> None:
    ended = start("backup", "copy.sqlite3")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "copy.sqlite3" in ended.stdout
    assert dump(tmp_path / "copy.sqlite3") == dump(old)
    again = start("backup", "copy.sqlite3")
    assert again.returncode == 2
    assert "already" in again.stderr
    assert start("backup", str(old)).returncode == 2
    assert dump(old) == dump(tmp_path / "copy.sqlite3")


def test_prune_says_what_went_and_what_stayed_and_why(start: Start, old: Path) -> None:
    ended = start("prune", "--before", TOMORROW)
    assert ended.returncode == 0
    assert "Deleted: 2 runs with 4 deliveries" in ended.stdout
    assert "r3: something of it is scheduled for" in ended.stdout
    assert "Traceback" not in ended.stderr
    assert sizes(old)["run"] == 1


def test_a_program_is_told_the_same(start: Start, old: Path) -> None:
    would = json.loads(start("prune", "--before", TOMORROW, "--dry-run", "--json").stdout)
    assert sizes(old)["run"] == 3
    done = json.loads(start("prune", "--before", TOMORROW, "--json").stdout)
    assert (would["dry_run"], done["dry_run"]) == (True, False)
    assert [(one["run"], one["deliveries"]) for one in done["deleted"]] == [("r2", 1), ("r1", 3)]
    assert [(one["run"], one["why"]) for one in done["kept"]] == [("r3", "ahead")]
    for name in ("deleted", "kept", "before", "later"):
        assert would[name] == done[name]
    assert done["size_after"] <= done["size_before"]
    assert done["unshrunk"] is None


def test_a_time_without_a_zone_is_utc(start: Start, old: Path) -> None:
    days = ("2020-02-03", "2020-02-03T04:05:06", "2020-02-03T04:05:06+02:00")
    said = [json.loads(start("prune", "--before", day, "--json").stdout) for day in days]
    assert [one["before"] for one in said] == [
        "2020-02-03T00:00:00Z",
        "2020-02-03T04:05:06Z",
        "2020-02-03T02:05:06Z",
    ]
    assert [(one["deleted"], one["later"]) for one in said] == [([], 3)] * 3


@pytest.mark.parametrize("arguments", [["prune"], ["prune", "--before", "Monday"], ["backup"]])
def test_what_can_not_be_meant_is_refused(start: Start, old: Path, arguments: list[str]) -> None:
    before = dump(old)
    assert start(*arguments).returncode == 2
    assert dump(old) == before


def test_a_ledger_that_is_not_there_is_not_made(start: Start, path: Path, tmp_path: Path) -> None:
    for arguments in (("prune", "--before", TOMORROW), ("backup", "copy.sqlite3")):
        ended = start(*arguments)
        assert ended.returncode == 2
        assert "no ledger" in ended.stderr
    assert not path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_ledger_is_said_and_left(start: Start, old: Path, tmp_path: Path) -> None:
    whole = old.read_bytes()
    old.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    before = old.read_bytes()
    for arguments in (("prune", "--before", TOMORROW), ("backup", "copy.sqlite3")):
        ended = start(*arguments)
        assert ended.returncode == 2
        assert "damaged" in ended.stderr
        assert "restore a backup" in ended.stderr
        assert "Traceback" not in ended.stderr
    assert old.read_bytes() == before
    assert not (tmp_path / "copy.sqlite3").exists()


@pytest.mark.parametrize(
    ("options", "keys", "code", "left"),
    [((), b"n\n", 130, 3), ((), b"\x04", 130, 3), ((), b"y\n", 0, 1), (("--yes",), b"", 0, 1)],
)
def test_at_a_terminal_it_asks(
    old: Path, options: tuple[str, ...], keys: bytes, code: int, left: int
) -> None:
    pty = pytest.importorskip("pty", reason="no such terminals here", exc_type=ImportError)
    ours, theirs = pty.openpty()
    command = [*COMMAND, "prune", "--before", TOMORROW, *options]
    with subprocess.Popen(
        command, env=environment(old), stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        seen = b""
        try:
            while keys and b"Delete them?" not in seen:
                seen += os.read(ours, 65_536)
            assert b"4 deliveries" in seen or not keys
            os.write(ours, keys)
            while True:
                seen += os.read(ours, 65_536)
        except OSError:  # nobody holds the other end any more
            pass
        assert child.wait(30) == code
    os.close(ours)
    assert (b"nothing was deleted" in seen) == (code == 130)
    assert sizes(old)["run"] == left

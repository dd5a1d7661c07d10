"""A backup is a whole ledger or nothing, and takes no file's place."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from upkeep_ledgers import NOW, a_run, ask, begin, dump, opened, plan, program, results, row

from batch_scheduler.errors import UsageError
from batch_scheduler.ledger import Claim, Ledger, LedgerDamaged
from batch_scheduler.ledger.backup import back_up

KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_it_holds_all_that_the_ledger_does(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    a_run(ledger, "r1", row(1, accounts=3), row(2, days=9))
    begin(ledger, "r2", row(3))
    copy = tmp_path / "copy.sqlite3"
    back_up(path, copy)
    assert dump(copy) == dump(path)
    assert contents(tmp_path).keys() == {"copy.sqlite3"}
    with opened(copy) as again:
        assert results(again, "r1") == results(ledger, "r1")
        known = plan(again, [row(1, accounts=3), row(4)]).entries["state"].tolist()
    assert known == [*["already_accepted"] * 3, "planned"]


@pytest.mark.skipif(os.name != "posix", reason="the modes of POSIX")
def test_its_owner_alone_can_read_it(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    a_run(ledger, "r1", row())
    before = os.umask(0)
    try:
        back_up(path, tmp_path / "copy.sqlite3")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "copy.sqlite3").stat().st_mode) == 0o600


def test_what_a_run_has_not_committed_is_not_in_it(
    ledger: Ledger, path: Path, tmp_path: Path
) -> None:
    (call,) = begin(ledger, "r1", row())
    with ledger.transaction():
        assert ledger.claim([Claim(call, NOW)]) == [True]
        back_up(path, tmp_path / "copy.sqlite3")
    assert ask(path, "SELECT state FROM delivery") == [("sending",)]
    assert ask(tmp_path / "copy.sqlite3", "SELECT state FROM delivery") == [("planned",)]


WRITES = """
import itertools
with opened(path) as ledger:
    for number in itertools.count():
        a_run(ledger, f"r{number}", *(row(10 * number + post, accounts=5) for post in range(10)))
        if number == 3:
            (path.parent / "busy").touch()
        if (path.parent / "done").exists():
            break
"""


def test_it_is_whole_while_runs_are_at_work(path: Path, tmp_path: Path) -> None:
    with opened(path):
        pass
    counts: list[tuple[int, ...]] = []
    writer = threading.Thread(target=program, args=(path, WRITES))
    writer.start()
    try:
        while not (path.parent / "busy").exists():
            assert writer.is_alive()
        for number in count():
            copy = tmp_path / f"{number}.sqlite3"
            back_up(path, copy)
            counts += ask(copy, "SELECT count(*) FROM run")
            if number >= 5 and counts[-1] > counts[0]:
                break
            assert writer.is_alive()
            assert number < 1000
    finally:
        (path.parent / "done").touch()
        writer.join()
    for number in range(len(counts)):
        copy = tmp_path / f"{number}.sqlite3"
        assert ask(copy, "PRAGMA integrity_check") == [("ok",)]
        assert ask(copy, "PRAGMA foreign_key_check") == []
        assert {row[0] for row in ask(copy, "SELECT count(*) FROM delivery GROUP BY run")} == {50}
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


@pytest.mark.parametrize("there", ["the ledger itself", "another ledger", "a file", "a link"])
def test_what_is_there_stays(ledger: Ledger, path: Path, tmp_path: Path, there: str) -> None:
    a_run(ledger, "r1", row())
    target = tmp_path / "copy.sqlite3"
    if there == "the ledger itself":
        target = path
    elif there == "another ledger":
        back_up(path, target)
    elif there == "a file":
        target.write_text("mine")
    else:
        target.symlink_to("nowhere")
    before = contents(target.parent)
    with pytest.raises(UsageError, match="already") as error:
        back_up(path, target)
    assert error.value.hint
    assert contents(target.parent) == before
    assert ledger.counts("r1") == {"accepted": 1}


def test_what_appears_there_meanwhile_stays(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    """Two at the same moment: one of them is told so."""
    a_run(ledger, "r1", row())
    target, ends = tmp_path / "copy.sqlite3", []
    barrier = threading.Barrier(4)

    def make() -> None:
        barrier.wait(10)
        try:
            back_up(path, target)
            ends.append("made")
        except UsageError as error:
            ends.append(error.message)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("made") == 1
    assert [end for end in ends if "already" in end] == [end for end in ends if end != "made"]
    assert contents(tmp_path).keys() == {"copy.sqlite3"}


def test_a_kill_before_its_end_leaves_nothing_of_that_name(
    ledger: Ledger, path: Path, tmp_path: Path
) -> None:
    a_run(ledger, "r1", row())
    target = tmp_path / "copy.sqlite3"
    text = (
        f"from batch_scheduler.ledger.backup import back_up\nback_up(path, Path({str(target)!r}))"
    )
    assert program(path, text, kill_at="place") == KILLED
    assert not target.exists()
    assert program(path, text, kill_at="placed") == KILLED
    assert dump(target) == dump(path)


def test_there_is_none_of_a_ledger_that_is_not_there(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no ledger"):
        back_up(path, tmp_path / "copy.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    """It may be a disk that is not at hand."""
    a_run(ledger, "r1", row())
    with pytest.raises(UsageError) as error:
        back_up(path, tmp_path / "disk" / "copy.sqlite3")
    assert str(tmp_path / "disk") in error.value.message
    assert not (tmp_path / "disk").exists()


def overwritten(whole: bytes) -> bytes:
    return whole[:4096] + b"\xff" * (len(whole) - 4096)


def cut_short(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def another_file(whole: bytes) -> bytes:
    return b"post_id,scheduled_at\n" * 500


@pytest.mark.parametrize("damage", [overwritten, cut_short, another_file])
def test_of_a_damaged_ledger_there_is_none(
    path: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    with opened(path) as ledger:
        a_run(ledger, "r1", *(row(number) for number in range(200)))
    path.write_bytes(damage(path.read_bytes()))
    before = contents(path.parent)
    with pytest.raises(LedgerDamaged) as error:
        back_up(path, tmp_path / "copy.sqlite3")
    assert (bool(error.value.hint), error.value.exit_code) == (True, 2)
    assert contents(path.parent) == before
    assert contents(tmp_path) == {}


@pytest.fixture
def small_disk(mount_disk: Callable[[int], Path]) -> Path:
    return mount_disk(64)


def test_a_full_disk_takes_none(ledger: Ledger, path: Path, small_disk: Path) -> None:
    a_run(ledger, "r1", *(row(number) for number in range(500)))
    with pytest.raises(UsageError, match="full") as error:
        back_up(path, small_disk / "copy.sqlite3")
    assert str(small_disk) in error.value.message
    assert contents(small_disk) == {}
    assert ledger.counts("r1") == {"accepted": 500}

"""The ledger as a file: who may read it, what makes it durable, and what can be wrong with it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from ledger_plans import (
    LATER,
    NOW,
    Place,
    claim,
    new_run,
    plan,
    record,
    row,
    send,
    sqlite_place,
)

from batch_scheduler.errors import BatchSchedulerError, LedgerError, UsageError
from batch_scheduler.ledger import Ledger, LedgerDamaged, open_ledger
from batch_scheduler.ledger.connection import connect
from batch_scheduler.ledger.versions import steps
from batch_scheduler.model import Call

posix = pytest.mark.skipif(os.name != "posix", reason="the modes and users of POSIX")
HERE = Path(__file__).parent


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return sqlite_place(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(location: Path) -> BatchSchedulerError:
    """Why it can't be opened."""
    with pytest.raises((LedgerError, UsageError)) as error:
        open_ledger(str(location)).close()
    assert error.value.hint
    assert error.value.exit_code == 2
    return error.value


# durable, private


def test_a_commit_is_on_the_disk(place: Place) -> None:
    with closing(connect(Path(place.location))) as db:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        assert [db.execute(f"PRAGMA {one}").fetchone()[0] for one in asked] == ["wal", 2, 1]
    assert place.ask("PRAGMA journal_mode") == [("wal",)]


CLAIMS_AND_DIES = """
import os, sys
from batch_scheduler.ledger import Claim, open_ledger
ledger = open_ledger(sys.argv[1])
with ledger.transaction():
    assert ledger.claim([Claim(ledger.calls("r1", 0, 9)[0], 0.0)]) == [True]
os._exit(9)
"""


def test_a_commit_outlives_the_process(place: Place) -> None:
    with closing(place.open()) as ledger:
        record(ledger, row(1))
    command = [sys.executable, "-c", CLAIMS_AND_DIES, place.location]
    assert subprocess.run(command, check=False).returncode == 9
    assert place.states() == ["sending"]


@posix
def test_it_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = open_ledger(str(tmp_path / "new" / "ledger.sqlite3"))
        record(ledger, row(1))
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
        ledger.close()
    finally:
        os.umask(before)
    names = ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm")
    assert modes == dict.fromkeys(names, 0o600)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_it_is_one_file_when_nobody_uses_it(place: Place) -> None:
    ledger = place.open()
    (call,) = record(ledger, row(1))
    send(ledger, call)
    ledger.close()
    assert [path.name for path in Path(place.location).parent.iterdir()] == ["ledger.sqlite3"]
    again = place.open()
    assert again.counts("r1") == {"accepted": 1}
    again.close()


def test_it_says_which_version_it_is(place: Place) -> None:
    place.open().close()
    assert place.ask("PRAGMA user_version") == [(max(steps()),)]
    assert place.ask("PRAGMA application_id") == [(0x42536368,)]


def test_a_name_that_sqlite_takes_for_memory_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_ledger(":memory:")) as ledger:
        record(ledger, row(1))
    assert (tmp_path / ":memory:").stat().st_size > 0


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://localhost/ledger",
        "POSTGRES://localhost/ledger",
        "postgresql+psycopg://localhost/ledger",
        "host=localhost dbname=posts",
        "password=x dbname = posts",
    ],
)
def test_postgresql_is_not_built_yet(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is written: a file of that name would be a ledger that remembers nothing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="PostgreSQL") as error:
        open_ledger(location)
    assert error.value.hint
    assert list(tmp_path.iterdir()) == []


RECORDS_MUCH = """
import sys
from pathlib import Path
from ledger_plans import *
ledger = sqlite_place(Path(sys.argv[1])).open()
record(ledger, *(row(number) for number in range(1, 2_001)), run="r2")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_among_its_deliveries_leaves_nothing(place: Place) -> None:
    with closing(place.open()) as ledger:
        record(ledger, row(1, instant=LATER))
    # The database itself keeps the writer at its 1,500th delivery for ever.
    place.ask(
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i FROM n"
    )
    place.ask(
        "CREATE TRIGGER stuck AFTER INSERT ON delivery WHEN NEW.row = 1500 "
        "BEGIN SELECT count(*) FROM endless; END"
    )
    command = [sys.executable, "-c", RECORDS_MUCH, str(Path(place.location).parent)]
    with subprocess.Popen(command, cwd=HERE) as writer:
        while not is_locked(place):
            time.sleep(0.01)
            assert writer.poll() is None
        time.sleep(0.2)  # the lock is there first; give it time to get into the midst
        assert writer.poll() is None
        writer.kill()
    place.ask("DROP TRIGGER stuck")
    place.ask("DROP VIEW endless")
    assert (place.states("r1"), place.states("r2")) == (["planned"], [])
    assert place.ask("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM line)") == [(1, 0)]
    assert place.ask("PRAGMA integrity_check") == [("ok",)]
    with closing(place.open()) as ledger:
        record(ledger, row(1), run="r3")
    assert (place.states("r1"), place.states("r3")) == (["held"], ["planned"])


def is_locked(place: Place) -> bool:
    with closing(sqlite3.connect(place.location, isolation_level=None, timeout=0)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def test_without_its_triggers_no_delivery_is_live_twice_either(place: Place) -> None:
    with closing(place.open()) as ledger:
        (call,) = record(ledger, row(1))
        send(ledger, call)
        record(ledger, row(1), run="r2", again=True)
    for (name,) in place.ask("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
        place.ask(f"DROP TRIGGER {name}")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        place.ask("UPDATE delivery SET released = 0")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        place.ask("UPDATE delivery SET released = 0, freed = NULL")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        place.ask("UPDATE delivery SET freed = 1")


def test_it_refers_only_to_what_is_there(place: Place) -> None:
    with closing(place.open()) as ledger:
        first, second = record(ledger, row(1), row(2))
        send(ledger, first)
        assert claim(ledger, second)
        record(ledger, row(1), row(3), ("no id", "", ""), run="r2")
    assert place.states("r2") == ["already_accepted", "planned", "invalid"]
    assert place.ask("PRAGMA foreign_key_check") == []


# not a ledger


@pytest.mark.parametrize("text", [b"post_id,scheduled_at\n" * 99, b"x", b"SQLite format 3\0" * 99])
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "week.csv"
    path.write_bytes(text)
    assert isinstance(refused(path), LedgerDamaged)
    assert contents(tmp_path) == {"week.csv": text}


@pytest.mark.parametrize("version", [0, 1, 7])
def test_another_programs_database_is_left_as_it_is(tmp_path: Path, version: int) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmark (url TEXT)")
        db.execute(f"PRAGMA user_version = {version}")
    before = contents(tmp_path)
    assert "another program" in refused(path).message
    assert contents(tmp_path) == before


def test_a_newer_ledger_is_left_as_it_is(place: Place) -> None:
    place.open().close()
    newer = max(steps()) + 1
    place.ask(f"PRAGMA user_version = {newer}")
    path = Path(place.location)
    before = contents(path.parent)
    error = refused(path)
    assert f"version {newer}" in error.message
    assert "update" in error.hint
    assert contents(path.parent) == before


def test_an_empty_file_becomes_a_ledger(place: Place) -> None:
    Path(place.location).touch()
    ledger = place.open()
    record(ledger, row(1))
    ledger.close()


def cut_short(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def overwritten(whole: bytes) -> bytes:
    return whole[:4096] + b"\xff" * (len(whole) - 4096)


def without_its_first_page(whole: bytes) -> bytes:
    return whole[:100] + bytes(3996) + whole[4096:]


@pytest.mark.parametrize("damage", [cut_short, overwritten, without_its_first_page])
def test_a_damaged_ledger_is_left_as_it_is(place: Place, damage: Callable[[bytes], bytes]) -> None:
    ledger = place.open()
    record(ledger, *(row(number) for number in range(1, 501)))
    ledger.close()
    path = Path(place.location)
    path.write_bytes(damage(path.read_bytes()))
    before = contents(path.parent)
    with pytest.raises(LedgerDamaged) as error:
        use_all_of(place)
    assert (bool(error.value.hint), error.value.exit_code) == (True, 2)
    assert contents(path.parent) == before


def use_all_of(place: Place) -> None:
    with closing(place.open()) as ledger:
        for run in ledger.runs(9):
            for source in ledger.sources(run.id):
                list(ledger.results(run.id, source))
            assert ledger.calls(run.id, 0, 10_000)
        record(ledger, row(501), run="r2")


# places where none can be


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path).message
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "ledger.sqlite3")
    assert contents(tmp_path) == {"file": b""}


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder of a user whom modes bind, and this process as that user."""
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid()
    try:
        if user == 0:
            # The other user may not see where root's Python lies: it has loaded all by then.
            open_ledger(str(folder / "first.sqlite3")).close()
            (folder / "first.sqlite3").unlink()
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@posix
def test_a_folder_that_may_not_be_written_is_left_as_it_is() -> None:
    with unprivileged() as folder:
        place = sqlite_place(folder)
        place.open().close()
        before = contents(folder)
        folder.chmod(0o500)
        for location in (Path(place.location), folder / "new.sqlite3", folder / "a" / "b"):
            assert isinstance(refused(location), UsageError)
        assert contents(folder) == before


@posix
def test_a_file_that_may_not_be_written_is_left_as_it_is() -> None:
    with unprivileged() as folder:
        place = sqlite_place(folder)
        place.open().close()
        before = contents(folder)
        for mode in (0o400, 0o000):
            Path(place.location).chmod(mode)
            assert isinstance(refused(Path(place.location)), UsageError)
        Path(place.location).chmod(0o600)
        assert contents(folder) == before


@posix
def test_a_folder_that_may_not_be_entered_is_said() -> None:
    with unprivileged() as folder:
        folder.chmod(0o000)
        assert "denied" in refused(folder / "ledger.sqlite3").message


@pytest.fixture
def small_disk(mount_disk: Callable[[int], Path]) -> Path:
    return mount_disk(1024)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))
    return filler


def test_a_full_disk_costs_nothing_that_was_written(small_disk: Path) -> None:
    place = sqlite_place(small_disk)
    ledger = place.open()
    first, second = record(ledger, row(1), row(2))
    assert claim(ledger, first)
    filler = fill(small_disk)
    much = plan(ledger, *(row(number) for number in range(3, 3_000)))
    with pytest.raises(LedgerError) as error:
        ledger.record(new_run("r2"), much)
    assert "make room" in error.value.hint
    assert (place.states(), place.states("r2")) == (["sending", "planned"], [])
    assert place.ask("PRAGMA integrity_check") == [("ok",)]
    filler.unlink()
    send(ledger, second)
    assert (place.states(), ledger.counts("r2")) == (["sending", "accepted"], {})
    ledger.close()


def test_a_claim_that_finds_no_room_is_no_claim(small_disk: Path) -> None:
    place = sqlite_place(small_disk)
    ledger = place.open()
    calls = record(ledger, *(row(number) for number in range(1, 301)))
    fill(small_disk)
    claimed = [call for call in calls if is_claimed(ledger, call)]
    assert len(claimed) < len(calls)  # until the room that was left was used up
    assert place.states().count("sending") == len(claimed)
    ledger.close()


def is_claimed(ledger: Ledger, call: Call) -> bool:
    with suppress(LedgerError):
        return claim(ledger, call)
    return False


def test_a_full_disk_takes_no_new_ledger(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises((LedgerError, UsageError)) as error:
        open_ledger(str(small_disk / "ledger.sqlite3"))
    assert error.value.hint


def test_a_disk_that_may_only_be_read_is_said(small_disk: Path) -> None:
    place = sqlite_place(small_disk)
    place.open().close()
    before = contents(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for location in (Path(place.location), small_disk / "new.sqlite3"):
        assert isinstance(refused(location), UsageError)
    assert contents(small_disk) == before


# several at once

WRITES = """
import sys
from pathlib import Path
from ledger_plans import *
ledger = sqlite_place(Path(sys.argv[1])).open()
start = int(sys.argv[2])
for number in range(start, start + 10):
    for call in record(ledger, row(number), row(number, instant=LATER), run=f"r{number}"):
        send(ledger, call)
    with ledger.transaction():
        ledger.finish(f"r{number}", "complete", None, NOW)
"""


def test_processes_that_write_at_the_same_time_all_proceed(place: Place) -> None:
    """They also make the file, all at once."""
    folder = str(Path(place.location).parent)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITES, folder, str(start)], cwd=HERE)
        for start in (0, 100, 200)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert place.ask("SELECT count(*), count(DISTINCT run) FROM delivery") == [(60, 30)]
    assert place.ask("SELECT DISTINCT state FROM delivery") == [("accepted",)]
    assert place.ask("SELECT count(*) FROM run WHERE last - first <> 1") == [(0,)]
    assert place.ask("PRAGMA integrity_check") == [("ok",)]


def test_threads_that_open_it_at_the_same_time_all_get_it(tmp_path: Path) -> None:
    opened: list[bool] = []

    def open_it(location: str, barrier: threading.Barrier) -> None:
        barrier.wait(10)
        open_ledger(location).close()
        opened.append(True)

    for attempt in range(10):
        barrier = threading.Barrier(8)
        location = str(tmp_path / f"{attempt}.sqlite3")
        openers = [threading.Thread(target=open_it, args=(location, barrier)) for _ in range(8)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert len(opened) == 80


def test_a_write_waits_for_another_process_to_commit(place: Place) -> None:
    with closing(place.open()) as ledger, closing(connect(Path(place.location))) as busy:
        (call,) = record(ledger, row(1))
        busy.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=claim, args=(ledger, call, NOW))
        writer.start()
        time.sleep(0.1)
        assert writer.is_alive()
        assert place.states() == ["planned"]
        busy.execute("COMMIT")
        writer.join(10)
        assert place.states() == ["sending"]

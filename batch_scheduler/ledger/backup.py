"""A copy of a ledger, also while runs are at work on it: whole or not at all."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.failpoints import reach
from batch_scheduler.ledger.connection import BUSY_S, database_errors
from batch_scheduler.ledger.interface import LedgerDamaged
from batch_scheduler.ledger.versions import version_of

_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_ANY_VERSION = 2**31


def back_up(ledger: Path, target: Path) -> None:
    """A ledger of any version is copied as it is. What is at the target already is not replaced.

    Raises UsageError, LedgerError, and LedgerDamaged where the copy would be of no use.
    """
    require_ledger(ledger)
    _require_nothing(target)
    draft = target.with_name(f".batch-scheduler-{secrets.token_hex(6)}.tmp")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            _copy(ledger, draft)
            _put_in_place(draft, target)
        finally:
            for ending in ("", "-journal", "-wal", "-shm"):
                draft.with_name(draft.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"the backup can't be written to {target}: {error.strerror or error}",
            "name another place, or make room there; the ledger is as it was",
        ) from None


def require_ledger(ledger: Path) -> None:
    """Raises UsageError where there is none yet: it would be made, and be empty."""
    if not ledger.is_file():
        raise UsageError(
            f"there is no ledger at {ledger}",
            "name one with --ledger or BATCH_SCHEDULER_LEDGER; the first run makes it",
        )


def _require_nothing(target: Path) -> None:
    if os.path.lexists(target):
        raise UsageError(
            f"there is something at {target} already, which a backup does not replace",
            "give it another name, with the date in it, say",
        )


def _copy(ledger: Path, draft: Path) -> None:
    """Raises OSError where there is no room for it."""
    place = f"{ledger.absolute().as_uri()}?mode=rw"
    with (
        database_errors(ledger),
        closing(sqlite3.connect(place, uri=True, timeout=BUSY_S)) as source,
        closing(sqlite3.connect(draft.absolute(), isolation_level=None)) as copy,
    ):
        version_of(source, ledger, _ANY_VERSION)
        try:
            source.backup(copy)  # in one piece: it would begin anew whenever a run writes
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, for any disk
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM:
                raise OSError(f"{error}") from None
            raise
        require_sound(copy, ledger)


def require_sound(db: sqlite3.Connection, ledger: Path) -> None:
    """Raises LedgerDamaged."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        said = " ".join(str(found).split())
        raise LedgerDamaged(
            f"the ledger {ledger} is damaged: {said}",
            "nothing was changed in it; restore a backup, or name another file with --ledger",
        )


def _put_in_place(draft: Path, target: Path) -> None:
    """Never in the place of another file, also when one appears at this moment."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    reach("place")
    try:
        os.link(draft, target)
    except FileExistsError:
        _require_nothing(target)
        raise
    except OSError:  # a file system without links
        _require_nothing(target)
        draft.rename(target)
    reach("placed")
    if os.name == "posix":  # Windows can't open a folder, and needs no such step
        folder = os.open(target.parent, os.O_RDONLY)
        with suppress(OSError):  # some network file systems refuse
            os.fsync(folder)
        os.close(folder)

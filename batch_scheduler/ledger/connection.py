"""One SQLite file as a ledger: WAL, synchronous=FULL, readable by its owner alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from batch_scheduler.errors import LedgerError, UsageError
from batch_scheduler.failpoints import reach
from batch_scheduler.ledger.interface import LedgerDamaged
from batch_scheduler.ledger.versions import Steps, steps, take_step, version_of

_MAGIC = b"SQLite format 3\0"
BUSY_S = 30.0
"""How long another process' commit is waited for."""


def connect(path: Path, known: Steps | None = None) -> sqlite3.Connection:
    """Creates the file when it is missing, and brings an older one to the newest version.

    Raises UsageError, LedgerError or LedgerDamaged.
    """
    try:
        _create_private(path)
        with database_errors(path):
            # An absolute path, for SQLite has names that are no files, such as ":memory:".
            db = sqlite3.connect(
                path.absolute(), isolation_level=None, check_same_thread=False, timeout=BUSY_S
            )
            try:
                _prepare(db, path, known or steps())
            except BaseException:
                db.close()
                raise
    except (OSError, _CantOpen) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"the ledger can't be opened at {path}: {said}",
            "name a file in a folder of yours with --ledger or BATCH_SCHEDULER_LEDGER",
        ) from None
    return db


@contextmanager
def transaction(db: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Commits when all went well, and else leaves nothing. One that is open already is joined."""
    if db.in_transaction:
        yield
        return
    db.execute(begin)
    try:
        yield
        reach("commit")
        db.execute("COMMIT")
        reach("committed")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest tells variants of it apart
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise LedgerDamaged(
                f"the ledger {path} is damaged or not a ledger: {error}",
                "nothing was changed in it; restore a backup, or name another file with --ledger",
            ) from None
        kind = (
            _CantOpen if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) else LedgerError
        )
        raise kind(
            f"the ledger {path} can't be used: {error}",
            "nothing is sent without it; make room on the disk or mend its rights, then resume",
        ) from error


class _CantOpen(LedgerError):
    """Its folder or its rights forbid it."""


def _prepare(db: sqlite3.Connection, path: Path, known: Steps) -> None:
    """Nothing is changed in a file that is not ours, or newer than we are."""
    newest = max(known)
    version = version_of(db, path, newest)
    _write_ahead(db)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA foreign_keys = OFF")
    for number in range(version + 1, newest + 1):
        with transaction(db):
            if version_of(db, path, newest) < number:  # else another process was faster
                take_step(db, number, known[number])
    db.execute("PRAGMA foreign_keys = ON")


@retry(
    retry=retry_if_exception(
        lambda error: getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY
    ),
    stop=stop_after_delay(BUSY_S),
    wait=wait_random(0.001, 0.02),
    reraise=True,
)
def _write_ahead(db: sqlite3.Connection) -> None:
    """SQLite does not wait for its lock here: two that open a new ledger would meet in it."""
    db.execute("PRAGMA journal_mode = WAL")


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _create_private(path: Path) -> None:
    """Also finds out whether it may be written. Raises OSError, and LedgerDamaged.

    SQLite takes any file of a few bytes for an empty database, and writes over it. A longer one
    is left to it, for a file's closing would drop the locks that this process has on it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > len(_MAGIC) and _may_write(path):
        return
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "rb") as file:
        start = file.read(len(_MAGIC))
    if start and start != _MAGIC:
        raise LedgerDamaged(
            f"{path} is not a ledger", "nothing was changed in it; name another file with --ledger"
        )

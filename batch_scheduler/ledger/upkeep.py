"""Takes runs that are over out of a ledger, in pieces, so that others can write in between."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from batch_scheduler.errors import HeldByAnotherRun
from batch_scheduler.ledger.backup import require_ledger, require_sound
from batch_scheduler.ledger.connection import connect, database_errors, transaction
from batch_scheduler.ledger.owner import Owner, alive
from batch_scheduler.ledger.statements import statements
from batch_scheduler.model import utc_text

PIECE = 5_000
"""Rows deleted in one transaction."""
_LOCK = "prune"
"""No run is called so: their ids have no vowels."""
_STALE_S = 86_400.0
"""A younger lock of a run that the ledger does not know may be of one that begins."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that ended. `why` it can't be deleted, in one word and for a person; else ""."""

    number: int
    id: str
    ended_at: float
    first: int | None
    last: int | None
    deliveries: int
    why: str = ""
    said: str = ""

    def kept(self, why: str, said: str) -> PastRun:
        return replace(self, why=why, said=said)

    @property
    def at_work(self) -> PastRun:
        return self.kept("at-work", "a process is at work on it")


@dataclass(frozen=True, slots=True)
class Pruned:
    """`runs`: those that ended before, deleted or kept; `later`: how many ended since.

    Sizes are in bytes; `unshrunk`: why the file is as big as it was, or "".
    """

    runs: Sequence[PastRun]
    later: int
    size_before: int
    size_after: int
    unshrunk: str = ""

    @property
    def deleted(self) -> list[PastRun]:
        return [run for run in self.runs if not run.why]

    @property
    def kept(self) -> list[PastRun]:
        return [run for run in self.runs if run.why]


class Upkeep:
    """A connection of its own, for the length of a `with` block. `sleep`: between pieces.

    Raises UsageError, LedgerError, and LedgerDamaged before anything is changed.
    """

    def __init__(
        self, ledger: Path, locks: Path, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        require_ledger(ledger)
        self._path = ledger
        self._locks = locks
        self._sleep = sleep
        self._sql = statements("upkeep.sql")
        self._db = connect(ledger)

    def __enter__(self) -> Upkeep:
        try:
            with database_errors(self._path):
                require_sound(self._db, self._path)
                # For each row that goes, whatever could refer to it would be looked for in whole
                # tables. The order in which all goes, and the triggers, leave nothing dangling.
                self._db.execute("PRAGMA foreign_keys = OFF")
        except BaseException:
            self._db.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def prune(
        self, before: float, agrees: Callable[[Pruned], bool], dry_run: bool = False
    ) -> Pruned | None:
        """Deletes the runs that ended before and are over. None: the person said no."""
        size = self.size()
        found = Pruned(self.past(before), self.since(before), size, size)
        if dry_run:
            return found
        if found.deleted and not agrees(found):
            return None
        runs = self._delete(found.runs)
        unshrunk = self._shrink()
        return replace(found, runs=runs, size_after=self.size(), unshrunk=unshrunk)

    # what can go

    def past(self, before: float) -> list[PastRun]:
        """The runs that ended before, or began and never ended, the newest first."""
        with database_errors(self._path):
            rows = self._run("past_runs", before=before).fetchall()
            going: set[int] = set()
            found: list[PastRun] = []
            for number, id_, status, *rest in rows:
                run = PastRun(number, id_, *rest)
                found.append(run if status == "pruned" else self._judged(run, status, going))
                if not found[-1].why:
                    going.add(number)
            return found

    def since(self, before: float) -> int:
        """How many runs ended later."""
        with database_errors(self._path):
            return int(self._run("runs_since", before=before).fetchone()[0])

    def _judged(self, run: PastRun, status: str, going: set[int]) -> PastRun:
        """`going`: numbers of the runs that are deleted before this one."""
        span = {"first": run.first, "last": run.last}
        if status == "running" or self._run("unfinished", run=run.number, **span).fetchone()[0]:
            said = f"it is not finished: `batch-scheduler resume {run.id}` ends it"
            return run.kept("unfinished", said)
        latest = self._run("last_ahead", run=run.number, **span).fetchone()[0]
        if latest is not None:
            return run.kept("ahead", _ahead(latest))
        referring = [id_ for number, id_ in self._run("referring", **span) if number not in going]
        if referring:
            said = f"{_some(referring)} refer to what it got accepted"
            return run.kept("referred-to", said)
        if alive(self._locks, run.id):
            return run.at_work
        return run

    # taking it out

    def _delete(self, runs: Sequence[PastRun]) -> list[PastRun]:
        """Those that can go. Returns all, as it turned out."""
        with self._alone(), database_errors(self._path):
            done = [run if run.why else self._delete_run(run) for run in runs]
            self._delete_documents()
            self._forget_texts()
            self._sweep_locks()
        return done

    def _delete_run(self, run: PastRun) -> PastRun:
        try:
            with Owner(self._locks, run.id):
                marked = self._mark(run)
                if marked:
                    self._delete_rows(run)
        except HeldByAnotherRun:
            return run.at_work
        if not marked:
            now = self._judged(run, "", set())
            return now if now.why else run.kept("changed", "something of it has changed meanwhile")
        with suppress(OSError):
            (self._locks / f"{run.id}.lock").unlink(missing_ok=True)
        return run

    def _mark(self, run: PastRun) -> bool:
        """From now on nobody sees it. False: the ledger's own rules keep it."""
        try:
            with transaction(self._db):
                self._run("mark", run=run.number)
                self._run("delete_calls", run=run.number)
        except sqlite3.IntegrityError:
            return False
        return True

    def _delete_rows(self, run: PastRun) -> None:
        if run.first is not None and run.last is not None:
            for first in range(run.first, run.last + 1, PIECE):
                last = min(first + PIECE - 1, run.last)
                self._piece("delete_deliveries", run=run.number, first=first, last=last)
        while self._piece("delete_lines", run=run.number, most=PIECE):
            pass
        with transaction(self._db):
            self._run("delete_sources", run=run.number)
            self._run("delete_assets", run=run.number)
            self._run("delete_run", run=run.number)

    def _delete_documents(self) -> None:
        """Options and settings that no delivery has any more, as far as none gets them now."""
        with transaction(self._db, "BEGIN"):
            newest = self._run("newest_delivery").fetchone()[0]
            unused = [row[0] for row in self._run("unused_documents")]
        for start in range(0, len(unused), PIECE):
            numbers = json.dumps(unused[start : start + PIECE])
            self._piece("delete_documents", numbers=numbers, newest=newest)

    def _forget_texts(self) -> None:
        """Of posts that no delivery has any more. That one was created of a text is kept."""
        for forget in ("delete_contents", "forget_contents"):
            while self._piece(forget, most=PIECE):
                pass

    def _piece(self, name: str, **values: Any) -> int:
        """One short transaction, and as long a time for others to write in."""
        began = time.monotonic()
        with transaction(self._db):
            count = self._run(name, **values).rowcount
        self._sleep(time.monotonic() - began)
        return count

    def _sweep_locks(self) -> None:
        known = {row[0] for row in self._run("run_ids")}
        for lock in self._lock_files():
            with suppress(OSError):
                old = time.time() - lock.stat().st_mtime > _STALE_S
                if lock.stem not in known and old and not alive(self._locks, lock.stem):
                    lock.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        owner = Owner(self._locks, _LOCK)
        try:
            owner.__enter__()
        except HeldByAnotherRun:
            raise HeldByAnotherRun(
                "another prune of this ledger is at work", "wait until it is done"
            ) from None
        try:
            yield
        finally:
            owner.__exit__(None, None, None)

    # the file

    def size(self) -> int:
        """Bytes on the disk."""
        files = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def _shrink(self) -> str:
        """Gives free space back to the disk, unless others are at work. Says why not, else ""."""
        free = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        if free and any(alive(self._locks, lock.stem) for lock in self._lock_files()):
            return "a run is at work: prune again when it is done, and the file gets smaller"
        try:
            if free:
                self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            return f"the file could not be made smaller: {error}"
        return ""

    def _lock_files(self) -> list[Path]:
        return sorted(self._locks.glob("*.lock"))

    def _run(self, name: str, /, **values: Any) -> sqlite3.Cursor:
        return self._db.execute(self._sql[name], values)


def _ahead(latest: int) -> str:
    if latest > time.time() - 3600:
        return f"something of it is scheduled for {utc_text(latest)}"
    return "something of it recurs, and has not come to its end"


def _some(ids: Sequence[str]) -> str:
    shown = f"runs {', '.join(ids[:3])}" if len(ids) > 1 else f"run {ids[0]}"
    return f"{shown} …" if len(ids) > 3 else shown

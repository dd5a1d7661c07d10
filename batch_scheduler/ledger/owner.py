"""Who is at work on a run: a lock that the operating system frees when its process dies."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from batch_scheduler.errors import HeldByAnotherRun
from batch_scheduler.ledger.interface import Ledger

_GLANCE_S = 0.2
"""Longer than `alive` holds a lock to find out: such a glance is not a process at work."""


class Owner:
    """Holds a run for the length of a `with` block. Raises HeldByAnotherRun if it is held."""

    def __init__(self, folder: Path, run: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._run = run
        self._lock = _lock(folder, run)

    def __enter__(self) -> Owner:
        try:
            self._lock.acquire()
        except Timeout:
            raise HeldByAnotherRun(
                f"run {self._run} is at work in another process",
                "wait until it is done, or stop it first",
            ) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The file stays: who removes it could take it from another who holds it already.
        self._lock.release()


def alive(folder: Path, run: str) -> bool:
    """True while a process holds the run: known by its lock, never by a guess."""
    lock = _lock(folder, run)
    if not Path(lock.lock_file).exists():
        return False
    try:
        with lock:
            return False
    except Timeout:
        return True


def _lock(folder: Path, run: str) -> FileLock:
    return FileLock(folder / f"{run}.lock", timeout=_GLANCE_S, poll_interval=0.01)


def living(ledger: Ledger, folder: Path) -> frozenset[str]:
    """Runs that a process is at work on."""
    return frozenset(run for run in ledger.unfinished() if alive(folder, run))


def adopt_dead(ledger: Ledger, folder: Path, now: float) -> None:
    """What dead runs were sending is in doubt from now on."""
    for run in ledger.unfinished():
        with suppress(HeldByAnotherRun), Owner(folder, run), ledger.transaction():
            ledger.adopt(run, now)

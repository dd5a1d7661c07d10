"""Who is at work on a run: a lock that the operating system frees when its process dies."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from batch_scheduler.errors import HeldByAnotherRun


class Owner:
    """Holds a run for the length of a `with` block. Raises HeldByAnotherRun if it is held."""

    def __init__(self, folder: Path, run: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._run = run
        self._lock = FileLock(folder / f"{run}.lock", timeout=0)

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
        # Before the release, so that nobody holds a file that another's cleaning up removes.
        # Windows lets nobody remove what is open.
        if os.name == "posix":
            Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()


def alive(folder: Path, run: str) -> bool:
    """True while a process holds the run: known by its lock, never by a guess."""
    path = folder / f"{run}.lock"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True

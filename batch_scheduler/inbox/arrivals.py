"""Which files in a folder are sheets, and whole."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SHEETS = frozenset({".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"})
_DRAFTS = ("~$", ".", "~")
"""So begin the names of what a program keeps beside a file that it has open."""


class _Look(NamedTuple):
    """What changes when a file is written to."""

    inode: int
    size: int
    modified_ns: int


class Arrivals:
    """Looks at a folder again and again. A sheet is whole when it stayed the same for `quiet`
    seconds of `clock`, and nobody has it open to write.
    """

    def __init__(self, folder: Path, quiet: float, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._quiet = quiet
        self._clock = clock
        self._seen: dict[Path, tuple[_Look, float]] = {}

    @property
    def expected(self) -> bool:
        """Whether there are sheets that may become whole by waiting."""
        return bool(self._seen)

    def whole(self) -> list[Path]:
        """The oldest first. Raises OSError where the folder can't be read."""
        now = self._clock()
        looks = {path: look for path in self._folder.iterdir() if (look := _look(path))}
        before, self._seen = self._seen, {}
        whole: list[Path] = []
        for path, look in looks.items():
            earlier, since = before.get(path, (None, now))
            since = since if earlier == look else now
            if now - since >= self._quiet and look.size and not _is_written(path):
                whole.append(path)
            else:
                self._seen[path] = (look, since)
        return sorted(whole, key=lambda path: (looks[path].modified_ns, path.name))


def is_sheet(path: Path) -> bool:
    """By its name alone."""
    return path.suffix.lower() in SHEETS and not path.name.startswith(_DRAFTS)


def _look(path: Path) -> _Look | None:
    """None: no sheet, or gone meanwhile. A link is none: it would lead nowhere once moved."""
    if not is_sheet(path):
        return None
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return _Look(found.st_ino, found.st_size, found.st_mtime_ns)


def _is_written(path: Path) -> bool:
    """Whether some process of this machine has it open to write, as far as the system tells.

    Linux grants a lease for reading only on a file that nobody has open for writing.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file system without leases, or another user's file
        return False
    finally:
        os.close(file)
    return False

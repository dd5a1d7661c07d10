"""The folder itself: its lock, its subfolders, and what it remembers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from batch_scheduler.errors import BatchSchedulerError, UsageError
from batch_scheduler.inbox.taken import Taken, left_in

_OWN = ".batch-scheduler"
_WORKING = "working"


class InboxBusy(BatchSchedulerError):
    """Another process is at work on this inbox: it takes what comes, and nothing is left to do."""

    exit_code = 0


@dataclass(frozen=True, slots=True)
class Untold:
    """A sheet that is over: where it goes, its run, or why there is none."""

    name: str
    place: str
    run: str | None = None
    error: str = ""
    hint: str = ""


class Inbox:
    """Held by one process at a time, for the length of a `with` block.

    Sheets are put into `root`, are in `root`/working while they are at work, and go to `root`/done
    or `root`/problems. Raises UsageError where the folder can't be used, and InboxBusy.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._own = root / _OWN
        self._working = root / _WORKING
        self._lock = FileLock(self._own / "inbox.lock", timeout=0)

    def __enter__(self) -> Inbox:
        if not self.root.is_dir():
            raise UsageError(f"{self.root} is not a folder", "make it, or name another one")
        try:
            self._own.mkdir(exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise InboxBusy(
                f"another process is at work on {self.root}; it takes what comes"
            ) from None
        except OSError as error:
            raise self.unusable(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    @property
    def own(self) -> Path:
        """What the program keeps for itself."""
        return self._own

    def unusable(self, error: OSError) -> UsageError:
        return UsageError(
            f"the inbox {self.root} can't be used: {error.strerror or error}",
            "its user must be able to write there and make folders, and the disk must have room; "
            "no sheet is lost",
        )

    def left(self) -> list[Taken]:
        """Taken before, and not put away yet."""
        return left_in(self._working)

    def take(self, sheet: Path) -> Taken | None:
        """None: it is gone. Raises OSError."""
        return Taken.take(sheet, self._working)

    # what it remembers

    def before(self, digest: str) -> str | None:
        """When a sheet with this content was put away last, as ISO 8601."""
        found = None
        with suppress(FileNotFoundError):
            for line in self._memory.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, KeyError, TypeError):  # a line that a crash cut off
                    entry = json.loads(line)
                    found = entry["at"] if entry["sha256"] == digest else found
        return found

    def remember(self, digest: str, name: str, at: str) -> None:
        _append(self._memory, {"sha256": digest, "name": name, "at": at})

    @property
    def _memory(self) -> Path:
        return self._own / "sheets.jsonl"

    # what nobody was told yet

    def owe(self, untold: Untold) -> None:
        """Before it is put away: who dies before somebody is told leaves it to the next."""
        _append(self._untold, asdict(untold))

    def owed(self) -> list[Untold]:
        """By place, the newest of each."""
        found: dict[str, Untold] = {}
        with suppress(FileNotFoundError):
            for line in self._untold.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError):  # a line that a crash cut off
                    one = Untold(**json.loads(line))
                    found[one.place] = one
        return list(found.values())

    def told(self) -> None:
        """All that was owed."""
        with suppress(OSError):
            self._untold.unlink(missing_ok=True)

    @property
    def _untold(self) -> Path:
        return self._own / "untold.jsonl"


def _append(file: Path, entry: Mapping[str, str | None]) -> None:
    """A line, also behind one that a crash cut off."""
    with file.open("ab+") as lines:
        if lines.seek(0, os.SEEK_END):
            lines.seek(-1, os.SEEK_END)
            if lines.read(1) != b"\n":
                lines.write(b"\n")
        lines.write(json.dumps(entry).encode() + b"\n")
        lines.flush()
        os.fsync(lines.fileno())

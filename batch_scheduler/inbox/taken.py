"""A sheet that was taken out of the inbox, and what belongs beside it."""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from batch_scheduler.failpoints import reach

DONE = "done"
PROBLEMS = "problems"
_NOTE = ".taken.json"
_DRAFT = ".taken.json.tmp"
_UNFINISHED = ".batch-scheduler-"
"""So begin the drafts of results: a crash can leave one."""


@dataclass(frozen=True, slots=True)
class _Note:
    """`to`, `stem`: where it is being put away, from the moment that this is decided."""

    name: str
    to: str | None = None
    stem: str | None = None


class Taken:
    """One folder under `working`: the sheet, and after its run the results and all else.

    It knows what to go on with after a crash at any point. Methods raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = _Note(**json.loads((folder / _NOTE).read_text(encoding="utf-8")))

    @classmethod
    def take(cls, sheet: Path, working: Path) -> Taken | None:
        """None: somebody else took it, or it is gone."""
        folder = working / secrets.token_hex(6)
        folder.mkdir(parents=True)
        _write_note(folder, _Note(sheet.name))
        reach("take")
        taken = cls(folder)
        try:
            sheet.rename(taken.sheet)
        except FileNotFoundError:
            taken.drop()
            return None
        except OSError:
            taken.drop()
            raise
        reach("taken")
        return taken

    @property
    def name(self) -> str:
        return self._note.name

    @property
    def sheet(self) -> Path:
        return self.folder / self._note.name

    @property
    def results(self) -> Path:
        """Where its results are to be written."""
        return self.folder / f"{Path(self.name).stem}.results.xlsx"

    @property
    def explanation(self) -> Path:
        """Where it is said why there are no results."""
        return self.folder / f"{Path(self.name).stem}.problem.txt"

    @property
    def is_being_put_away(self) -> bool:
        return self._note.to is not None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the sheet's bytes."""
        with self.sheet.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def destine(self, root: Path, to: str) -> Path:
        """It is to go into root/`to`, under a name that was not used there. Returns its place."""
        place = root / to
        place.mkdir(exist_ok=True)
        self._note = replace(self._note, to=to, stem=_free_stem(place, Path(self.name).stem))
        return self.destined(root, self.sheet)

    def decide(self) -> None:
        """Whoever finds it now puts it away as it was destined."""
        _write_note(self.folder, self._note)
        reach("decided")

    def destined(self, root: Path, path: Path) -> Path:
        """Where one of its files goes, once that is decided."""
        assert self._note.to is not None
        rest = path.name.removeprefix(Path(self.name).stem)
        return root / self._note.to / f"{self._note.stem}{rest}"

    def put_away(self, root: Path) -> Path:
        """All of it goes where it was decided. Returns the sheet's new place."""
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(_UNFINISHED):
                path.unlink()
            elif path.name != _NOTE:
                reach("put")
                path.rename(self.destined(root, path))
        self.drop()
        return self.destined(root, self.sheet)

    def drop(self) -> None:
        """There is nothing in it any more."""
        (self.folder / _NOTE).unlink(missing_ok=True)
        self.folder.rmdir()


def left_in(working: Path) -> list[Taken]:
    """What is there, of a process that died or of a run that is not over; the oldest first."""
    found: list[Taken] = []
    folders = [path for path in working.iterdir() if path.is_dir()] if working.is_dir() else []
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime_ns):
        if (folder / _NOTE).is_file():
            found.append(Taken(folder))
        else:
            _remove_empty(folder)
    return found


def _remove_empty(folder: Path) -> None:
    """A crash can leave a folder before it held anything. One that holds something stays."""
    with suppress(OSError):
        (folder / _DRAFT).unlink(missing_ok=True)
        folder.rmdir()


def _free_stem(place: Path, stem: str) -> str:
    """No file there begins with it and a dot; capitals don't count, as on many systems."""
    names = [path.name.lower() for path in place.iterdir()]
    stems = (f"{stem} ({number})" if number > 1 else stem for number in count(1))
    return next(
        one for one in stems if not any(name.startswith(f"{one.lower()}.") for name in names)
    )


def _write_note(folder: Path, note: _Note) -> None:
    draft = folder / _DRAFT
    draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
    draft.replace(folder / _NOTE)

"""Where marked copies go."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from batch_scheduler.results.naming import results_folder

_ENDING = ".problems.xlsx"
_MOST_NAMES = 999
_SEAL = b"BS\x06\x00marked"
"""An extra field of a ZIP member: two letters of our own, and the size of what follows."""


def place_for(path: str, given: str | None, several: bool, taken: Collection[Path]) -> Path:
    """Beside the sheet, or where `given` (--results: see results_paths) is.

    Never one of `taken`, the sheets and what else is written; and no file that is there already,
    but a marked copy that nobody has changed since.
    """
    name = "problems.xlsx" if path == "-" else f"{Path(path).stem}{_ENDING}"
    place = _folder(path, given, several) / name
    elsewhere = {one.resolve() for one in taken}
    free = (one for one in _names(place) if one.resolve() not in elsewhere and _is_free(one))
    return next(free, place.with_stem(f"{place.stem} ({_MOST_NAMES + 1})"))


def _folder(path: str, given: str | None, several: bool) -> Path:
    if given:
        return results_folder(given, several) or Path(given).parent
    return Path() if path == "-" else Path(path).parent


def _names(place: Path) -> Iterator[Path]:
    yield place
    for number in range(2, _MOST_NAMES + 1):
        yield place.with_stem(f"{place.stem} ({number})")


def seal(path: Path) -> None:
    """Let it be seen that this is a marked copy as we wrote it. Raises OSError.

    Whoever saves it, once there is work of theirs in it, writes the archive anew without the seal.
    """
    with zipfile.ZipFile(path, "a") as archive:
        archive.infolist()[0].extra += _SEAL
        archive.comment = b""  # to have the directory of members written again


def _is_free(place: Path) -> bool:
    try:
        with zipfile.ZipFile(place) as archive:
            return any(_SEAL in member.extra for member in archive.infolist())
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, zipfile.BadZipFile):
        return False

"""A file that is there whole or not at all, also after a crash or on a full disk."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.failpoints import reach

_AGAIN = (
    "Free some space or choose another place with --results; nothing is lost: "
    "`batch-scheduler show RUN --results PATH` writes them again."
)


def write_whole(
    path: Path, write: Callable[[Path], None], what: str = "results", hint: str = _AGAIN
) -> Path:
    """Let `write` fill a draft in the folder of `path`, then put it in its place in one step.

    Returns `path`, or the name beside it if the file there can't be replaced.
    Raises UsageError if the folder can't be written to or is full.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target.exists() and not target.is_file():
        raise UsageError(f"{path} is not a file.", "Give the results a file name, such as a.xlsx.")
    # Not the target's name with an ending: such a draft could be taken for results, or be too
    # long a name.
    draft = target.parent / f".batch-scheduler-{secrets.token_hex(6)}.tmp"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(draft)
            return _put_in_place(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"The {what} can't be written to {path}: {error.strerror or error}.", hint
        ) from error


def _put_in_place(draft: Path, target: Path) -> Path:
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    place = target
    if _is_read_only(target):
        place = _free_name_beside(target)
    elif target.exists():
        shutil.copymode(target, draft)
    reach("place")
    try:
        draft.replace(place)
    except PermissionError:
        place = _free_name_beside(target)
        draft.replace(place)
    reach("placed")
    _flush_folder(place.parent)
    return place


def _is_read_only(target: Path) -> bool:
    """A rename would replace a read-only file where only the folder's permission counts."""
    return target.exists() and not target.stat().st_mode & stat.S_IWUSR


def _free_name_beside(target: Path) -> Path:
    names = (target.with_stem(f"{target.stem} ({number})") for number in count(2))
    return next(name for name in names if not name.exists())


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows can't open a folder and needs no such step."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse
            os.fsync(handle)
    finally:
        os.close(handle)

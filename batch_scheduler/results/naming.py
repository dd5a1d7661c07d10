"""Where results sheets go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from batch_scheduler.errors import UsageError

STANDARD_INPUT = "-"
_KINDS = frozenset(
    (
        *(".xlsx", ".csv", ".tsv", ".txt", ".ods", ".xls", ".xlsm", ".xlsb", ".xltx"),
        *(".json", ".html", ".pdf", ".zip"),
    )
)
"""What the end of a name says that the file is."""


def results_paths(sheets: Sequence[str], given: str | None) -> list[Path]:
    """One path for each sheet, none of them a sheet. Raises UsageError.

    `given`: --results: a file; with several sheets a folder, where no two paths are the same, or
    one workbook for all.
    """
    folder = results_folder(given, len(sheets) > 1)
    if folder and folder.exists() and not folder.is_dir():
        raise UsageError(
            f"{given} is a file, but there are {len(sheets)} sheets",
            "give --results a folder, or a name that ends in .xlsx for one workbook",
        )
    if given and not folder:
        paths = [of_a_kind(Path(given), ".xlsx", ".csv")] * len(sheets)
    else:
        paths = _different([_beside(sheet, folder) for sheet in sheets])
    inputs = {os.path.realpath(sheet) for sheet in sheets if sheet != STANDARD_INPUT}
    for path in dict.fromkeys(paths):
        _make_folder(path)
        if os.path.realpath(path) in inputs:
            raise UsageError(
                f"{path} is the sheet itself: its results would replace it",
                "give --results another name",
            )
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a file", "give --results a file name, such as a.xlsx")
    return paths


def results_folder(given: str | None, several: bool) -> Path | None:
    """The folder that --results names; None: nothing is given, or a file."""
    if not given:
        return None
    path = Path(given)
    means_one = given.endswith(("/", os.sep)) or (several and path.suffix.lower() != ".xlsx")
    return path if means_one or _is_folder(path) else None


def of_a_kind(path: Path, *kinds: str) -> Path:
    """Raises UsageError for a name that says that it is of another one."""
    if path.suffix.lower() in _KINDS - {*kinds}:
        raise UsageError(
            f"results are written as {' or '.join(kinds)}, not as {path.suffix}",
            f"give --results a name such as {path.with_suffix('.xlsx').name}",
        )
    return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # too long a name, say: what can't be there
        return False


def _make_folder(path: Path) -> None:
    """Found out before anything is sent. Raises UsageError."""
    try:
        path.exists()  # not where the name is too long
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.absolute().parent, os.W_OK):
            raise PermissionError("no permission to write there")
    except OSError as error:
        raise UsageError(
            f"no results can be written to {path}: {error.strerror or error}",
            "give --results a place in a folder of yours",
        ) from None


def _beside(sheet: str, folder: Path | None) -> Path:
    if sheet == STANDARD_INPUT:
        return (folder or Path()) / "results.csv"
    path = Path(sheet)
    return (folder or path.parent) / f"{path.stem}.results.xlsx"


def _different(paths: Sequence[Path]) -> list[Path]:
    chosen: list[Path] = []
    for path in paths:
        names = (path.with_stem(f"{path.stem} ({n})") if n > 1 else path for n in count(1))
        chosen.append(next(name for name in names if name not in chosen))
    return chosen

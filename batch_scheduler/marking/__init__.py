"""Marked copies: a sheet that has problems, with its cells coloured and the reasons beside them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.marking.child import ChildFailed, copied_by_child
from batch_scheduler.marking.marks import Mark, Order, marks_of
from batch_scheduler.marking.place import place_for, seal
from batch_scheduler.model import Issue, Sheet

__all__ = ["Marked", "place_for", "write_marked"]

_ELSEWHERE = "Free some space, or choose another place with --results."
_MOST_BYTES = 8 << 20
"""Of XML in a workbook, that openpyxl copies in some seconds: about 100,000 cells."""


@dataclass(frozen=True, slots=True)
class Marked:
    """`path`: where the copy of `sheet` is; None: it could not be written. `notes` say the rest."""

    sheet: str
    path: Path | None
    notes: tuple[str, ...] = ()


def write_marked(
    sheet: Sheet, issues: Iterable[Issue], place: Path, headings: Sequence[str] | None = None
) -> Marked:
    """Write a copy of the sheet's file with its issues; whole or not at all.

    Of an XLSX it is the workbook itself, of everything else, and of what openpyxl can't copy, the
    rows. `headings`: by which the issues name its columns, if not by its header. openpyxl has some
    seconds at most, in a process of its own.
    """
    from batch_scheduler.results.whole_file import write_whole

    marks = marks_of(issues, sheet, headings)
    notes: list[str] = []

    def write(draft: Path) -> None:
        notes[:] = _write(sheet, marks, draft)
        seal(draft)

    try:
        written = write_whole(place, write, "marked copy", _ELSEWHERE)
    except UsageError as failure:
        return Marked(sheet.path, None, (failure.message, failure.hint))
    return Marked(sheet.path, written, tuple(notes))


def _write(sheet: Sheet, marks: list[Mark], draft: Path) -> list[str]:
    """Returns the notes. Raises OSError."""
    notes: list[str] = []
    if _is_workbook(sheet.path):
        try:
            return _copy(sheet, marks, draft)
        except ChildFailed as failure:
            notes.append(f"This has the rows alone: your workbook can't be copied, {failure}.")
    from batch_scheduler.marking.rows import write_rows

    name = "standard input" if sheet.path == "-" else Path(sheet.path).name
    write_rows(sheet, name, marks, notes, draft)
    return notes


def _copy(sheet: Sheet, marks: list[Mark], draft: Path) -> list[str]:
    """Raises ChildFailed."""
    with zipfile.ZipFile(sheet.path) as archive:
        size = sum(member.file_size for member in archive.infolist() if _is_xml(member.filename))
    if size > _MOST_BYTES:
        raise ChildFailed("because it is too large")
    order = Order(
        str(Path(sheet.path).absolute()),
        str(draft.absolute()),
        sheet.name or "",
        sheet.header,
        sheet.header_row,
        sheet.first_column,
        marks,
    )
    return copied_by_child(order)


def _is_workbook(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels", ".vml"))

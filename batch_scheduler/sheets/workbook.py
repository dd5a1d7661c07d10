"""Workbooks of every kind: which of their worksheets is the sheet, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import PROBLEMS_OF, Issue, Severity, Sheet
from batch_scheduler.sheets.book_kind import Opening
from batch_scheduler.sheets.package import DAMAGES
from batch_scheduler.sheets.refusals import damaged
from batch_scheduler.sheets.remarks import fill_merged, of_two_rows, remarks
from batch_scheduler.sheets.table import Likeness
from batch_scheduler.sheets.worksheet import Book, Worksheet

_TOP = 40
"""Rows that are looked at to tell whether a worksheet is the one that is meant."""
_SURE = 2
"""Names of a header that are known: with fewer it is no sheet of posts."""


def read_workbook(
    path: str, file: BinaryIO, opening: Opening, likeness: Likeness, name: str | None = None
) -> Sheet:
    """The worksheet of this name, or number among the visible ones; without it, the first visible
    one that is most like a sheet of posts, else the first that is not empty.

    Raises UsageError for what is damaged, or would not fit into memory, and an unknown name.
    """
    try:
        book = opening(path, file)
        if name is not None:
            return _read(book, _named(path, book.worksheets, name), likeness)
        return _guessed(path, book, likeness)
    except DAMAGES as error:
        raise damaged(path, error) from None


def _named(path: str, worksheets: Sequence[Worksheet], name: str) -> Worksheet:
    wanted = name.strip().casefold()
    for test in (name.__eq__, lambda text: text.strip().casefold() == wanted):
        if found := [one for one in worksheets if test(one.name)]:
            return found[0]
    visible = [one for one in worksheets if not one.hidden]
    if name.isdecimal() and 1 <= int(name) <= len(visible):
        return visible[int(name) - 1]
    names = ", ".join(f'"{one.name}"' for one in worksheets)
    raise UsageError(f'{path} has no worksheet "{name}".', f"It has: {names or 'none'}.")


def _guessed(path: str, book: Book, likeness: Likeness) -> Sheet:
    visible = [one for one in book.worksheets if not one.hidden]
    likenesses = _likenesses(book, visible, likeness) if len(visible) > 1 else {}
    best = max(likenesses.values(), default=0)
    like = [one for one, likely in likenesses.items() if likely == best] or visible[:1]
    sheet = _read(book, like[0], likeness) if like else None
    if sheet is None or not sheet.header:
        raise UsageError(
            f"{path} has no visible worksheet with cells in it.",
            "Check the file; a hidden worksheet is read when --sheet names it.",
        )
    if best and len(like) > 1:
        sheet = replace(sheet, issues=(_others(path, like), *sheet.issues))
    likely = likeness(sheet.header)
    if likely < _SURE:
        concealed = [one for one in book.worksheets if one.hidden]
        better = _likenesses(book, concealed, likeness)
        if names := [one for one, likely_too in better.items() if likely_too > max(likely, 1)]:
            sheet = replace(sheet, issues=(_hidden(path, names[0].name), *sheet.issues))
    return sheet


def _read(book: Book, worksheet: Worksheet, likeness: Likeness, most: int | None = None) -> Sheet:
    grid = book.read(worksheet, most)
    grid.clear_up()
    filled = fill_merged(grid)
    sheet = grid.sheet(worksheet.name, of_two_rows(grid, filled, likeness))
    return replace(sheet, issues=tuple(remarks(grid, sheet, filled)))


def _likenesses(
    book: Book, worksheets: Sequence[Worksheet], likeness: Likeness
) -> dict[Worksheet, int]:
    """Of those that have cells, and may be a sheet, by their first rows."""
    found: dict[Worksheet, int] = {}
    for one in worksheets:
        with suppress(UsageError):  # it can't be read, which matters only if it is meant
            sheet = _read(book, one, likeness, _TOP)
            if sheet.header and not _lists_problems(sheet):
                found[one] = likeness(sheet.header)
    return found


def _lists_problems(sheet: Sheet) -> bool:
    """It is the list at the front of a marked copy, whatever its rows look like."""
    first = sheet.header if sheet.above is None else sheet.above.iloc[0]
    return any(text.startswith(PROBLEMS_OF) for text in first)


def _others(path: str, like: Sequence[Worksheet]) -> Issue:
    others = ", ".join(f'"{one.name}"' for one in like[1:])
    return Issue(
        Severity.WARNING,
        "other-worksheets",
        path,
        f'Only the worksheet "{like[0].name}" is read; these look like sheets of posts too: '
        f"{others}.",
        f'Name another one with --sheet, as in --sheet "{like[1].name}".',
        like[0].name,
    )


def _hidden(path: str, name: str) -> Issue:
    return Issue(
        Severity.WARNING,
        "hidden-worksheet",
        path,
        f'The worksheet "{name}" looks like a sheet of posts, but it is hidden, and not read.',
        f'If it is meant, name it: --sheet "{name}".',
        name,
    )

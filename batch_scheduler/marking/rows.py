"""The rows of a sheet that is no XLSX, with its problems, as an XLSX.

Every row has the number that it has where it came from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet as OpenpyxlWorksheet

from batch_scheduler.marking import listing, painting
from batch_scheduler.marking.marks import Mark
from batch_scheduler.marking.restyling import Restyling
from batch_scheduler.marking.text import cell_text
from batch_scheduler.model import Severity, Sheet
from batch_scheduler.results import style
from batch_scheduler.results.workbook import MAX_COLUMNS, MAX_ROWS
from batch_scheduler.results.worksheet import Worksheet, write_sheets

MOST_CELLS = 100_000
"""That openpyxl writes in some seconds, the list's too; of more the rows are written without it."""
MOST_LINKS = 50_000
"""Of 65,530 that a worksheet may have."""
PROBLEM_COLUMN = "# problems"

_NAME = "Rows"

_Line = tuple[int, Sequence[str]]
"""The number of a row and its texts."""


def write_rows(
    sheet: Sheet, name: str, marks: Sequence[Mark], notes: list[str], path: Path
) -> None:
    """`name`: the file's; `notes` are said in it, and added to. Raises OSError."""
    if sheet.frame.size + len(marks) * len(listing.COLUMNS) <= MOST_CELLS:
        _write_coloured(sheet, name, marks, notes, path)
    else:
        _write_plain(sheet, name, marks, notes, path)


def _write_coloured(
    sheet: Sheet, name: str, marks: Sequence[Mark], notes: list[str], path: Path
) -> None:
    book = Workbook()
    worksheet = book.worksheets[0]
    worksheet.title = _worksheet_name(sheet)
    top = Restyling(_align)
    for row, texts in _all_rows(sheet):
        _write_row(worksheet, row, sheet.first_column, texts, top)
    _lay_out(worksheet, sheet)
    marked = painting.paint(worksheet, marks)
    notes += listing.notes_on_size(marked, len(marks), painting.MOST_COMMENTS)
    listing.put_in_front(book, worksheet, name, marks, notes)
    book.save(path)


def _all_rows(sheet: Sheet) -> Iterator[_Line]:
    """The number of each, and its texts."""
    if sheet.above is not None:
        yield from _lines_of(sheet.above)
    yield sheet.header_row, sheet.header
    yield from _lines_of(sheet.frame)


def _lines_of(frame: pd.DataFrame) -> Iterator[_Line]:
    """Not by itertuples, which takes each of 16,384 columns apart."""
    return zip(frame.index, frame.to_numpy(dtype=object), strict=True)


def _write_row(
    worksheet: OpenpyxlWorksheet, row: int, first: int, texts: Sequence[str], top: Restyling
) -> None:
    for column, text in enumerate(texts, first):
        if text:
            cell = worksheet.cell(row, column, cell_text(text))
            cell.data_type = "s"  # also what begins with =
            top.apply(cell)


def _align(cell: Any) -> None:
    cell.alignment = Alignment(vertical="top")


def _head(cell: Any) -> None:
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", fgColor="1F3864")


def _lay_out(worksheet: OpenpyxlWorksheet, sheet: Sheet) -> None:
    head = Restyling(_head)
    for width, columns in groupby(enumerate(_widths(sheet), sheet.first_column), itemgetter(1)):
        places = [column for column, _ in columns]
        dimension = worksheet.column_dimensions[get_column_letter(places[0])]
        dimension.width, dimension.min, dimension.max = width, places[0], places[-1]
        for column in places:
            head.apply(worksheet.cell(sheet.header_row, column))
    worksheet.freeze_panes = worksheet.cell(sheet.header_row + 1, 1)


def _widths(sheet: Sheet) -> Iterator[float]:
    """By the longest of the first texts, within what can be looked at."""
    rows = (sheet.header, *sheet.frame.head(100).to_numpy(dtype=object))
    for texts in zip(*rows, strict=True):
        longest = max(map(len, texts[1:]), default=0)
        yield float(min(max(len(texts[0]) + 3, longest + 2, 12), 48))


def _write_plain(
    sheet: Sheet, name: str, marks: Sequence[Mark], notes: list[str], path: Path
) -> None:
    """Too much for openpyxl: no colours, but each row's problems in a column of its own."""
    notes.append(
        f"The sheet is too large to colour its cells: the column {PROBLEM_COLUMN!r} at its right "
        "end says what is wrong with each row."
        if _has_room(sheet)
        else "The sheet is too large to colour its cells, and has no column left for the problems."
    )
    if len(marks) > MOST_LINKS:
        notes.append(f"This list has the first {MOST_LINKS:,} of {len(marks):,} problems.")
    lines = [listing.title(name), *listing.sentences(marks, notes)]
    worksheet = _worksheet_name(sheet)
    write_sheets(
        [_front(worksheet, marks[:MOST_LINKS], lines), _rows(worksheet, sheet, marks)], path
    )


def _front(worksheet: str, marks: Sequence[Mark], lines: Sequence[str]) -> Worksheet:
    forms = [style.title(), *[style.cell() for _ in lines[1:]]]
    last = len(listing.COLUMNS) - 1
    rows = (listing.cells(mark, f"internal:{listing.link(worksheet, mark)}") for mark in marks)
    options = {
        "header_row": len(lines) + 1,
        "merge_ranges": [(row, 0, row, last, lines[row], forms[row]) for row in range(len(lines))],
        "row_heights": {0: 30.0, len(lines) + 1: 24.0},
        "freeze_panes": {"row": len(lines) + 2, "col": 0},
        "autofilter": True,
        "header_format": style.header(),
        "column_widths": [20.0 if c == "cell" else w for c, w in _LISTED],
        "column_formats": [style.cell() for _ in listing.COLUMNS],
        "url_columns": ["cell"],
        "conditional_formats": {"severity": style.coloured_words(style.SEVERITY_COLOURS)},
        "sheet_view": {"gridlines": False},
        "page_setup": style.page(header_row=len(lines) + 1),
    }
    return Worksheet(listing.NAME, listing.COLUMNS, rows, options)


_LISTED = tuple(zip(listing.COLUMNS, listing.WIDTHS, strict=True))


def _rows(name: str, sheet: Sheet, marks: Sequence[Mark]) -> Worksheet:
    said: defaultdict[int, list[str]] = defaultdict(list)
    for mark in marks:
        said[mark.row].append(mark.text.replace("\n", " "))
    headings = [*[""] * (sheet.first_column - 1), *sheet.header]
    widths = [*[9.0] * (sheet.first_column - 1), *_widths(sheet)]
    words: list[dict[str, Any]] = []
    if _has_room(sheet):
        headings, widths = [*headings, PROBLEM_COLUMN], [*widths, 80.0]
        words = style.coloured_words({"Error": _ERROR, "Warning": _WARNING})
    columns = list(_told_apart(headings))
    options = {
        "header_row": sheet.header_row - 1,
        "freeze_panes": {"row": sheet.header_row, "col": 0},
        "autofilter": True,
        "header_format": style.header(),
        "column_widths": widths,
        "column_formats": [style.cell() for _ in columns],
        "ignore_errors": columns,
        "conditional_formats": {columns[-1]: words} if words else {},
    }
    lines = (line[: len(columns)] for line in _lines(sheet, said))
    return Worksheet(name, columns, lines, options)


def _has_room(sheet: Sheet) -> bool:
    """For one column more."""
    return sheet.first_column - 1 + len(sheet.header) < MAX_COLUMNS


_ERROR, _WARNING = style.SEVERITY_COLOURS[Severity.ERROR], style.SEVERITY_COLOURS[Severity.WARNING]


def _lines(sheet: Sheet, said: dict[int, list[str]]) -> Iterator[list[str | None]]:
    """One for each row below the header, also for those that were left out as empty."""
    before: list[str | None] = [None] * (sheet.first_column - 1)
    empty = [*before, *[None] * (len(sheet.header) + 1)]
    at = sheet.header_row
    for row, texts in _lines_of(sheet.frame):
        if row > MAX_ROWS:
            return
        yield from [empty] * (row - at - 1)
        at = row
        yield [*before, *texts, " ".join(said[row]) if row in said else None]


def _told_apart(headings: Sequence[str]) -> Iterator[str]:
    """The writer wants different ones; white space at the end of a heading has no meaning."""
    taken: set[str] = set()
    for text in headings:
        name = next(name for n in count() if (name := text + " " * n) not in taken and name)
        taken.add(name)
        yield name


def _worksheet_name(sheet: Sheet) -> str:
    """As Excel allows it: at most 31 characters, and not all of them."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", sheet.name or _NAME).strip("'")[:31].strip("'")
    return _NAME if name.casefold() in ("", listing.NAME.casefold(), "history") else name

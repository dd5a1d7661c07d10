"""Marks on a worksheet of openpyxl's: coloured cells with comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any

from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from batch_scheduler.marking.marks import Mark
from batch_scheduler.marking.restyling import Restyling
from batch_scheduler.marking.text import cell_text
from batch_scheduler.results.style import SEVERITY_COLOURS

AUTHOR = "batch-scheduler"
MOST_COMMENTS = 1_000
"""Spreadsheet programs become slow with many more."""

_MOST_TEXT = 4_000
_BEFORE = "\n\n— Before, by "
_WIDTH, _LINE, _CHARACTERS, _TALLEST = 340, 17, 50, 600
"""A comment's box in pixels, and how many characters a line of that width holds."""


def paint(worksheet: Worksheet, marks: Sequence[Mark]) -> int:
    """Colour each marked cell, and say the reason in a comment at the first MOST_COMMENTS of them.

    Returns how many cells are marked. A cell inside a merged range is marked at the range's first
    cell, the only one that shows. A comment that was there before is kept below.
    """
    by_cell: defaultdict[tuple[int, int], list[Mark]] = defaultdict(list)
    shown = _Merged(worksheet)
    for mark in marks:
        by_cell[shown.at(mark.row, mark.column)].append(mark)
    colours = colourings()
    for number, (place, about) in enumerate(by_cell.items()):
        cell = worksheet.cell(*place)
        colours[min(mark.severity for mark in about)].apply(cell)  # an error before a warning
        if number < MOST_COMMENTS:
            cell.comment = _comment(about, cell.comment)
    return len(by_cell)


def colourings() -> dict[str, Restyling]:
    """By severity, for cells of one workbook."""
    return {
        str(severity): Restyling(partial(_colour, fill=fill[1:], ink=ink[1:]))
        for severity, (fill, ink) in SEVERITY_COLOURS.items()
    }


def unpaint(book: Workbook) -> None:
    """Take off what an earlier `paint` left. What colour a cell had before is not known."""
    for cell in _commented(book):
        if cell.comment.author == AUTHOR:
            _, _, before = cell.comment.text.partition(_BEFORE)
            author, _, text = before.partition(":\n")
            cell.comment = _sized(Comment(text, author)) if text else None
            cell.fill, cell.font = PatternFill(), _inked(cell.font, None)


def fit_comments(book: Workbook) -> None:
    """openpyxl forgets how large the box of a comment was: make each as large as its text."""
    for cell in _commented(book):
        _sized(cell.comment)


def _commented(book: Workbook) -> list[Any]:
    """Asked of the cells that there are: `iter_rows` would make all those between them."""
    cells = (cell for sheet in book.worksheets for cell in sheet._cells.values())
    return [cell for cell in cells if cell.comment is not None]


class _Merged:
    """Where the content of a cell is seen."""

    def __init__(self, worksheet: Worksheet) -> None:
        self._worksheet = worksheet
        self._first: dict[tuple[int, int], tuple[int, int]] = {}

    def at(self, row: int, column: int) -> tuple[int, int]:
        if not isinstance(self._worksheet.cell(row, column), MergedCell):
            return row, column
        if not self._first:
            for merged in self._worksheet.merged_cells.ranges:
                self._first |= dict.fromkeys(merged.cells, (merged.min_row, merged.min_col))
        return self._first[row, column]


def _colour(cell: Any, fill: str, ink: str) -> None:
    cell.fill = PatternFill("solid", fgColor=fill)
    cell.font = _inked(cell.font, ink)


def _inked(font: Font, ink: str | None) -> Font:
    changed = copy(font)
    changed.color = ink
    return changed


def _comment(about: Sequence[Mark], before: Comment | None) -> Comment:
    text = "\n\n".join(mark.text for mark in about)
    if len(text) > _MOST_TEXT:
        text = f"{text[:_MOST_TEXT]} … (more on the first worksheet)"
    if before is not None:
        text += f"{_BEFORE}{before.author}:\n{before.text}"
    return _sized(Comment(cell_text(text), AUTHOR))


def _sized(comment: Comment) -> Comment:
    lines = sum(1 + len(line) // _CHARACTERS for line in comment.text.split("\n"))
    comment.width, comment.height = _WIDTH, min(_LINE * lines + 16, _TALLEST)
    return comment

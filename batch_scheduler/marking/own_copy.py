"""The user's own workbook, copied through openpyxl with its problems marked.

Runs in a process of its own (`child.py`): a workbook that is made to do harm, or is only very odd,
must not take the program with it.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from batch_scheduler.marking import listing, painting
from batch_scheduler.marking.cached_values import save_with_values
from batch_scheduler.marking.losses import losses, said
from batch_scheduler.marking.marks import Mark, Order
from batch_scheduler.model import PROBLEMS_OF

_MOST_CELLS = 1_000_000
_REFERENCE = re.compile(
    rb'<(?:\w+:)?(?:mergeCell|hyperlink|table)\b[^>]*?\bref="([A-Z]+\d+:[A-Z]+\d+)"'
)


class NotCopied(Exception):
    """Says why in a few words."""


def copy_marked(order: Order) -> list[str]:
    """Returns what a person must know of the copy. Raises NotCopied, and all that openpyxl does."""
    with zipfile.ZipFile(order.original) as archive:
        _require_small(archive)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            book = _loaded(order.original)
        lost = losses(archive, book, [str(one.message) for one in warned])
    _forget_earlier(book)
    worksheet = _found(book, order)
    notes = [said(lost)] if lost else []
    notes += _show(worksheet, order.marks)
    marked = painting.paint(worksheet, order.marks)
    painting.fit_comments(book)
    notes += listing.notes_on_size(marked, len(order.marks), painting.MOST_COMMENTS)
    name = Path(order.original).name
    listing.put_in_front(book, worksheet, name, order.marks, notes)
    book.template = False
    book.calculation.fullCalcOnLoad = True
    save_with_values(book, order.original, order.draft)
    return notes


def _loaded(path: str) -> Workbook:
    """As a file, because openpyxl minds what a name ends in."""
    with Path(path).open("rb") as file:
        return load_workbook(file, rich_text=True)


def _require_small(archive: zipfile.ZipFile) -> None:
    """openpyxl makes every cell of a merged range, a link or a table."""
    for name in archive.namelist():
        if name.startswith(("xl/worksheets/", "xl/tables/")) and name.endswith(".xml"):
            for found in _REFERENCE.finditer(archive.read(name)):
                left, top, right, bottom = range_boundaries(found[1].decode())
                if (right - left + 1) * (bottom - top + 1) > _MOST_CELLS:
                    raise NotCopied(f"because it has something that covers {found[1].decode()}")


def _forget_earlier(book: Workbook) -> None:
    """A marked copy that is marked again: its list and its marks are of another day."""
    for worksheet in list(book.worksheets):
        first = worksheet["A1"].value
        if isinstance(first, str) and first.startswith(PROBLEMS_OF):
            book.remove(worksheet)
            painting.unpaint(book)


def _found(book: Workbook, order: Order) -> Worksheet:
    """The worksheet whose header stands where the marks take it to stand. Raises NotCopied."""
    if order.worksheet not in book.sheetnames:
        raise NotCopied("because its worksheets are not found")
    worksheet = book[order.worksheet]
    for column, text in enumerate(order.header, order.first_column):
        cell = worksheet.cell(order.header_row, column)
        if text and cell.value is None and not isinstance(cell, MergedCell):
            raise NotCopied("because its header is not found")
    return worksheet


def _show(worksheet: Worksheet, marks: Sequence[Mark]) -> list[str]:
    """A link leads nowhere if its cell is hidden."""
    hidden = worksheet.sheet_state != "visible"
    worksheet.sheet_state = "visible"
    for row in {mark.row for mark in marks} & worksheet.row_dimensions.keys():
        hidden |= bool(worksheet.row_dimensions[row].hidden)
        worksheet.row_dimensions[row].hidden = False
    columns = {mark.column for mark in marks}
    for dimension in worksheet.column_dimensions.values():
        covered = range(dimension.min or 0, (dimension.max or 0) + 1)
        if dimension.hidden and not columns.isdisjoint(covered):
            hidden, dimension.hidden = True, False
    return ["What was hidden and has problems is shown in this copy."] if hidden else []

"""The worksheet in front: the problems, each with a link to its cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from batch_scheduler.marking.marks import Mark, counted
from batch_scheduler.marking.painting import colourings
from batch_scheduler.marking.restyling import Restyling
from batch_scheduler.marking.text import cell_text
from batch_scheduler.model import PROBLEMS_OF, Severity
from batch_scheduler.results.style import SEVERITY_COLOURS

NAME = "Problems"
COLUMNS = ("severity", "code", "cell", "column", "value", "message", "hint")
WIDTHS = (10.0, 22.0, 9.0, 24.0, 30.0, 56.0, 64.0)
MOST_LISTED = 5_000

_CELL = COLUMNS.index("cell")
_INK, _TALLEST = "1F3864", 400.0
"""A row can be 409 points high."""
_LINE_POINTS = 15.0
_FONT = "Calibri"


def title(name: str) -> str:
    return cell_text(f"{PROBLEMS_OF}{name}")


def sentences(marks: Sequence[Mark], notes: Sequence[str]) -> list[str]:
    """What stands between the title and the list."""
    mend = "Mend them in your own sheet, or here, and run the one that you mended."
    return [f"{counted(marks)}. {mend}", *notes]


def cells(mark: Mark, place: str) -> tuple[str, ...]:
    """In the order of COLUMNS."""
    before = (mark.severity, mark.code, place)
    return (*before, mark.heading, mark.value, mark.message, mark.hint)


def place(mark: Mark) -> str:
    """D4."""
    return f"{get_column_letter(mark.column)}{mark.row}"


def link(worksheet: str, mark: Mark) -> str:
    """'Posts'!D4."""
    return f"{quote_sheetname(worksheet)}!{place(mark)}"


def put_in_front(
    book: Workbook, worksheet: Worksheet, name: str, marks: Sequence[Mark], notes: Sequence[str]
) -> None:
    """List the marks of `worksheet`, of a file of that name, and let the book open there."""
    front = book.create_sheet(NAME, 0)
    first = _write_head(front, [title(name), *sentences(marks, notes)])
    styles = _styles()
    for row, mark in enumerate(marks[:MOST_LISTED], first):
        _write_problem(front, row, mark, worksheet.title, styles)
    front.freeze_panes = front.cell(first, 1)
    front.auto_filter.ref = f"A{first - 1}:{get_column_letter(len(COLUMNS))}{front.max_row}"
    front.sheet_view.showGridLines = False
    worst = min(mark.severity for mark in marks)  # "error" comes before "warning"
    front.sheet_properties.tabColor = SEVERITY_COLOURS[Severity(worst)][1][1:]
    front.page_setup.orientation = "landscape"
    front.page_setup.fitToHeight = 0
    front.sheet_properties.pageSetUpPr.fitToPage = True
    _open_at_front(book)


def _write_head(front: Worksheet, lines: Sequence[str]) -> int:
    """Returns the row where the problems begin."""
    for number, width in enumerate(WIDTHS, 1):
        front.column_dimensions[get_column_letter(number)].width = width
    for row, text in enumerate(lines, 1):
        front.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(COLUMNS))
        cell = front.cell(row, 1, text)
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        cell.font = Font(_FONT, 11, color="4B5563")
        front.row_dimensions[row].height = _LINE_POINTS * wrapped(text, sum(WIDTHS)) + 4
    front["A1"].font = Font(_FONT, 16, bold=True, color=_INK)
    front.row_dimensions[1].height = 30
    row = len(lines) + 2
    for column, text in enumerate(COLUMNS, 1):
        cell = front.cell(row, column, text)
        cell.font = Font(_FONT, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_INK)
        cell.alignment = Alignment(vertical="center")
    front.row_dimensions[row].height = 24
    front.print_title_rows = f"{row}:{row}"
    return row + 1


def _write_problem(
    front: Worksheet, row: int, mark: Mark, worksheet: str, styles: dict[str, Restyling]
) -> None:
    texts = cells(mark, place(mark))
    tallest = max(map(wrapped, texts, WIDTHS))
    front.row_dimensions[row].height = min(_LINE_POINTS * tallest + 3, _TALLEST)
    for column, text in enumerate(texts):
        cell = front.cell(row, column + 1, cell_text(text))
        cell.data_type = "s"  # also what begins with =
        styles["plain"].apply(cell)
    styles[mark.severity].apply(front.cell(row, 1))
    linked = front.cell(row, _CELL + 1)
    linked.hyperlink = Hyperlink(ref=linked.coordinate, location=link(worksheet, mark))
    styles["linked"].apply(linked)


def _styles() -> dict[str, Restyling]:
    """By severity, "plain" and "linked"."""
    return {**colourings(), "plain": Restyling(_rule), "linked": Restyling(_underline)}


def _rule(cell: Any) -> None:
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    cell.border = Border(bottom=Side(style="thin", color="E5E7EB"))
    cell.font = Font(_FONT)


def _underline(cell: Any) -> None:
    cell.font = Font(_FONT, color="0563C1", underline="single")


def wrapped(text: str, width: float) -> int:
    """That the text takes when it wraps in a column of that width; rather too many.

    No program makes rows higher by itself when it opens a file that was written by another.
    """
    return sum(1 + int(len(line) / (1.1 * width)) for line in text.split("\n"))


def _open_at_front(book: Workbook) -> None:
    """No other sheet stays selected: what is typed would go into all of them at once."""
    for number, sheet in enumerate(book.worksheets):
        sheet.sheet_view.tabSelected = number == 0
    for sheet in book.chartsheets:
        for view in sheet.sheetViews.sheetView:
            view.tabSelected = False
    for view in book.views:
        view.firstSheet = 0
    book.active = 0


def notes_on_size(cells_marked: int, marks: int, most_comments: int) -> Iterator[str]:
    """What was left out of a marked copy because it would be too much of it."""
    if cells_marked > most_comments:
        yield (
            f"The first {most_comments:,} of {cells_marked:,} cells have their problem as a "
            "comment; all of them are coloured."
        )
    if marks > MOST_LISTED:
        yield f"This list has the first {MOST_LISTED:,} of {marks:,} problems."

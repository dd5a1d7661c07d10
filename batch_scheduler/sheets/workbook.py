"""XLSX and XLSM, through calamine, once the file is known to be harmless."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import IO, BinaryIO
from xml.parsers.expat import ExpatError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from batch_scheduler.errors import UsageError
from batch_scheduler.model import PROBLEMS_OF, Sheet
from batch_scheduler.sheets.extent import RECTANGLES, Extent, within
from batch_scheduler.sheets.table import Likeness, Table, any_row, read_rows

_MOST_BYTES = 2 << 30
_MOST_CELLS = 50_000_000
_PIECE = 1 << 18
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, CalamineError, ExpatError),
    *(NotImplementedError, EOFError),
)
_DAMAGED = "Open it in your spreadsheet program and save it again as .xlsx."


def read_workbook(path: str, file: BinaryIO, likeness: Likeness = any_row) -> Sheet:
    """The first visible worksheet with a post id column, else the first that is not empty.

    Raises UsageError for what is no workbook, or one that would not fit into memory.
    """
    try:
        _guard(path, file)
        file.seek(0)
        with CalamineWorkbook.from_filelike(file) as book:
            return _choose(path, book, likeness)
    except UsageError:
        raise
    except _DAMAGES as error:
        raise UsageError(f"{path} is damaged or no workbook: {error}", _DAMAGED) from None
    except BaseException as error:
        # What calamine's Rust code raises when it meets the unforeseen can't be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UsageError(f"{path} is damaged: {error}", _DAMAGED) from None


def _choose(path: str, book: CalamineWorkbook, likeness: Likeness) -> Sheet:
    first = None
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        worksheet = book.get_sheet_by_name(about.name)
        first_column = worksheet.start[1] + 1 if worksheet.start else 1
        table = read_rows(Table(), _rows(worksheet))
        sheet = table.sheet(path, about.name, first_column, likeness)
        if sheet.header and sheet.header[0].startswith(PROBLEMS_OF):
            continue
        if any(re.sub(r"[\s_-]", "", text).lower() == "postid" for text in sheet.header):
            return sheet
        if first is None and sheet.header:
            first = sheet
    if first is None:
        raise UsageError(f"{path} has no visible worksheet with cells in it.", "Check the file.")
    return first


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Rows of texts from the worksheet's row 1 on; columns from its first used one on."""
    for row in sheet.iter_rows():
        yield [cell if type(cell) is str else _text(cell) for cell in row]


@lru_cache(maxsize=1 << 16, typed=True)
def _text(cell: float | bool | date | time | timedelta | str) -> str:
    """The cell as a person reads it; times to the nearest second, as the program shows them."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return (cell + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat()
    if isinstance(cell, time):
        whole = datetime.combine(date(2000, 1, 1), cell) + timedelta(microseconds=500_000)
        return whole.strftime("%H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _guard(path: str, file: BinaryIO) -> None:
    """Refuse what calamine would die of: it makes room for the whole rectangle of used cells.

    What the archive says of its own sizes is not believed; what comes out is counted.
    """
    with zipfile.ZipFile(file) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            hint = "Save it as .xlsx or as CSV UTF-8."
            raise UsageError(f"{path} is no .xlsx workbook.", hint)
        left = _MOST_BYTES
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                left = _guard_member(path, archive, name, left)


def _guard_member(path: str, archive: zipfile.ZipFile, name: str, left: int) -> int:
    fits = "/worksheets/" not in name and "/sheet" not in name.lower()
    with archive.open(name) as member:
        pieces = _pieces(path, member, left)
        fits = fits or within(pieces, RECTANGLES[0])
        deque(pieces, maxlen=0)  # all is counted, also what need not be looked at
        left -= member.tell()
    for rectangle in RECTANGLES[1:]:
        if not fits:
            with archive.open(name) as member:
                fits = within(_pieces(path, member), rectangle)
    if not fits:
        _guard_worksheet(path, archive, name)
    return left


def _pieces(path: str, member: IO[bytes], most: int = _MOST_BYTES) -> Iterator[bytes]:
    while piece := member.read(_PIECE):
        if member.tell() > most:
            hint = "Split it, or save it as CSV UTF-8."
            raise UsageError(f"{path} unpacks to more than {_MOST_BYTES:,} bytes.", hint)
        yield piece


def _guard_worksheet(path: str, archive: zipfile.ZipFile, name: str) -> None:
    extent = Extent()
    with archive.open(name) as member:
        extent.read(member)
    if extent.rows * extent.columns > _MOST_CELLS:
        raise UsageError(
            f"{path}: a worksheet reaches to row {extent.rows:,} and column {extent.columns:,}: "
            "too many cells.",
            "Delete the stray cells far right or far below the table, or save it as CSV UTF-8.",
        )

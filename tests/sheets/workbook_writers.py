"""Workbooks with posts, by three kinds of program; and what is read of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from workbook_files import HEADER, ods, ods_cell, ods_row, row

from batch_scheduler.sheets import read_sheet

Cells = Mapping[str, Any]


def in_xlsx(cells: Cells, from_1904: bool = False) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    for place, value in cells.items():
        book.active[place] = value
        if isinstance(value, str) and value in ("#N/A", "#REF!", "#DIV/0!"):
            book.active[place].data_type = "e"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def in_xls(cells: Cells, from_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = from_1904
    sheet = book.add_sheet("Posts")
    kinds = {datetime: "dd.mm.yyyy hh:mm", date: "dd.mm.yyyy", time: "hh:mm"}
    for place, value in cells.items():
        column, number = ord(place[0]) - 65, int(place[1:]) - 1
        if isinstance(value, str) and value in ("#N/A", "#REF!", "#DIV/0!"):
            sheet.row(number).set_cell_error(column, "#N/A!" if value == "#N/A" else value)
        elif type(value) in kinds:
            shown = xlwt.easyxf(num_format_str=kinds[type(value)])
            # As a number: xlwt cuts a time off at its seconds, which Excel does not.
            since = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
            if isinstance(value, datetime):
                value = (value - since) / timedelta(days=1)
            sheet.write(number, column, value, shown)
        else:
            sheet.write(number, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def in_ods(cells: Cells, from_1904: bool = False) -> bytes:
    """Dates are texts there, whatever they are counted from."""
    last = max(int(place[1:]) for place in cells)
    rows = [
        ods_row([_in_ods(cells.get(f"{letter}{number}")) for letter in "ABCDEFG"])
        for number in range(1, last + 1)
    ]
    return ods("".join(rows))


def _in_ods(value: Any) -> str:
    if isinstance(value, bool):
        said = {"office__value_type": "boolean", "office__boolean_value": str(value).lower()}
        return ods_cell(str(value).upper(), **said)
    if isinstance(value, int | float):
        return ods_cell(f"{value}", office__value_type="float", office__value=repr(value))
    if isinstance(value, time):
        said = {"office__value_type": "time", "office__time_value": value.strftime("PT%HH%MM%SS")}
        return ods_cell(f"{value}", **said)
    if isinstance(value, date):
        said = {"office__value_type": "date", "office__date_value": value.isoformat()}
        return ods_cell(f"{value:%d.%m.%y}", **said)
    if value in ("#N/A", "#REF!", "#DIV/0!"):
        said = {
            "office__value_type": "string",
            "office__string_value": "",
            "table__formula": "of:=NA()",
        }
        return ods_cell(value, **said, calcext__value_type="error")
    return ods_cell(value or "")


Writing = Callable[..., bytes]
KINDS = {"a.xlsx": in_xlsx, "a.xls": in_xls, "a.ods": in_ods}
each_kind = pytest.mark.parametrize("name", KINDS)


def posts(first: int = 1, rows: int = 3) -> dict[str, Any]:
    """Cells of good posts, with a header in that row."""
    lines = [list(HEADER), *(row(number) for number in range(1, rows + 1))]
    return {
        f"{letter}{number}": text
        for number, cells in enumerate(lines, first)
        for letter, text in zip("ABCD", cells, strict=True)
    }


def texts(content: bytes) -> dict[int, list[str]]:
    """The rows below the header."""
    frame = read_sheet("-", io.BytesIO(content)).frame
    return {int(number): list(cells) for number, *cells in frame.itertuples()}

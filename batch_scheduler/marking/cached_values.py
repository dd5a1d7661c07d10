"""The values that formulas had when the workbook was last saved; openpyxl writes none."""

from __future__ import annotations

import re
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook import Workbook

Values = dict[str, tuple[str, str]]
"""Cell → its type as XML has it, and its text."""

_FORMULA = re.compile(
    rb'<c r="(?P<cell>[A-Z]+\d+)"(?P<style>(?: s="\d+")?)>'
    rb"(?P<formula><f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)<v ?/></c>"
)


def save_with_values(book: Workbook, original: str, path: str) -> None:
    """Save the book with the values that its formulas have in `original`.

    So it can be read at once, by whatever does not calculate: previews, and this program.
    """
    saved = BytesIO()
    book.save(saved)
    formulas = {
        sheet.title: sheet.path.lstrip("/")
        for sheet in book.worksheets
        if any(cell.data_type == "f" for cell in sheet._cells.values())
    }
    if not formulas:
        Path(path).write_bytes(saved.getvalue())
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Path(original).open("rb") as file:
            calculated = load_workbook(file, data_only=True)
    values = {
        part: _values(calculated[title], book[title], book.epoch)
        for title, part in formulas.items()
        if title in calculated.sheetnames
    }
    _write(saved, path, values)


def _values(calculated: Any, sheet: Any, epoch: datetime) -> Values:
    found: Values = {}
    for place, cell in sheet._cells.items():
        if cell.data_type == "f" and place in calculated._cells:
            value = calculated._cells[place].value
            if value is not None:
                found[cell.coordinate] = _typed(value, calculated._cells[place].data_type, epoch)
    return found


def _typed(value: Any, data_type: str, epoch: datetime) -> tuple[str, str]:
    if isinstance(value, bool):
        return "b", str(int(value))
    if isinstance(value, date | time | timedelta):
        return "n", repr(to_excel(value, epoch))
    if isinstance(value, int | float):
        return "n", repr(value)
    return ("e" if data_type == "e" else "str"), escape(str(value))


def _write(saved: BytesIO, path: str, values: dict[str, Values]) -> None:
    with zipfile.ZipFile(saved) as before, zipfile.ZipFile(path, "w") as after:
        for member in before.infolist():
            content = before.read(member)
            if member.filename in values:
                content = _with_values(content, values[member.filename])
            after.writestr(member, content, zipfile.ZIP_DEFLATED)


def _with_values(content: bytes, values: Values) -> bytes:
    def with_value(found: re.Match[bytes]) -> bytes:
        cell = found["cell"].decode()
        if cell not in values:
            return found[0]
        kind, text = values[cell]
        opening = b'<c r="%b"%b t="%b">' % (found["cell"], found["style"], kind.encode())
        return b"%b%b<v>%b</v></c>" % (opening, found["formula"], text.encode())

    return _FORMULA.sub(with_value, content)

"""XLS, of any Excel before 2007, through xlrd."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import xlrd

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets.allowance import MarkupError
from batch_scheduler.sheets.grid import Grid, Merged
from batch_scheduler.sheets.number_format import Shown, shown
from batch_scheduler.sheets.refusals import protected
from batch_scheduler.sheets.serial import serial_text
from batch_scheduler.sheets.worksheet import Worksheet

_MOST_BYTES = 200 << 20


class XlsBook:
    """Raises MarkupError for what is damaged, and UsageError."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            hint = "Save it as .xlsx or as CSV UTF-8."
            raise UsageError(f"{path} is larger than {_MOST_BYTES:,} bytes.", hint)
        self._book = self._guarded(lambda: _open(content))
        self._shown = self._guarded(lambda: _formats(self._book))
        self.worksheets = [
            Worksheet(name, bool(hidden), str(place))
            for place, (name, hidden) in enumerate(
                zip(self._book.sheet_names(), self._book._sheet_visibility, strict=False)
            )
        ]

    def read(self, worksheet: Worksheet, most_rows: int | None = None) -> Grid:
        grid = Grid(self._path, most_rows)
        sheet = self._guarded(lambda: self._book.sheet_by_index(int(worksheet.place)))
        self._guarded(lambda: self._read(sheet, grid))
        grid.flush()
        return grid

    def _read(self, sheet: Any, grid: Grid) -> None:
        for row in range(sheet.nrows):
            kinds, values = sheet.row_types(row), sheet.row_values(row)
            texts = [
                value if kind == xlrd.XL_CELL_TEXT else self._text(sheet, row, column, kind, value)
                for column, (kind, value) in enumerate(zip(kinds, values, strict=True))
            ]
            if any(texts):
                grid.extend([row + 1] * len(texts), range(1, len(texts) + 1), texts)
            if grid.full:
                return
        grid.hidden += [
            (row + 1, row + 1) for row, info in sorted(sheet.rowinfo_map.items()) if info.hidden
        ]
        grid.hidden_columns += [
            (column + 1, column + 1)
            for column, info in sorted(sheet.colinfo_map.items())
            if info.hidden
        ]
        # xlrd's ends are one behind the last.
        grid.merged += [
            Merged(top + 1, left + 1, bottom, right)
            for top, bottom, left, right in sheet.merged_cells
        ]

    def _text(self, sheet: Any, row: int, column: int, kind: int, value: Any) -> str:
        if kind == xlrd.XL_CELL_NUMBER or kind == xlrd.XL_CELL_DATE:
            style = sheet.cell_xf_index(row, column)
            how = self._shown[style] if style < len(self._shown) else Shown.NUMBER
            return serial_text(value, how, bool(self._book.datemode))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return "true" if value else "false"
        if kind == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(value, "#N/A"))
        return ""

    def _guarded(self, read: Any) -> Any:
        """xlrd raises whatever comes of bytes that it takes at their word."""
        try:
            return read()
        except xlrd.XLRDError as error:
            if "encrypted" in str(error).lower():
                raise protected(self._path) from None
            raise MarkupError(str(error)) from None
        except (UsageError, MarkupError):
            raise
        except Exception as error:
            raise MarkupError(f"{type(error).__name__}: {error}") from None


class _Silence(io.TextIOBase):
    """What xlrd notes down is for nobody, and must not get into what is printed."""

    def write(self, text: str) -> int:
        return len(text)


def _open(content: bytes) -> Any:
    return xlrd.open_workbook(
        file_contents=content,
        logfile=_Silence(),
        formatting_info=True,  # without it no styles, no hidden rows, no merged cells
        on_demand=True,
        ragged_rows=True,
    )


def _formats(book: Any) -> list[Shown]:
    codes = {key: one.format_str for key, one in book.format_map.items()}
    return [shown(codes.get(one.format_key, "General")) for one in book.xf_list]

"""The cells of an XLSX worksheet, however its XML is written. Slower than xlsx_usual."""

from __future__ import annotations

import re
from functools import lru_cache

from batch_scheduler.sheets.allowance import Allowance, MarkupError
from batch_scheduler.sheets.grid import LAST_ROW, Grid, Merged, column_number
from batch_scheduler.sheets.markup import Attributes, Readable, Text, read_markup
from batch_scheduler.sheets.table import MOST_COLUMNS
from batch_scheduler.sheets.xlsx_text import unescaped
from batch_scheduler.sheets.xlsx_values import BOOLEANS, Values

_PLACE = re.compile(r"([A-Za-z]{0,3})(\d{0,7})", re.ASCII)
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)
_MOST_MERGED = 200_000
_TRUE = ("1", "true", "on")


class AnyCells:
    """Reads one worksheet into a grid. A cell or row without a place follows the one before it."""

    def __init__(self, values: Values, grid: Grid) -> None:
        self._values, self._grid = values, grid
        self._row = self._column = 0
        self._cell: Attributes = {}
        self._text = Text()
        self._formula: Text | None = None
        self._has_value = False
        self._within: list[str] = []
        self._hidden_columns = Allowance(MOST_COLUMNS, "hidden columns")
        self._merged = Allowance(_MOST_MERGED, "merged cells")
        self._begins = {
            "col": self._begin_columns,
            "row": self._begin_row,
            "c": self._begin_cell,
            "f": self._begin_formula,
            "v": self._begin_value,
            "is": self._begin_value,
            "mergeCell": self._begin_merged,
        }

    def read(self, worksheet: Readable, tags: Allowance) -> None:
        """Raises MarkupError for what is no worksheet."""
        read_markup(worksheet, self._begin, self._end, self._data, tags)
        self._grid.flush()

    def _begin(self, name: str, attributes: Attributes) -> None:
        self._within.append(name)
        if name in self._begins:
            self._begins[name](attributes)
        elif len(self._within) == 1 and name != "worksheet":
            raise MarkupError(f"a worksheet begins with <{name[:50]}>")

    def _begin_columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            first, last = (_whole(attributes.get(name, "")) for name in ("min", "max"))
            self._hidden_columns.take(1)
            self._grid.hidden_columns.append((first, last))

    def _begin_row(self, attributes: Attributes) -> None:
        self._row = _row(attributes["r"]) if "r" in attributes else self._row + 1
        self._column = 0
        if attributes.get("hidden") in _TRUE:
            self._grid.hidden.append((self._row, self._row))

    def _begin_cell(self, attributes: Attributes) -> None:
        self._cell = attributes
        self._text.take()
        self._formula, self._has_value = None, False
        place = _PLACE.fullmatch(attributes.get("r", ""))
        if place is None:
            raise MarkupError(f"a cell is at {attributes['r'][:50]!r}")
        letters, digits = place.groups()
        self._row = _row(digits) if digits else max(self._row, 1)
        self._column = column_number(letters) if letters else self._column + 1

    def _begin_formula(self, _: Attributes) -> None:
        self._formula = Text()

    def _begin_value(self, _: Attributes) -> None:
        self._has_value = True

    def _begin_merged(self, attributes: Attributes) -> None:
        self._merged.take(1)
        if place := _RANGE.fullmatch(attributes.get("ref", "")):
            left, top, right, bottom = place.groups()
            columns = column_number(left), column_number(right)
            self._grid.merged.append(Merged(int(top), columns[0], int(bottom), columns[1]))

    def _data(self, text: str) -> None:
        name = self._within[-1]
        if name == "v" or (name == "t" and "rPh" not in self._within):
            self._text.add(text)
        elif name == "f" and self._formula is not None:
            self._formula.add(text)

    def _end(self, name: str) -> None:
        self._within.pop()
        if name == "c" and (text := self._cell_text()):
            self._grid.extend([self._row], [self._column], [text])

    def _cell_text(self) -> str:
        text, kind = self._text.take(), self._cell.get("t", "n")
        if not text and self._formula is None:
            return ""
        if self._formula is not None and not text and not (kind == "str" and self._has_value):
            self._grid.valueless.append((self._row, self._column))
            return "=" + self._formula.take()
        if kind == "s":
            return self._shared(text)
        if kind == "n":
            return self._values.number(text.strip().encode(), self._cell.get("s", "").encode())
        if kind == "b":
            return BOOLEANS.get(text.strip().encode(), "")
        return unescaped(text)

    def _shared(self, index: str) -> str:
        if not index:
            return ""
        strings = self._values.strings
        if not index.isdecimal() or len(index) > 8 or int(index) >= len(strings):
            raise MarkupError(f"the text of a cell in row {self._row} is missing")
        return strings[int(index)]


@lru_cache
def _row(text: str) -> int:
    row = _whole(text)
    if not 0 < row <= LAST_ROW:
        raise MarkupError(f"it has a row {text[:20]!r}")
    return row


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0

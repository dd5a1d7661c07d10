"""ODS: one stream of XML with all worksheets in it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets.allowance import Allowance
from batch_scheduler.sheets.grid import Grid, Merged
from batch_scheduler.sheets.markup import TAGS, Attributes, Readable, Text, read_markup
from batch_scheduler.sheets.ods_usual import Row, WithoutUsualRows, tags_of_tables
from batch_scheduler.sheets.package import Package
from batch_scheduler.sheets.refusals import protected
from batch_scheduler.sheets.serial import clock_text, plain_number
from batch_scheduler.sheets.table import MOST_COLUMNS
from batch_scheduler.sheets.worksheet import Worksheet
from batch_scheduler.sheets.xml_pieces import Unusual

_CONTENT = "content.xml"
_MOST_TAGS = 8_000_000
_MOST_CELLS = 3_000_000
_MOST_REPEATED = 20_000
"""Cells of rows that say the same: more of them fill a column to the bottom, meant by nobody."""
_MOST_SPACES = 32_767
_OF_TABLES = frozenset(("style", "table-properties", "table"))
_NOT_SAID = ("annotation", "ruby-text")
_ERROR = re.compile(r"#[A-Z]{1,8}[/A-Z0-9]{0,8}[!?]?|Err:\d{3}|#N/A", re.ASCII)
_DURATION = re.compile(r"PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d*)?)S)?", re.ASCII)
_CLOCK = re.compile(r"\d:\d\d", re.ASCII)


class OdsBook:
    """Raises of what `package.DAMAGES` lists, and UsageError."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._package = Package(path, file)
        self._refuse_encrypted()
        self._tags = Allowance(_MOST_TAGS, TAGS)
        tables = _Tables()
        self._offsets: list[int] = []
        try:
            with self._package.open(_CONTENT) as part:
                tags, self._offsets = tags_of_tables(part)
            read_markup(io.BytesIO(tags), tables.begin)
        except Unusual:
            with self._package.open(_CONTENT) as part:
                read_markup(part, tables.begin, tags=self._tags, only=_OF_TABLES)
        self.worksheets = tables.found

    def read(self, worksheet: Worksheet, most_rows: int | None = None) -> Grid:
        grid = Grid(self._path, most_rows)
        number = int(worksheet.place)
        cells = OdsCells(1 if self._offsets else number, grid)
        try:
            with self._package.open(_CONTENT) as part:
                left: Readable = part
                if self._offsets:
                    left = WithoutUsualRows(part, self._offsets[number - 1], cells)
                read_markup(left, cells.begin, cells.end, cells.data, self._tags)
        except _Enough:
            pass
        return grid

    def _refuse_encrypted(self) -> None:
        def begin(name: str, _: Attributes) -> None:
            if name == "encryption-data":
                raise protected(self._path)

        if "META-INF/manifest.xml" in self._package:
            with self._package.open("META-INF/manifest.xml") as part:
                read_markup(part, begin)


class _Enough(Exception):
    """The worksheet is read."""


class _Tables:
    """The worksheets; hidden are those whose style says so."""

    def __init__(self) -> None:
        self.found: list[Worksheet] = []
        self._hiding: set[str] = set()
        self._style = ""
        self._count = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hiding.add(self._style)
        elif name == "table":
            self._count += 1
            if "name" in attributes:  # others are copies of what lies elsewhere
                hidden = attributes.get("style-name", "") in self._hiding
                self.found.append(Worksheet(attributes["name"], hidden, str(self._count)))


class OdsCells:
    """Reads the worksheet of this number into a grid. What is repeated is looked at once."""

    def __init__(self, number: int, grid: Grid) -> None:
        self._tables_left, self._grid = number, grid
        self._cells_allowed = Allowance(_MOST_CELLS, "cells")
        self._columns_allowed = Allowance(MOST_COLUMNS, "columns")
        self._row = self._column = 0
        self._repeated = self._cell_repeated = 1
        self._cells: list[tuple[int, str]] = []
        self._merged: list[Merged] = []
        self._valueless: list[int] = []
        self._cell: Attributes | None = None
        self._within_row = False
        self._text = Text()
        self._paragraphs = self._depth = self._skipping = 0

    @property
    def between_rows(self) -> bool:
        return not (self._tables_left or self._skipping or self._depth or self._within_row)

    def add(self, rows: Sequence[Row]) -> None:
        """Those that a pattern knows: as if they were parsed."""
        numbers: list[int] = []
        columns: list[int] = []
        texts: list[str] = []
        for row in rows:
            self._row += 1
            numbers += [self._row] * len(row.columns)
            columns += row.columns
            texts += map(_known, row.kinds, row.values, row.shown)
        self._cells_allowed.take(len(texts))
        if texts:
            self._grid.extend_rows(numbers, columns, texts)
        if self._grid.full:
            raise _Enough

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self._tables_left -= 1
        if self._tables_left or self._skipping:
            self._skipping += bool(self._skipping)
        elif name == "table-column":
            self._begin_column(attributes)
        elif name == "table-row":
            self._begin_row(attributes)
        elif name in ("table-cell", "covered-table-cell"):
            self._begin_cell(attributes)
        elif self._cell is not None:
            if name in _NOT_SAID or not (self._depth or name == "p"):
                self._skipping = 1  # a comment, or a picture that is fixed to the cell
                return
            self._depth += 1
            self._begin_text(name, attributes)

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif self._tables_left:
            return
        elif self._depth:
            self._depth -= 1
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._grid.flush()
            raise _Enough

    def data(self, text: str) -> None:
        if self._depth and not self._skipping:
            self._text.add(text)

    def _begin_column(self, attributes: Attributes) -> None:
        self._columns_allowed.take(1)
        if self._column >= MOST_COLUMNS:
            return
        repeated = _count(attributes, "number-columns-repeated")
        if attributes.get("visibility", "visible") != "visible":
            span = (self._column + 1, self._column + repeated)
            self._grid.hidden_columns.append(span)
        self._column += repeated

    def _begin_row(self, attributes: Attributes) -> None:
        self._repeated = _count(attributes, "number-rows-repeated")
        self._row, self._column, self._within_row = self._row + 1, 0, True
        self._cells.clear()
        self._merged.clear()
        self._valueless.clear()
        if attributes.get("visibility", "visible") != "visible":
            self._grid.hidden.append((self._row, self._row + self._repeated - 1))

    def _begin_cell(self, attributes: Attributes) -> None:
        self._cell, self._paragraphs = attributes, 0
        self._text.take()
        self._cell_repeated = _count(attributes, "number-columns-repeated")

    def _begin_text(self, name: str, attributes: Attributes) -> None:
        if name == "p":
            self._paragraphs += 1
            if self._paragraphs > 1:
                self._text.add("\n")
        elif name == "s":
            self._text.add(" " * min(_count(attributes, "c"), _MOST_SPACES))
        elif name == "tab":
            self._text.add("\t")
        elif name == "line-break":
            self._text.add("\n")

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        first, last = self._column + 1, self._column + self._cell_repeated
        cell, text = self._cell, self._value(self._cell, self._text.take())
        self._cell, self._column = None, last
        rows = _count(cell, "number-rows-spanned")
        if rows > 1:
            right = first + _count(cell, "number-columns-spanned") - 1
            self._merged.append(Merged(self._row, first, self._row + rows - 1, right))
        if not text:
            return
        if len(self._cells) + self._cell_repeated > MOST_COLUMNS:
            raise UsageError(
                f"{self._grid.path}: row {self._row} has a text in each of its cells.",
                "Delete what fills it to the right, or save it as CSV UTF-8.",
            )
        self._cells += [(column, text) for column in range(first, last + 1)]
        if "formula" in cell and "value-type" not in cell:
            self._valueless.append(first)

    def _value(self, cell: Attributes, shown: str) -> str:
        kind = cell.get("value-type", "")
        if "formula" in cell:
            formula = "=" + cell["formula"].partition("=")[2]
            if not kind or formula in _TRUTHS:
                return _TRUTHS.get(formula, formula)
            if _ERROR.fullmatch(shown):
                return shown
        if kind in ("float", "percentage", "currency"):
            return _number(cell.get("value", ""))
        if kind == "date":
            return _date(cell.get("date-value", ""), shown)
        if kind == "time":
            return _time(cell.get("time-value", ""))
        if kind == "boolean":
            return cell.get("boolean-value", "")
        return cell.get("string-value", shown) or shown

    def _end_row(self) -> None:
        self._within_row = False
        last = self._row + self._repeated - 1
        if self._cells:
            if self._repeated * len(self._cells) > _MOST_REPEATED:
                raise UsageError(
                    f"{self._grid.path}: the same stands in each row from {self._row:,} "
                    f"to {last:,}.",
                    "Delete what fills the column to the bottom, or save it as CSV UTF-8.",
                )
            self._cells_allowed.take(self._repeated * len(self._cells))
            columns, texts = zip(*self._cells, strict=True)
            for row in range(self._row, last + 1):
                self._grid.extend([row] * len(columns), columns, texts)
                self._grid.valueless += [(row, column) for column in self._valueless]
            self._grid.merged += self._merged
            if self._grid.full:
                raise _Enough
        self._row = last


def _known(kind: bytes, value: bytes | None, shown: bytes) -> str:
    if kind == b"string":
        return shown.decode()
    said = (value or b"").decode()
    return _date(said, shown.decode()) if kind == b"date" else _number(said)


_TRUTHS = {"=TRUE()": "true", "=FALSE()": "false"}
"""LibreOffice makes these of the plain values of an XLSX, and numbers of what they yield."""


def _count(attributes: Attributes, name: str) -> int:
    text = attributes.get(name)
    if text is None:
        return 1
    return max(int(text), 1) if text.isdecimal() and len(text) < 10 else 1


def _number(text: str) -> str:
    try:
        return plain_number(float(text))
    except ValueError:
        return text


def _date(text: str, shown: str) -> str:
    """A day alone is midnight where the cell shows a time."""
    if "T" not in text:
        return f"{text}T00:00:00" if _CLOCK.search(shown) else text
    try:
        when = datetime.fromisoformat(text)
        return (when + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat()
    except (ValueError, OverflowError):
        return text


def _time(text: str) -> str:
    match = _DURATION.fullmatch(text)
    if not match:
        return text
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return clock_text(int(hours * 3600 + minutes * 60 + seconds + 0.5))

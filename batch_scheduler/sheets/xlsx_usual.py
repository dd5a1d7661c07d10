"""The cells of an XLSX worksheet that is written as programs write it: quickly, by patterns.

Nothing is skipped that a pattern does not know: then it is Unusual, and xlsx_any reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from batch_scheduler.sheets.allowance import Allowance
from batch_scheduler.sheets.grid import LAST_ROW, Grid, Merged, column_number
from batch_scheduler.sheets.markup import Readable
from batch_scheduler.sheets.xlsx_rows import MORE, NUMBERS, VALUE, RowShape, row_shape
from batch_scheduler.sheets.xlsx_text import SIMPLE, decoded, without_formats
from batch_scheduler.sheets.xlsx_values import BOOLEANS, Values
from batch_scheduler.sheets.xml_pieces import Unusual, XmlPieces

_BEGIN = rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="(\d{1,6})")?+(?: t="(\w{1,9})")?+' + MORE + rb">"
_CONTENT = (
    rb"(<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?(?:" + VALUE + rb"|<v/>|"
    rb"<is>(?:" + SIMPLE + rb"|((?:[^<]|<(?!/is>))*+))</is>)?"
)
_CELL = re.compile(_BEGIN + _CONTENT + rb"</c>")
"""Place, style, type, formula, value, text, and text with formats."""
_ATTRIBUTE = rb' [\w:]+="[^"<>]*"'
_BETWEEN = re.compile(
    rb"(?:<row(?:" + _ATTRIBUTE + rb")*+ ?/?>|</row>|"
    rb'<c r="[A-Z]{1,3}\d{1,7}"(?:' + _ATTRIBUTE + rb")*+ ?/>|\s++)*+"
)
_HIDDEN = re.compile(rb'<row(?=[^>]* r="(\d{1,7})")(?=[^>]* hidden="(?:1|true)")')
_COLUMNS = re.compile(rb"<col [^<>]*>")
_ENDS = [re.compile(rb' %b="(\d{1,7})"' % name) for name in (b"min", b"max")]
_MOST_MISFITS = 8
_FORMULA = re.compile(rb"<f[^<>]*>([^<]*)</f>")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})" ?/>')


class _Columns(dict[bytes, int]):
    """b"A" is 1, b"AA" is 27."""

    def __missing__(self, letters: bytes) -> int:
        number = self[letters] = column_number(letters.decode())
        return number


class UsualCells:
    """Reads one worksheet into a grid."""

    def __init__(self, values: Values, grid: Grid, rows: Allowance, cells: Allowance) -> None:
        self._values, self._grid = values, grid
        self._rows, self._cells = rows, cells
        self._columns = _Columns()
        self._shape: RowShape | None = None
        self._misfits = 0

    def read(self, worksheet: Readable) -> None:
        """Raises Unusual; then the grid must be thrown away."""
        pieces = XmlPieces(worksheet)
        self._read_columns(pieces.head(b"<sheetData"))
        if pieces.until(b">").endswith(b"/"):
            return
        for rows in pieces.each(b"<row", b"</sheetData>"):
            if not self._read_alike(rows):
                self._read_each(rows)
            if self._grid.full:
                return
        self._grid.flush()
        self._read_tail(pieces.until(b"</worksheet>"))

    def _read_columns(self, head: bytes) -> None:
        for column in _COLUMNS.findall(head):
            if b' hidden="1"' in column or b' hidden="true"' in column:
                first, last = (pattern.search(column) for pattern in _ENDS)
                if not first or not last:
                    raise Unusual
                self._grid.hidden_columns.append((int(first[1]), int(last[1])))

    def _read_tail(self, tail: bytes) -> None:
        if b"<!" in tail:
            raise Unusual
        for left, top, right, bottom in _MERGED.findall(tail):
            columns = self._columns[left], self._columns[right]
            self._grid.merged.append(Merged(int(top), columns[0], int(bottom), columns[1]))
        if tail.count(b"<mergeCell ") != len(self._grid.merged):
            raise Unusual

    def _read_alike(self, rows: bytes) -> bool:
        """If they are of the shape that was found; given up where that fails more than it helps."""
        shape = self._shape
        if shape is None or self._misfits > _MOST_MISFITS:
            return False
        read = shape.read(rows)
        if read is not None:
            numbers, columns = read
            texts = [
                self._texts(look.kind, column, repeat(look.style))
                for look, column in zip(shape.looks, columns, strict=True)
            ]
            places = [self._columns[look.letters] for look in shape.looks]
            if self._grid.extend_columns(numbers, places, texts):
                self._misfits -= 1
                self._rows.take(len(numbers))
                self._cells.take(len(numbers) * len(columns))
                return True
        self._misfits += 1
        return False

    def _read_each(self, rows: bytes) -> None:
        """Cell by cell."""
        parts: list[Any] = _CELL.split(rows)
        between = b"".join(parts[::9])
        if not _BETWEEN.fullmatch(between):
            raise Unusual
        self._rows.take(between.count(b"<row"))
        self._cells.take(between.count(b"<c ") + len(parts) // 9)
        if b" hidden=" in between:
            self._grid.hidden += [(row, row) for row in map(int, _HIDDEN.findall(between))]
        if len(parts) == 1:
            return
        letters, styles, kinds = parts[1::9], parts[3::9], parts[4::9]
        columns = list(map(self._columns.__getitem__, letters))
        numbers = list(map(int, parts[2::9]))
        if max(numbers) > LAST_ROW:
            raise Unusual
        texts = self._mixed_texts(styles, kinds, *(parts[place::9] for place in (6, 7, 8)))
        if any(parts[5::9]):
            self._read_formulas(numbers, columns, texts, parts)
        else:
            self._shape = row_shape(letters, kinds, styles, columns)
        self._grid.extend_rows(numbers, columns, texts)

    def _mixed_texts(
        self,
        styles: list[bytes | None],
        kinds: list[bytes | None],
        values: list[bytes | None],
        simple: list[bytes | None],
        formatted: list[bytes | None],
    ) -> list[str]:
        """One for each cell. Those of one kind are looked at together."""
        texts = [""] * len(kinds)
        for kind in set(kinds):
            places = [place for place, one in enumerate(kinds) if one == kind]
            if kind == b"inlineStr":
                mine = [_inline(simple[place], formatted[place]) for place in places]
            else:
                mine = [values[place] or b"" for place in places]
            new = self._texts(kind, mine, (styles[place] for place in places))
            for place, text in zip(places, new, strict=True):
                texts[place] = text
        return texts

    def _texts(
        self, kind: bytes | None, contents: list[bytes], styles: Iterable[bytes | None]
    ) -> list[str]:
        """Of cells of one kind."""
        if kind == b"s":
            return self._shared(contents)
        if kind in NUMBERS:
            return list(map(self._values.number, contents, styles))
        if kind == b"b":
            return [BOOLEANS.get(value, "") for value in contents]
        if kind in (b"inlineStr", b"str", b"e", b"d"):
            return decoded(contents)
        raise Unusual

    def _shared(self, indexes: Sequence[bytes]) -> list[str]:
        strings = self._values.strings
        if b"-" in b"".join(indexes):
            raise Unusual
        try:
            return [strings[int(index)] if index else "" for index in indexes]
        except (ValueError, IndexError):
            raise Unusual from None

    def _read_formulas(
        self, numbers: list[int], columns: list[int], texts: list[str], parts: list[bytes | None]
    ) -> None:
        """Those without a value: nobody has calculated them."""
        formulas, kinds, values = parts[5::9], parts[4::9], parts[6::9]
        for place, (formula, kind, value) in enumerate(zip(formulas, kinds, values, strict=True)):
            if formula and not value and (kind != b"str" or value is None):
                inner = _FORMULA.match(formula)
                texts[place] = "=" + decoded([inner[1] if inner else b""])[0]
                self._grid.valueless.append((numbers[place], columns[place]))


def _inline(simple: bytes | None, formatted: bytes | None) -> bytes:
    return without_formats(formatted) if formatted else simple or b""

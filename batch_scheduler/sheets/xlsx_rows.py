"""Rows of an XLSX worksheet that are written alike, as those of a table are: read by one pattern.

It is made from rows that were read cell by cell, and fits those whose cells are in the same
columns, or missing, and of the same kinds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from batch_scheduler.sheets.xlsx_text import SIMPLE

_MOST_COLUMNS = 128
_ROW = rb'<row r="(\d{1,7})"(?: (?!hidden="(?:1|true)")[\w:]+="[^"<>]*")*+>'
MORE = rb'(?: (?!s=)\w+="\d+")*+'
"""Attributes of a cell that tell nothing of what it shows."""
VALUE = rb'<v(?: xml:space="preserve")?>([^<]*)</v>'
_TEXT = rb"<is>" + SIMPLE + rb"</is>"
NUMBERS = (None, b"n")
"""Kinds of cells whose style tells what they show."""


class Look(NamedTuple):
    """How the cells of a column are written: in which letters, their kind, and their style, where
    it tells what they show.
    """

    letters: bytes
    kind: bytes | None
    style: bytes | None

    def pattern(self) -> bytes:
        style = b"" if self.style is None else b' s="%b"' % self.style
        if self.kind not in NUMBERS:
            style = rb'(?: s="\d{1,6}")?+'
        kind = b"" if self.kind is None else b' t="%b"' % self.kind
        content = _TEXT if self.kind == b"inlineStr" else VALUE
        begin = rb'<c r="%b\1"%b' % (self.letters, style)
        return rb"(?:%b(?:%b ?/>|%b%b>%b</c>))?+" % (begin, MORE, kind, MORE, content)


class RowShape:
    """Of some columns, from left to right."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = looks
        cells = b"".join(look.pattern() for look in looks)
        self._pattern = re.compile(_ROW + cells + rb"</row>\s*+")

    def read(self, rows: bytes) -> tuple[list[int], list[list[bytes]]] | None:
        """The rows' numbers, and for each column what its cells hold; None where one row, or what
        stands between them, is of another shape.
        """
        parts: list[Any] = self._pattern.split(rows)
        step = len(self.looks) + 2
        if any(parts[::step]):
            return None
        numbers = list(map(int, parts[1::step]))
        columns = [parts[place::step] for place in range(2, step)]
        return numbers, [
            [content or b"" for content in column] if None in column else column
            for column in columns
        ]


def row_shape(
    letters: Sequence[bytes],
    kinds: Sequence[bytes | None],
    styles: Sequence[bytes | None],
    numbers: Sequence[int],
) -> RowShape | None:
    """Of these cells, if those of each column are written alike; `numbers` are their columns'."""
    found = dict(zip(zip(letters, kinds, styles, strict=True), numbers, strict=True))
    looks = {
        Look(letters, kind, style if kind in NUMBERS else None): number
        for (letters, kind, style), number in found.items()
    }
    if len(looks) > min(len(set(looks.values())), _MOST_COLUMNS):
        return None
    return RowShape(sorted(looks, key=looks.__getitem__))

"""How far the cells of a worksheet reach, as calamine will place them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import IO
from xml.parsers import expat

_PLACE = re.compile(r"([A-Za-z]*)(\d*)")
_PREFIXED = re.compile(rb":(?:c|row)[\s/>]")
_LONGEST_TAG = 1 << 18


def _outside(columns: bytes, rows: bytes) -> re.Pattern[bytes]:
    """Finds a cell or row not in there, or not written as programs write it: `<c r="B7"`."""
    return re.compile(
        rb"""<(?:c(?! r="%b(?:%b)")|row(?! r="(?:%b)"))[\s/>]""" % (columns, rows, rows)
    )


RECTANGLES = (
    _outside(rb"[A-Z]", rb"\d{1,6}|10[0-4]\d{4}"),
    _outside(rb"[A-C]?[A-Z]", rb"\d{1,5}|[1-3]\d{5}"),
    _outside(rb"[A-Z]{1,2}", rb"\d{1,4}|[1-6]\d{4}"),
)
"""Each of fewer than 50 million cells: to Z1049999, CZ399999, ZZ69999."""


def within(worksheet: Iterable[bytes], outside: re.Pattern[bytes]) -> bool:
    """Whether all of its cells are surely in a rectangle; ends early where one may not be."""
    tail = b""
    for piece in chain(worksheet, [b"<"]):  # the last "<" ends what stands before it
        text = tail + piece
        end = max(text.rfind(b"<"), 0)
        tail = text[end:]
        if len(tail) > _LONGEST_TAG or outside.search(text, 0, end):
            return False
        if _PREFIXED.search(text, 0, end):
            return False
    return True


class Extent:
    """Counts from 1: `rows` and `columns` are those of the cells farthest down and right.

    A cell that does not say where it stands follows the one before it, and so does a row.
    """

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row, self._column = 1, 0

    def read(self, worksheet: IO[bytes]) -> None:
        """Reads its XML. Raises ExpatError if it is none, or has a document type: so could cells
        say something else to others than they say here.
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse
        parser.ParseFile(worksheet)

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name.rpartition(":")[2] == "c":
            self._place(attributes.get("r", ""))
            self._column += 1
            self.rows = max(self.rows, self._row)
            self.columns = max(self.columns, self._column)
        elif name.rpartition(":")[2] == "row":
            self._place(attributes.get("r", ""))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "row":
            self._row, self._column = self._row + 1, 0

    def _place(self, text: str) -> None:
        letters, digits = _PLACE.match(text).groups()  # type: ignore[union-attr]
        if digits:
            self._row = int(digits)
        if letters:
            self._column = column_number(letters) - 1


def column_number(letters: str) -> int:
    """ "A" is 1, "AA" is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _refuse(*_: object) -> None:
    raise expat.ExpatError("it has a document type")

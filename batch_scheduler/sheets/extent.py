"""How far the cells of a worksheet reach, as calamine will place them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

_PLACE = re.compile(r"([A-Za-z]*)(\d*)")


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

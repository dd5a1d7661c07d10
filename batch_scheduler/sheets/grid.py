"""The cells of a worksheet that are not empty, and what is said of them beside their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets.allowance import MarkupError
from batch_scheduler.sheets.table import MOST_CELLS, MOST_COLUMNS, Likeness, Table, TooLarge

LAST_ROW = 1_048_576
"""That spreadsheet programs know."""

_MOST_COLUMNS = 1_000
_CHUNK = 256


class Merged(NamedTuple):
    """One cell made of several; its text is that of the upper left one. Counts from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """Grows from left to right and from top to bottom. Rows and columns count from 1.

    `numbers` has the number of each row of `table`, `places` each column's place there: rows and
    columns that are empty take no room, however many there are. `hidden` and `hidden_columns` hold
    first and last ones; `valueless` the (row, column) of formulas that nobody has calculated:
    their text is the formula.
    """

    path: str
    most_rows: int | None = None
    table: Table = field(default_factory=Table)
    numbers: list[int] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    valueless: list[tuple[int, int]] = field(default_factory=list)
    _rows: list[list[str]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it has as many rows as were wanted."""
        return self.most_rows is not None and len(self.numbers) > self.most_rows

    def extend(self, rows: Sequence[int], columns: Sequence[int], texts: Sequence[str]) -> None:
        """Cells one after the other.

        Raises MarkupError for a row that comes after one below it, and for a cell that is there
        twice; UsageError for too many of them.
        """
        places, numbers = self.places, self.numbers
        last = numbers[-1] if numbers else 0
        row = self._rows[-1] if self._rows else None
        for number, column, text in zip(rows, columns, texts, strict=True):
            if not text or text.isspace():
                continue
            if row is None or number != last:
                if number <= last:
                    raise _disordered(number, last)
                row = [""] * len(places)
                self._begin(number, row)
                last = number
            place = places.get(column)
            if place is None:
                place = self._new_place(column, number)
            if place >= len(row):
                row += [""] * (place + 1 - len(row))
            if row[place]:
                raise _disordered(number, last)
            row[place] = text

    def extend_rows(
        self, rows: Sequence[int], columns: Sequence[int], texts: Sequence[str]
    ) -> None:
        """The same for all the cells of some rows, which can be much quicker."""
        if not self._extend_whole(rows, columns, texts):
            self.extend(rows, columns, texts)

    def _extend_whole(
        self, rows: Sequence[int], columns: Sequence[int], texts: Sequence[str]
    ) -> bool:
        """Rows that have a text in each column, which is usual, in a fifth of the time."""
        width = len(self.places)
        firsts = rows[::width] if width else rows
        if not width or [*self.places] * len(firsts) != columns or not all(texts):
            return False
        if any(rows[place::width] != firsts for place in range(1, width)):
            return False
        cells = [texts[place::width] for place in range(width)]
        return self.extend_columns(firsts, [*self.places], cells)

    def extend_columns(
        self, rows: Sequence[int], columns: Sequence[int], cells: Sequence[Sequence[str]]
    ) -> bool:
        """The same for rows of which each column's texts are given; False where one of them may
        have no text at all, or is not below the one before it: then nothing was done.
        """
        if not any(all(map(str.strip, texts)) for texts in cells):
            return False
        last = self.numbers[-1] if self.numbers else 0
        if rows[0] <= last or rows[-1] > LAST_ROW or [*sorted(set(rows))] != rows:
            return False
        for column, texts in zip(columns, cells, strict=True):
            if column not in self.places and any(map(str.strip, texts)):
                self._new_place(column, rows[0])
        self.flush()
        self.numbers += rows
        given = dict(zip(columns, cells, strict=True))
        nothing = [""] * len(rows)
        with self._bounded():
            self.table.extend_columns([given.get(one, nothing) for one in self.places], len(rows))
        return True

    def _new_place(self, column: int, row: int) -> int:
        if column > MOST_COLUMNS:
            raise self._too_large(column, row)
        place = self.places[column] = len(self.places)
        return place

    def _begin(self, number: int, row: list[str]) -> None:
        if len(self._rows) >= _CHUNK:
            self.flush()
        self._rows.append(row)
        self.numbers.append(number)

    def flush(self) -> None:
        """Nothing can be added to the last row any more."""
        with self._bounded():
            self.table.extend(self._rows)
        self._rows.clear()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        try:
            yield
        except TooLarge:
            raise self._too_large(max(self.places), self.numbers[-1]) from None

    def _too_large(self, column: int, row: int) -> UsageError:
        return UsageError(
            f"{self.path}: a worksheet reaches to column {column_letters(column)}, in row {row:,}: "
            "too far for a table of posts.",
            "Delete the stray cells far right of the table, or save it as CSV UTF-8.",
        )

    def clear_up(self) -> None:
        """All rows are there: put the columns in their order, also those that are empty."""
        self.flush()
        first, last = min(self.places, default=1), max(self.places, default=0)
        wide = last + 1 - first
        if wide > _MOST_COLUMNS or wide * len(self.numbers) > MOST_CELLS:
            farthest = self.table.columns[self.places[last]]
            row = next(row for at, row in enumerate(self.numbers) if farthest.text(at))
            raise self._too_large(last, row)
        blank = Table()
        blank.extend_columns([[""] * len(self.numbers)], len(self.numbers))
        places = (self.places.get(column) for column in range(first, last + 1))
        self.table.columns = [
            blank.columns[0] if place is None else self.table.columns[place] for place in places
        ]
        self.places = {column: column - first for column in range(first, last + 1)}

    def sheet(self, name: str, likeness: Likeness) -> Sheet:
        """With the numbers that the spreadsheet program shows. Takes the texts out of the grid."""
        sheet = self.table.sheet(self.path, name, min(self.places, default=1), likeness)
        numbers = np.array([0, *self.numbers], dtype=np.int64)
        for frame in (sheet.frame, sheet.above):
            if frame is not None:
                frame.index = pd.Index(numbers[frame.index.to_numpy()], name="row")
        return replace(sheet, header_row=int(numbers[min(sheet.header_row, len(self.numbers))]))


def _disordered(number: int, last: int) -> MarkupError:
    what = f"comes after row {last}" if number < last else "is there twice"
    return MarkupError(f"row {number} {what}")


def column_letters(number: int) -> str:
    """1 is "A", 27 is "AA"."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters


@lru_cache(1 << 14)
def column_number(letters: str) -> int:
    """ "A" is 1, "AA" is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number

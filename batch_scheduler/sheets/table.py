"""Columns of texts under a header: what every kind of file is read into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
import pandas as pd

from batch_scheduler.model import Sheet
from batch_scheduler.sheets.column import Column

_CHUNK = 256
"""Rows that are turned into columns at a time: so few that they stay in the processor's cache."""

MOST_COLUMNS = 16_384
MOST_CELLS = 50_000_000
_MOST_ROWS = 5_000_000
TOP = 30
"""Rows that are not empty, from the top, among which the header is looked for."""

_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))

Cleaner = Callable[[Sequence[str]], Sequence[str]]
Likeness = Callable[[Sequence[str]], int]
"""How many of the columns that a sheet must have a row names; 0: it is surely no header."""


def any_row(_: Sequence[str]) -> int:
    """The first row that is not empty is as good a header as any."""
    return 1


class TooLarge(Exception):
    """The table would not fit into the memory. `row`: where it gets too large, from 1."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


class Table:
    """Grows by rows of equal or unequal length, one spreadsheet row after another.

    `clean` is given some cells of a column at a time.
    """

    def __init__(self, clean: Cleaner | None = None) -> None:
        self.clean = clean
        self.columns: list[Column] = []
        self.height = 0

    def extend(self, rows: Sequence[Sequence[str]]) -> None:
        widths = set(map(len, rows))
        widest = max(widths, default=0)
        if widest > MOST_COLUMNS:
            place = next(place for place, row in enumerate(rows, 1) if len(row) > MOST_COLUMNS)
            message = f"there are more cells beside each other than {MOST_COLUMNS:,}"
            raise TooLarge(f"{message}, which is all that a spreadsheet has", self.height + place)
        width = max(widest, len(self.columns))
        if widths - {width}:
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        self.extend_columns([*zip(*rows, strict=True)], len(rows))

    def extend_columns(self, columns: Sequence[Sequence[str]], height: int) -> None:
        """The cells of so many rows, of each column by itself; of all that are there already."""
        self._guard(len(columns), self.height + height)
        while len(self.columns) < len(columns):
            self.columns.append(Column(self.height))
        self.height += height
        for column, cells in zip(self.columns, columns, strict=False):
            column.extend(self.clean(cells) if self.clean else cells)

    def _guard(self, widest: int, height: int) -> None:
        """Raises TooLarge."""
        if height > _MOST_ROWS:
            raise TooLarge(f"there are more than {_MOST_ROWS:,} rows", height)
        width = max(widest, len(self.columns))
        if width * height > MOST_CELLS:
            raise TooLarge(f"{width:,} columns down to here are too many cells", height)

    def sheet(
        self,
        path: str,
        name: str | None,
        first_column: int = 1,
        likeness: Likeness = any_row,
    ) -> Sheet:
        """The header is the row most like one near the top; empty rows are left out."""
        while self.columns and self.columns[-1].is_blank:  # what delimiters at the ends leave
            self.columns.pop()
        for column in self.columns:  # one at a time, so that the memory of each serves the next
            column.close()
        rows = np.flatnonzero(~self._blank())
        top = [[column.text(row) for column in self.columns] for row in rows[:TOP]]
        place = header_place(top, likeness)
        header_row = rows[place] if len(rows) else 0
        header = tuple(map(_name, top[place])) if top else ()
        return Sheet(
            path=path,
            name=name,
            header=header,
            frame=self._frame(rows[place + 1 :]),
            header_row=int(header_row) + 1,
            first_column=first_column,
            above=self._frame(rows[:place]) if place else None,
        )

    def _blank(self) -> np.ndarray:
        """Which rows hold nothing but white space; looks on only where all before was blank."""
        left = np.arange(self.height)
        for column in self.columns:
            left = left[column.blank(left)]
        blank = np.zeros(self.height, dtype=bool)
        blank[left] = True
        return blank

    def _frame(self, rows: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(
            {number: column.taken(rows) for number, column in enumerate(self.columns)},
            index=pd.Index(rows + 1, dtype="int64", name="row"),
            columns=range(len(self.columns)),
            copy=False,
        )


def header_place(rows: Sequence[Sequence[str]], likeness: Likeness) -> int:
    """The place of the row that is most like a header, the first of several; else 0.

    One name alone can stand anywhere: it takes two for the rows above to be no data.
    """
    likenesses = [likeness(row) for row in rows]
    best = max(likenesses, default=0)
    return likenesses.index(best) if best > 1 else 0


def read_rows(table: Table, rows: Iterable[Sequence[str]]) -> Table:
    """Move rows into the table by chunks. What came before an error is in `table.height`."""
    rows = iter(rows)
    while True:
        chunk: list[Sequence[str]] = []
        try:
            chunk.extend(islice(rows, _CHUNK))
        finally:
            # An iterator that fails half way leaves what it gave before: so the row is known.
            table.extend(chunk)
        if not chunk:
            return table


def _name(text: str) -> str:
    """What a header cell says, without white space around it and what can't be seen at all."""
    return text.translate(_UNSEEN).strip()

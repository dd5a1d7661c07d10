"""Columns of texts under a header: what every kind of file is read into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
import pandas as pd

from batch_scheduler.model import Sheet

_CHUNK = 256
"""Rows that are turned into columns at a time: so few that they stay in the processor's cache."""
_SAMPLE = 2_048
"""Different texts that a column must show before it is judged not worth sharing."""

Cleaner = Callable[[str], str]


class _Column(dict[str, str]):
    """One column's cells. Equal texts are kept once, and each different text is cleaned once.

    As a dict it maps a text as written to the text that is kept.
    """

    def __init__(self, clean: Cleaner, blanks: int) -> None:
        self.clean = clean
        self.texts = [""] * blanks
        self.mostly_different = False

    def __missing__(self, text: str) -> str:
        kept = self[text] = self.clean(text)
        return kept

    def extend(self, cells: Sequence[str]) -> None:
        if self.mostly_different:
            self.texts.extend(map(self.clean, cells))
            return
        self.texts.extend(map(self.__getitem__, cells))
        if len(self) > _SAMPLE and len(self) > len(self.texts) // 2:
            # Nothing to share: the memory would only hold the table of texts itself.
            self.mostly_different = True
            self.clear()


class Table:
    """Grows by rows of equal or unequal length, one spreadsheet row after another."""

    def __init__(self, clean: Cleaner = str) -> None:
        self.clean = clean
        self.columns: list[_Column] = []
        self.height = 0

    def extend(self, rows: Sequence[Sequence[str]]) -> None:
        width = max(map(len, rows), default=0)
        while len(self.columns) < width:
            self.columns.append(_Column(self.clean, self.height))
        self.height += len(rows)
        width = len(self.columns)
        if any(len(row) != width for row in rows):
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=False):
            column.extend(cells)

    def sheet(self, path: str, name: str | None) -> Sheet:
        """The first row that is not empty is the header; empty rows are left out."""
        cells = [np.array(column.texts, dtype=object) for column in self.columns]
        self.columns = []
        rows = np.flatnonzero(~_blank(cells, self.height))
        first, rows = (rows[0], rows[1:]) if len(rows) else (0, rows)
        header = tuple(column[first].strip() for column in cells) if self.height else ()
        frame = pd.DataFrame(
            {number: _take(column, rows) for number, column in enumerate(cells)},
            index=pd.Index(rows + 1, dtype="int64", name="row"),
            columns=range(len(cells)),
            dtype="str",
        )
        return Sheet(path=path, name=name, header=header, frame=frame)


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


def _blank(cells: list[np.ndarray], height: int) -> np.ndarray:
    """Which rows hold nothing but white space; looks on only where all before was blank."""
    left = np.arange(height)
    for column in cells:
        left = left[[not text or text.isspace() for text in column[left]]]
    blank = np.zeros(height, dtype=bool)
    blank[left] = True
    return blank


def _take(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The column's rows, without a copy where they are all but its first ones."""
    start = len(column) - len(rows)
    if len(rows) and rows[0] == start:
        return column[start:]
    return np.take(column, rows)

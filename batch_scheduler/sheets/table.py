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

Cleaner = Callable[[Sequence[str]], Sequence[str]]


class _Column(dict[str, str]):
    """One column's cells. Equal texts are kept once: as a dict it maps a text to that one."""

    def __init__(self, blanks: int) -> None:
        self.texts = [""] * blanks
        self.mostly_different = False

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text

    def extend(self, cells: Sequence[str]) -> None:
        if self.mostly_different:
            self.texts.extend(cells)
            return
        self.texts.extend(map(self.__getitem__, cells))
        if len(self) > _SAMPLE and len(self) > len(self.texts) // 2:
            # Nothing to share: the memory would only hold the table of texts itself.
            self.mostly_different = True
            self.clear()


class Table:
    """Grows by rows of equal or unequal length, one spreadsheet row after another.

    `clean` is given some cells of a column at a time.
    """

    def __init__(self, clean: Cleaner | None = None) -> None:
        self.clean = clean
        self.columns: list[_Column] = []
        self.height = 0

    def extend(self, rows: Sequence[Sequence[str]]) -> None:
        widths = set(map(len, rows))
        while len(self.columns) < max(widths, default=0):
            self.columns.append(_Column(self.height))
        self.height += len(rows)
        width = len(self.columns)
        if widths - {width}:
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=False):
            column.extend(self.clean(cells) if self.clean else cells)

    def sheet(self, path: str, name: str | None, first_column: int = 1) -> Sheet:
        """The first row that is not empty is the header; empty rows are left out."""
        cells: list[np.ndarray] = []
        while self.columns:  # one at a time, so that the memory of each serves the next
            texts = self.columns.pop(0).texts
            cells.append(np.fromiter(texts, dtype=object, count=len(texts)))
        rows = np.flatnonzero(~_blank(cells, self.height))
        first, rows = (rows[0], rows[1:]) if len(rows) else (0, rows)
        header = tuple(column[first].strip() for column in cells) if self.height else ()
        frame = pd.DataFrame(
            {number: _take(column, rows) for number, column in enumerate(cells)},
            index=pd.Index(rows + 1, dtype="int64", name="row"),
            columns=range(len(cells)),
            dtype="str",
        )
        return Sheet(
            path=path,
            name=name,
            header=header,
            frame=frame,
            header_row=int(first) + 1,
            first_column=first_column,
        )


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
        texts = column[left].tolist()
        filled = all(map(str.strip, texts))
        left = left[:0] if filled else left[[not text.strip() for text in texts]]
    blank = np.zeros(height, dtype=bool)
    blank[left] = True
    return blank


def _take(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The column's rows, without a copy where they are all but its first ones."""
    start = len(column) - len(rows)
    if len(rows) and rows[0] == start:
        return column[start:]
    return np.take(column, rows)

"""The worksheets of a workbook, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from batch_scheduler.sheets.grid import Grid


class Worksheet(NamedTuple):
    """`place`: where its workbook has it."""

    name: str
    hidden: bool
    place: str


class Book(Protocol):
    """A workbook that is open."""

    @property
    def worksheets(self) -> Sequence[Worksheet]:
        """In the order of their tabs."""
        ...

    def read(self, worksheet: Worksheet, most_rows: int | None = None) -> Grid:
        """All of its rows, or some more than so many that are not empty."""
        ...

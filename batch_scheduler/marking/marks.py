"""Problems and the cells that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch_scheduler.model import Issue, Sheet


@dataclass(frozen=True, slots=True)
class Mark:
    """One problem at its cell. `row` and `column` count from 1 as the program shows them.

    `heading` is the text above the cell, or that the problem names; `value` what the cell says.
    """

    row: int
    column: int
    severity: str
    code: str
    heading: str
    value: str
    message: str
    hint: str

    @property
    def text(self) -> str:
        """As a comment says it."""
        said = f"{self.severity.capitalize()}: {self.message}"
        return f"{said}\n{self.hint}" if self.hint else said


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be copied where, and what is to be marked in which worksheet."""

    original: str
    draft: str
    worksheet: str
    header: tuple[str, ...]
    header_row: int
    first_column: int
    marks: Sequence[Mark]


def marks_of(
    issues: Iterable[Issue], sheet: Sheet, headings: Sequence[str] | None = None
) -> list[Mark]:
    """What concerns a whole row stands at the row's first cell, a whole sheet's at its header's.

    `headings`: by which the issues name the columns, if not by the header.
    """
    places = _Places(sheet, headings or sheet.header)
    return [
        Mark(
            issue.row or max(1, sheet.header_row),
            sheet.first_column + places.of(issue),
            str(issue.severity),
            issue.code,
            issue.column or "",
            issue.value or "",
            issue.message,
            issue.hint,
        )
        for issue in dict.fromkeys(issues)
    ]


class _Places:
    """Where the columns of one sheet stand, from 0."""

    def __init__(self, sheet: Sheet, headings: Sequence[str]) -> None:
        named = [(text, place) for place, text in enumerate(headings) if text]
        self._sheet = sheet
        self._first, self._last = dict(reversed(named)), dict(named)
        self._row_begins = named[0][1] if named else 0
        self._unnamed = [place for place, text in enumerate(headings) if not text]

    def of(self, issue: Issue) -> int:
        """Of columns of one name the first is read, and the last is the one too many."""
        if issue.column == "":
            return next(self._saying(issue), self._row_begins)
        columns = self._first if issue.row else self._last
        return columns.get(issue.column or "", self._row_begins)

    def _saying(self, issue: Issue) -> Iterator[int]:
        """Columns without a name that hold the issue's value, which may be shortened."""
        value = issue.value or ""
        for place in self._unnamed if issue.row in self._sheet.frame.index else ():
            text = str(self._sheet.frame.at[issue.row, place])
            if text == value or (value.endswith("…") and text.startswith(value[:-1])):
                yield place


def counted(marks: Sequence[Mark]) -> str:
    """ "2 errors and 1 warning"."""
    errors = sum(mark.severity == "error" for mark in marks)
    numbers = (("error", errors), ("warning", len(marks) - errors))
    said = [f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in numbers if n]
    return " and ".join(said)

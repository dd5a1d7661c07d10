"""What can be wrong with a text, wherever it stands; and the issues that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from batch_scheduler.model import Issue, Severity, Sheet
from batch_scheduler.planning.characters import oddities, tidy
from batch_scheduler.planning.distinct import Distinct, distinct

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """`hint` says what to write instead. It takes a place (sheet, row, column) to be an Issue."""

    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Noted(Generic[T_co]):
    """What was understood, with a warning that says how: told once for a column, not by cell."""

    value: T_co
    note: Problem


@dataclass(slots=True)
class Findings:
    """The issues of one sheet, and which of its rows have errors. Rows go by position, from 0."""

    sheet: Sheet
    issues: list[Issue] = field(default_factory=list)
    bad: np.ndarray = field(init=False)
    _numbers: np.ndarray = field(init=False)
    _told: set[tuple[int, str]] = field(init=False)
    _texts: dict[int, Distinct[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What reading has said of a cell is not said again in other words."""
        self._numbers = self.sheet.frame.index.to_numpy()
        said = [one for one in self.sheet.issues if one.severity is Severity.ERROR]
        self._told = {(one.row, one.column) for one in said if one.row and one.column}
        self.bad = self.sheet.frame.index.isin([one.row for one in said if one.row])
        self.bad |= any(one.row is None for one in said)
        self.issues.extend(self.sheet.issues)

    def texts(self, column: int) -> Distinct[str]:
        """What the column's cells say."""
        if column not in self._texts:
            self._texts[column] = distinct(self.sheet.frame[column])
        return self._texts[column]

    def at_sheet(self, problem: Problem, column: str | None = None) -> None:
        """An error here spoils every row: what was meant for them is not understood."""
        self.issues.append(self._issue(problem, None, column, None))
        if problem.severity is Severity.ERROR:
            self.bad[:] = True

    def at_row(self, row: int, problem: Problem) -> None:
        self._add(row, problem, None, None)

    def above_header(self, number: int, column: int, text: str, problem: Problem) -> None:
        """Report a cell of a row that is not in the frame."""
        header = self.sheet.header[column]
        self.issues.append(self._issue(problem, number, header, shortened(text)))

    def at_row_number(self, number: int, problem: Problem) -> None:
        self.at_row(int(self.sheet.frame.index.get_indexer(pd.Index([number]))[0]), problem)

    def at_cells(
        self, column: int, codes: np.ndarray, outcomes: Sequence[Problem | object]
    ) -> None:
        """Report a column that was parsed by distinct text: `outcomes` run by code."""
        wrong = [code for code, what in enumerate(outcomes) if isinstance(what, Problem)]
        if not wrong:
            return
        texts = self.sheet.frame[column].to_numpy(dtype=object)
        for row in np.flatnonzero(np.isin(codes, wrong)).tolist():
            problem = outcomes[codes[row]]
            assert isinstance(problem, Problem)
            self._add(row, problem, self.sheet.header[column], shortened(texts[row]))

    def accept(
        self, column: int, codes: np.ndarray, outcomes: Sequence[T | Noted[T] | Problem]
    ) -> Sequence[T | Problem]:
        """As `at_cells`; beside it each kind of note is told once, at the first row that has it.

        Gives the values without their notes.
        """
        self.at_cells(column, codes, outcomes)
        kinds: dict[str, list[int]] = {}
        for code, what in enumerate(outcomes):
            if isinstance(what, Noted):
                kinds.setdefault(what.note.code, []).append(code)
        for noted in kinds.values():
            rows = np.isin(codes, noted)
            first = outcomes[codes[int(rows.argmax())]]
            assert isinstance(first, Noted)
            more, note = int(rows.sum()) - 1, first.note
            if more:
                note = replace(note, message=f"{note.message} The same in {more:,} rows more.")
            self.at_first(column, rows, note)
        if not kinds:
            return outcomes  # type: ignore[return-value]  # there is no Noted among them
        return [settled(what) for what in outcomes]

    def at_first(self, column: int, rows: np.ndarray, problem: Problem) -> None:
        """Report only the first cell of the column where the mask `rows` is set."""
        first = int(rows.argmax())
        text = shortened(str(self.sheet.frame[column].iat[first]))
        self._add(first, problem, self.sheet.header[column], text)

    def at_rows(self, column: int, rows: np.ndarray, problem: Problem) -> None:
        """Report the cells of one column where the mask `rows` is set."""
        self.at_cells(column, rows.astype(np.int64), [None, problem])

    def only(self, column: int, rows: np.ndarray, problem: Problem) -> None:
        """Report them, and that nothing else is to be said of these cells."""
        self.at_rows(column, rows, problem)
        self.silence(column, rows)

    def silence(self, column: int, rows: np.ndarray) -> None:
        """Nothing more is said of the cells of one column where the mask `rows` is set."""
        numbers = self.sheet.frame.index[rows].tolist()
        self._told |= {(number, self.sheet.header[column]) for number in numbers}

    def told(self, column: int) -> np.ndarray:
        """A mask of the rows where nothing else is to be said of the cell, as it is no value."""
        rows = [row for row, header in self._told if header == self.sheet.header[column]]
        mask: np.ndarray = self.sheet.frame.index.isin(rows)
        return mask

    def _add(self, row: int, problem: Problem, column: str | None, value: str | None) -> None:
        number = int(self._numbers[row])
        if column is not None and (number, column) in self._told:
            return
        self.issues.append(self._issue(problem, number, column, value))
        if problem.severity is Severity.ERROR:
            self.bad[row] = True

    def _issue(
        self, problem: Problem, row: int | None, column: str | None, value: str | None
    ) -> Issue:
        return Issue(
            problem.severity,
            problem.code,
            self.sheet.path,
            problem.message,
            problem.hint,
            self.sheet.name,
            row,
            column and shortened(column),
            value,
        )

    def ordered(self) -> list[Issue]:
        """By row, then by column as they stand in the sheet; the whole sheet's first."""
        places = {text: place for place, text in reversed(list(enumerate(self.sheet.header)))}
        return sorted(
            self.issues, key=lambda issue: (issue.row or 0, places.get(issue.column or "", -1))
        )


def as_tidied(value: T, text: str) -> T | Noted[T]:
    """With a note, if the text was understood only without what does not belong there."""
    return value if tidy(text) == text.strip(" \t\r\n") else Noted(value, mended_characters(text))


def mended_characters(text: str) -> Problem:
    """For a text that is understood without its invisible or look-alike characters."""
    return Problem(
        "mended-characters",
        f'It is read as "{shortened(tidy(text), 50)}", without what programs put in: '
        f"{oddities(text)}.",
        "Nothing, if that is right.",
        Severity.WARNING,
    )


def settled(outcome: T | Noted[T] | Problem) -> T | Problem:
    """Without its note."""
    return outcome.value if isinstance(outcome, Noted) else outcome


def shortened(text: str, most: int = _MOST_SHOWN) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(texts: Iterable[str], most: int = 5) -> str:
    """ "a, b, c and 4 more"."""
    known = list(texts)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more

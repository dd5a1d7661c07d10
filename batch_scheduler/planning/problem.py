"""What can be wrong with a text, wherever it stands; and the issues that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from batch_scheduler.model import Issue, Severity, Sheet

_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """`hint` says what to write instead. It takes a place (sheet, row, column) to be an Issue."""

    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


@dataclass(slots=True)
class Findings:
    """The issues of one sheet, and which of its rows have errors. Rows go by position, from 0."""

    sheet: Sheet
    issues: list[Issue] = field(default_factory=list)
    bad: np.ndarray = field(init=False)
    _told: set[tuple[int, str]] = field(init=False)

    def __post_init__(self) -> None:
        """What reading has said of a cell is not said again in other words."""
        said = (one for one in self.sheet.issues if one.severity is Severity.ERROR)
        self._told = {(one.row, one.column) for one in said if one.row and one.column}
        self.bad = np.zeros(len(self.sheet.frame), dtype=bool)
        for issue in self.sheet.issues:
            self.issues.append(issue)
            if issue.severity is Severity.ERROR:
                self.bad |= (self.sheet.frame.index == issue.row) | (issue.row is None)

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

    def at_rows(self, column: int, rows: np.ndarray, problem: Problem) -> None:
        """Report the cells of one column where the mask `rows` is set."""
        self.at_cells(column, rows.astype(np.int64), [None, problem])

    def _add(self, row: int, problem: Problem, column: str | None, value: str | None) -> None:
        number = int(self.sheet.frame.index[row])
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


def shortened(text: str, most: int = _MOST_SHOWN) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(texts: Iterable[str], most: int = 5) -> str:
    """ "a, b, c and 4 more"."""
    known = list(texts)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more

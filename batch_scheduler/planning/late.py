"""What is found out about rows when their sheet has been read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from batch_scheduler.model import Issue, Severity, key_of, utc_text
from batch_scheduler.planning.problem import Problem
from batch_scheduler.planning.wishes import Source


@dataclass(frozen=True, slots=True)
class _Named:
    path: str
    name: str | None


@dataclass(slots=True)
class Late:
    """Collects it for one sheet; `bad` are the numbers of rows with errors."""

    source: Source
    issues: list[Issue] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)

    @property
    def sheet(self) -> _Named:
        return _Named(self.source.path, self.source.sheet)

    def at_row_number(self, number: int, problem: Problem) -> None:
        if problem.severity is Severity.ERROR:
            self.bad.add(number)
        self.add(problem, number)

    def add(
        self,
        problem: Problem,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """`row` None: it is about the whole sheet."""
        said = (problem.severity, problem.code, self.source.path, problem.message, problem.hint)
        self.issues.append(Issue(*said, self.source.sheet, row, column, value))

    def told(self, refused: pd.DataFrame | None = None) -> Source:
        """The source with all that. `refused`: lines of its rows, as they would be in a sheet."""
        if not self.issues and refused is None:
            return self.source
        issues = sorted([*self.source.issues, *self.issues], key=lambda one: one.row or 0)
        raw = self.source.raw
        if refused is not None and len(refused):
            raw = pd.concat([raw, _as_rows(refused)]).sort_index()
        return replace(self.source, raw=raw, issues=tuple(issues))


def told(late: Sequence[Late]) -> list[Source]:
    return [one.told() for one in late]


def all_issues(sources: Iterable[Source]) -> list[Issue]:
    return [issue for source in sources for issue in source.issues]


def _as_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """The rows as a sheet would have them, with just the accounts that are refused."""
    rows = lines.groupby("row")
    return pd.DataFrame(
        {
            "team_id": rows["team"].first(),
            "post_id": rows["post"].first().map(lambda post: "" if key_of(post) else post),
            "social_account_id": rows["account"].agg(", ".join),
            "scheduled_at": rows["instant"].first().map(utc_text),
            "timezone": rows["zone"].first(),
        },
        dtype="str",
    )

"""Which accounts each row is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from batch_scheduler.model import Severity, utc_text
from batch_scheduler.planning.cells import read_cells
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.columns import Columns, missing
from batch_scheduler.planning.defaults import Defaults
from batch_scheduler.planning.distinct import Distinct, combined, each
from batch_scheduler.planning.ids import parse_ids
from batch_scheduler.planning.meanings import NAMES_OF_ACCOUNTS
from batch_scheduler.planning.naming import Cells, Ids, named
from batch_scheduler.planning.networks import NETWORKS
from batch_scheduler.planning.problem import Findings, Noted, Problem

IDS = "social_account_ids"
_LISTS = ("social_accounts", "account")


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """`ids`: by row. `unlisted`: teams whose accounts it takes to know whom some rows name."""

    ids: Distinct[Ids | Problem]
    unlisted: frozenset[str] = frozenset()


def read_accounts(
    findings: Findings, columns: Columns, teams: Distinct[str | Problem], defaults: Defaults
) -> Accounts:
    """By ids where nothing else is there; else each combination of cells is looked at once."""
    others = [name for name in NAMES_OF_ACCOUNTS if name in columns.known]
    if others or defaults.accounts:
        return _Reading(findings, columns, teams, defaults, others).accounts()
    if IDS not in columns.known and not columns.headless:
        findings.at_sheet(missing(IDS, findings.sheet.header))
    return Accounts(read_cells(findings, columns, IDS, each(parse_ids)))


def raw_accounts(rows: pd.DataFrame, columns: Columns) -> pd.Series[str] | str:
    """What results say of the accounts of rows that are invalid, beside the sheet's own columns.

    In a results sheet a cell of ids counts alone, so names that stand beside ids go there, too.
    """
    if IDS not in columns.known:
        return ""
    ids = rows[columns.known[IDS]]
    for name in _LISTS:
        if name in columns.known:
            more = rows[columns.known[name]]
            both = (ids.str.strip() != "") & (more.str.strip() != "")
            ids = ids.where(~both, ids + ", " + more)
    return ids


@dataclass(slots=True)
class _Told:
    """What is to be reported. Rows go by the code of their combination of cells."""

    cells: dict[str, dict[int, Problem]] = field(default_factory=dict)
    given: dict[str, Problem] = field(default_factory=dict)
    unlisted: dict[int, str] = field(default_factory=dict)
    looked: list[float] = field(default_factory=list)


class _Reading:
    """One sheet's rows, in which accounts can have names."""

    def __init__(
        self,
        findings: Findings,
        columns: Columns,
        teams: Distinct[str | Problem],
        defaults: Defaults,
        others: Sequence[str],
    ) -> None:
        self._findings = findings
        self._columns = columns
        self._defaults = defaults
        self._teams = teams
        self._of_results = columns.status is not None
        self._ids: Distinct[Any] = read_cells(findings, columns, IDS, each(self._read_ids))
        self._texts = {name: findings.texts(columns.known[name]) for name in others}
        self._told = _Told()

    def accounts(self) -> Accounts:
        codes = [texts.codes for texts in self._texts.values()]
        combination = combined(self._teams.codes, self._ids.codes, *codes)
        firsts = np.flatnonzero(~pd.Series(combination).duplicated().to_numpy()).tolist()
        values = [self._of_row(code, row) for code, row in enumerate(firsts)]
        self._report(combination, len(values))
        unlisted = frozenset(self._told.unlisted.values())
        return Accounts(Distinct(combination, values), unlisted)

    def _read_ids(self, text: str) -> Ids | Noted[Ids] | Problem | str:
        """What a run wrote of a row that it could not read is read as names."""
        if not plain(text).strip():
            return ()
        read = parse_ids(text)
        return text if self._of_results and isinstance(read, Problem) else read

    def _of_row(self, code: int, row: int) -> Ids | Problem:
        team, ids = self._teams.at(row), self._ids.at(row)
        if isinstance(team, Problem) or isinstance(ids, Problem):
            return team if isinstance(team, Problem) else ids  # reported already
        directory = self._defaults.directories.get(team)
        naming = named(self._cells(row, ids), self._defaults.accounts, directory)
        if naming is None:
            return self._missing(code)
        if naming.unlisted and directory is None:
            self._told.unlisted[code] = team
        elif naming.unlisted and directory and directory.as_of is not None:
            self._told.looked.append(directory.as_of)
        for column, problem in naming.problems.items():
            if column:
                self._told.cells.setdefault(column, {})[code] = problem
            else:
                self._told.given[problem.message] = problem
        return next(iter(naming.problems.values()), naming.ids)

    def _cells(self, row: int, ids: Ids | str) -> Cells:
        """In a results sheet a cell of ids counts alone: the names beside it are as they were."""
        if isinstance(ids, str):
            return Cells(names={IDS: ids})
        if ids and self._of_results:
            return Cells(ids)
        texts = {name: cells.at(row) for name, cells in self._texts.items()}
        said = {name: text for name, text in texts.items() if plain(text).strip()}
        return Cells(
            ids,
            {name: said[name] for name in _LISTS if name in said},
            said.get("provider", ""),
            {name: said[name] for name in NETWORKS if name in said},
        )

    def _missing(self, code: int) -> Problem:
        column = next((name for name in (IDS, *self._texts) if name in self._columns.known), IDS)
        self._told.cells.setdefault(column, {})[code] = _NOBODY
        return _NOBODY

    def _report(self, combination: np.ndarray, codes: int) -> None:
        findings, told, header = self._findings, self._told, self._findings.sheet.header
        for name, problems in told.cells.items():
            outcomes = [problems.get(code) for code in range(codes)]
            findings.at_cells(self._columns.known[name], combination, outcomes)
        for problem in told.given.values():
            findings.at_sheet(replace(problem, message=f"--account: {problem.message}"))
        place = next((header[self._columns.known[name]] for name in self._texts), None)
        if told.unlisted:
            rows = int(np.isin(combination, [*told.unlisted]).sum())
            findings.at_sheet(_needs_lookup(rows), place)
        if told.looked:
            findings.at_sheet(_as_of(min(told.looked)), place)


_NOBODY = Problem(
    "missing-account",
    "It is not said which account this is for.",
    "Write its name, as instagram:@acme, or its id; or give --account for all rows that name none.",
)


def _needs_lookup(rows: int) -> Problem:
    said = "1 row names" if rows == 1 else f"{rows:,} rows name"
    return Problem(
        "needs-lookup",
        f"{said} accounts, and the team's accounts were not looked up yet: the deliveries of such "
        "rows are not counted, and a wrong name is not seen.",
        "`check --online` looks them up; `run` does so in any case.",
        Severity.WARNING,
    )


def _as_of(seen_at: float) -> Problem:
    when = utc_text(seen_at)
    return Problem(
        "accounts-as-of",
        f"The names of accounts are understood as they were on {when[:10]} at {when[11:16]} UTC.",
        "`check --online` looks them up now; `run` does so in any case.",
        Severity.WARNING,
    )

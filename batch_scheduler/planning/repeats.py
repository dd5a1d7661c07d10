"""Rows that ask for the same delivery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from batch_scheduler.model import Severity
from batch_scheduler.planning.distinct import combined
from batch_scheduler.planning.documents import differences, fields_of
from batch_scheduler.planning.problem import Problem


class Named(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str | None: ...


class Reports(Protocol):
    """Where the issues of one sheet go."""

    @property
    def sheet(self) -> Named: ...
    def at_row_number(self, number: int, problem: Problem) -> None: ...


KEY = ("post", "account", "instant", "team")


def settle_repeats(
    table: pd.DataFrame, findings: Sequence[Reports], documents: Sequence[str]
) -> pd.DataFrame:
    """Keep each delivery once. A row that wants it otherwise than an earlier one is an error."""
    repeated, original = _repeats(table)
    if not repeated.any():
        return table
    differs = np.zeros(len(table), dtype=bool)
    for name in ("zone", "options", "settings"):
        values = table[name].to_numpy()
        differs |= values != values[original]
    rows = combined(table["source"].to_numpy(), table["row"].to_numpy())
    for line in _one_per_row(differs, rows):
        problem = _conflict(table, line, original[line], findings, documents)
        _report(table, line, findings, problem)
    table = table[~np.isin(rows, rows[differs])].reset_index(drop=True)

    repeated, original = _repeats(table)
    rows = combined(table["source"].to_numpy(), table["row"].to_numpy())
    for line in _one_per_row(repeated, rows):
        _report(table, line, findings, _duplicate(table, line, original[line], findings))
    return table[~repeated].reset_index(drop=True)


def _repeats(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which lines repeat an earlier one, and for each line the first one like it."""
    codes = combined(*(table[name].to_numpy() for name in KEY))
    repeated = pd.Series(codes).duplicated().to_numpy()
    return repeated, np.flatnonzero(~repeated)[codes] if len(codes) else codes


def _one_per_row(mask: np.ndarray, rows: np.ndarray) -> list[int]:
    lines = np.flatnonzero(mask)
    first: list[int] = lines[~pd.Series(rows[lines]).duplicated().to_numpy()].tolist()
    return first


def _report(table: pd.DataFrame, line: int, findings: Sequence[Reports], problem: Problem) -> None:
    source, row = _place(table, line)
    findings[source].at_row_number(row, problem)


def _place(table: pd.DataFrame, line: int) -> tuple[int, int]:
    return int(table["source"].to_numpy()[line]), int(table["row"].to_numpy()[line])


def _named(table: pd.DataFrame, line: int, other: int, findings: Sequence[Reports]) -> str:
    """The row of `other`, as seen from `line`."""
    source, row = _place(table, other)
    if source == _place(table, line)[0]:
        return f"row {row}"
    sheet = findings[source].sheet
    return f"row {row} of {sheet.path}" + (f" ({sheet.name})" if sheet.name else "")


def _conflict(
    table: pd.DataFrame,
    line: int,
    other: int,
    findings: Sequence[Reports],
    documents: Sequence[str],
) -> Problem:
    def wanted(at: int) -> dict[str, object]:
        wish: Any = table.iloc[at]
        said = fields_of(documents[wish["settings"]], documents[wish["options"]])
        return {"timezone": wish["zone"], **said}

    return Problem(
        "conflicting-rows",
        f"{_named(table, line, other, findings)} wants the same post on the same account at the "
        f"same time, but otherwise: {differences(wanted(other), wanted(line))}.",
        "Delete one of the two rows, or change its time.",
    )


def _duplicate(table: pd.DataFrame, line: int, other: int, findings: Sequence[Reports]) -> Problem:
    return Problem(
        "duplicate-row",
        f"{_named(table, line, other, findings)} asks for the same delivery; it is sent once.",
        "Delete one of the two rows.",
        Severity.WARNING,
    )

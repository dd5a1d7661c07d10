"""A column of a sheet, read by its distinct texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.distinct import Distinct, constant
from batch_scheduler.planning.problem import Findings, Noted, Problem, settled

T = TypeVar("T")


def read_cells(
    findings: Findings,
    columns: Columns,
    name: str,
    parse: Callable[[Sequence[str]], Sequence[T | Noted[T] | Problem]],
) -> Distinct[T | Problem]:
    """A column that is not there reads as if all its cells were empty, and is not reported here."""
    column = columns.known.get(name)
    if column is None:
        return constant(settled(parse([""])[0]), len(findings.sheet.frame))
    texts = findings.texts(column)
    parsed = parse(texts.values)
    if parsed is texts.values:  # all as they should be, and not looked at one by one
        return Distinct(texts.codes, parsed)  # type: ignore[arg-type]
    return Distinct(texts.codes, findings.accept(column, texts.codes, parsed))

"""Rows that say what the header says: left where sheets were put below each other."""

from __future__ import annotations

from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.problem import Findings, Problem

_PROBLEM = Problem("repeated-header", "The header stands here again.", "Delete this row.")


def report_repeated_headers(findings: Findings, columns: Columns) -> None:
    """Once for each of these rows, and nothing else of it."""
    frame, header = findings.sheet.frame, findings.sheet.header
    if not columns.meant:
        return
    first, *others = columns.meant
    rows = frame[first].to_numpy(dtype=object) == header[first]
    for column in others if rows.any() else ():
        rows = rows & (frame[column].to_numpy(dtype=object) == header[column])
    if rows.any():
        findings.only(first, rows, _PROBLEM)
        for column in others:
            findings.silence(column, rows)

"""The results as an Excel workbook: Results, Summary and, when there are any, Problems.

Rows are streamed and never held. The writer keeps each sheet in the system's temporary folder
until all are packed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from batch_scheduler.model import Issue
from batch_scheduler.results import style
from batch_scheduler.results.report import Report
from batch_scheduler.results.summary_sheet import summary_sheet
from batch_scheduler.results.worksheet import Worksheet, write_sheets

MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_575
"""What an Excel worksheet holds: columns, and rows below its header."""

PROBLEM_COLUMNS = (
    "severity",
    "code",
    "sheet",
    "row",
    "column",
    "value",
    "message",
    "hint",
    "path",
)

_ID = 21.0
"""Room for its beginning, so that the status is in view when the workbook opens."""
_RESULT_WIDTHS = {
    "sheet": 16.0,
    "row": 7.0,
    "team_id": 12.0,
    "post_id": _ID,
    "social_account_id": _ID,
    "scheduled_at": 22.0,
    "timezone": 19.0,
    "status": 18.0,
    "scheduled_post_id": _ID,
    "error_code": 18.0,
    "error": 80.0,
    "attempts": 11.0,
    "call_id": 14.0,
    "finished_at": 22.0,
    "outcome": 18.0,
    "said": 80.0,
}
_NUMBERS = ("row", "attempts")
_PROBLEM_WIDTHS = dict(
    zip(PROBLEM_COLUMNS, (11.0, 24.0, 16.0, 7.0, 28.0, 32.0, 80.0, 80.0, 40.0), strict=True)
)


def write_workbook(report: Report, path: Path, max_rows: int = MAX_ROWS) -> None:
    """Write the report as XLSX. Rows beyond `max_rows` go on in "Results 2", "Results 3" …

    Raises OSError.
    """
    pages = _pages(report.summary.deliveries, max_rows)
    while left := _write(report, path, pages, max_rows):
        pages += _pages(left, max_rows)


def _write(report: Report, path: Path, pages: int, max_rows: int) -> int:
    """How many sheets to fill must be said before the first row: returns the rows left over."""
    rows = report.rows()
    write_sheets(
        [
            *_results(report.columns, rows, pages, max_rows),
            summary_sheet(report.summary, pages, max_rows),
            *_problems(report.issues, max_rows),
        ],
        path,
    )
    return sum(1 for _ in rows)


def _pages(rows: int, max_rows: int) -> int:
    return max(1, -(-rows // max_rows))


def _results(
    columns: Sequence[str],
    rows: Iterator[Sequence[str | int | None]],
    pages: int,
    max_rows: int,
) -> Iterator[Worksheet]:
    options = _table(columns, _RESULT_WIDTHS)
    if "status" in columns:
        words = style.coloured_words(style.STATUS_COLOURS)
        options["conditional_formats"] = {"status": words}
    for number in range(1, pages + 1):
        yield Worksheet(_name("Results", number), columns, islice(rows, max_rows), options)


def _problems(issues: Sequence[Issue], max_rows: int) -> Iterator[Worksheet]:
    options = {
        **_table(PROBLEM_COLUMNS, _PROBLEM_WIDTHS),
        "conditional_formats": {"severity": style.coloured_words(style.SEVERITY_COLOURS)},
    }
    for number, start in enumerate(range(0, len(issues), max_rows), 1):
        rows = map(_problem, islice(issues, start, start + max_rows))
        yield Worksheet(_name("Problems", number), PROBLEM_COLUMNS, rows, options)


def _problem(issue: Issue) -> tuple[str | int | None, ...]:
    return tuple(getattr(issue, column) for column in PROBLEM_COLUMNS)


def _name(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _table(columns: Sequence[str], widths: dict[str, float]) -> dict[str, Any]:
    known = [widths.get(name, max(24.0, len(name) + 5.0)) for name in columns]
    return {
        **style.table(known),
        # Texts stand at the left by themselves: to say so of each would take a twelfth longer.
        "column_formats": {name: style.cell() for name in _NUMBERS if name in columns},
        "ignore_errors": list(columns),
    }

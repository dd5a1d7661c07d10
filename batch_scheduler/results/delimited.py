"""The results as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

from batch_scheduler.results.report import Report


def write_csv(report: Report, path: Path) -> None:
    """Write the rows alone: CSV has no place for a summary. UTF-8 with a BOM, for Excel.

    Half a surrogate pair, which UTF-8 can't hold, is written as JSON would: \\ud83d.
    Raises OSError.
    """
    with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(escape, report.columns))
        for row in report.rows():
            writer.writerow([escape(cell) if isinstance(cell, str) else cell for cell in row])


def escape(text: str) -> str:
    """Keep a spreadsheet program from reading text as a formula.

    Reading takes off one apostrophe before =, +, -, @ or another apostrophe. So text that begins
    with such an apostrophe of its own gets a second one, and every text comes back unchanged.
    """
    first = text[:1]
    if first in _STARTS_FORMULA or (first == "'" and text[1:2] in _AFTER_APOSTROPHE):
        return f"'{text}"
    return text


_STARTS_FORMULA = frozenset("=+-@")
_AFTER_APOSTROPHE = _STARTS_FORMULA | {"'"}

"""What others need for the same work. As a program: `NAME PATH…` prints its CPU seconds.

Reading and writing are timed without the imports: those are the same for any size.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

Cells = list[str | int | None]


def csv_module(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def pandas_openpyxl(path: Path) -> None:
    import pandas as pd

    started = time.process_time()
    pd.read_excel(path, engine="openpyxl")
    _print(time.process_time() - started)


def openpyxl_write_only(path: Path, rows: str) -> None:
    from openpyxl import Workbook

    started = time.process_time()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Results")
    sheet.append(_columns())
    for row in result_rows(int(rows)):
        sheet.append(row)
    book.save(path)
    _print(time.process_time() - started)


def results_writer(path: Path, rows: str) -> None:
    from batch_scheduler.model import Status
    from batch_scheduler.results import AccountCount, Report, Summary, write_report

    started = time.process_time()
    count = int(rows)
    accounts = [AccountCount(f"account {n}", {Status.ACCEPTED: count // 20}) for n in range(20)]
    summary = Summary((("Run", "rk3f9abc"),), {Status.ACCEPTED: count}, tuple(accounts))
    columns = tuple(_columns())
    write_report(Report(columns, lambda: result_rows(count), summary), path)
    _print(time.process_time() - started)


def result_rows(rows: int) -> Iterator[Cells]:
    """As a run's ledger gives them: the fourteen columns, and two of the input's."""
    team = "7ea00000-0000-4000-8000-000000000001"
    for n in range(rows):
        yield [
            *("Posts", n + 2, team, f"b0570000-0000-4000-8001-{n // 20:012x}"),
            *(f"acc00000-0000-4000-8001-{n % 20:012x}", "2027-05-01T07:00:00Z", "Europe/Berlin"),
            *("accepted", f"5c4ed000-0000-4000-8001-{n:012x}", None, None, 1),
            *(f"rk3f9abc-{n // 20 + 1}", "2027-04-01T07:00:00Z", f"row {n}", "spring"),
        ]


def _columns() -> list[str]:
    from batch_scheduler.model import RESULT_COLUMNS

    return [*RESULT_COLUMNS, "note", "# campaign"]


def _print(seconds: float) -> None:
    sys.stdout.write(f"{seconds}\n")


if __name__ == "__main__":
    name, path, *more = sys.argv[1:]
    globals()[name](Path(path), *more)

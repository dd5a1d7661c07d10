"""The program as a person starts it, and what it leaves behind."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
from program import Child, Ended

PACKAGES = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "batch_scheduler"]
TEAM = "7ea00000-0000-4000-8000-000000000001"
TOKEN = "octo_test_0123456789abcdefghijklmnopqrstuvwxyz"
NOW = int(time.time())
IMPATIENT = ("--timeout", "1", "--give-up", "2", "--settle", "never")
"""So that no test waits for what will never come."""
RESULT_COLUMNS = [
    *("sheet", "row", "team_id", "post_id", "social_account_id", "scheduled_at", "timezone"),
    *("status", "scheduled_post_id", "error_code", "error", "attempts", "call_id", "finished_at"),
]

Row = dict[str, str]


class Delivery(NamedTuple):
    post: str
    account: str
    instant: str


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8001-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8001-{number:012x}"


def at(hours: float) -> str:
    """An instant so far ahead, as the service is told it."""
    return datetime.fromtimestamp(NOW + 3600 * hours, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(post: int = 1, accounts: int | Sequence[int] = 1, hours: float = 24, **more: str) -> Row:
    """A row of a sheet; `accounts`: which, or how many. `more` adds columns or changes cells."""
    numbers = range(1, accounts + 1) if isinstance(accounts, int) else accounts
    return {
        "post_id": post_id(post),
        "social_account_ids": ",".join(map(account_id, numbers)),
        "scheduled_at": at(hours),
        **more,
    }


# The program


class Desk:
    """A current folder, a home and a ledger of one's own, and the environment that names them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.home = folder / "desk", folder / "home"
        self.ledger = folder / "ledger" / "ledger.sqlite3"
        self.folder.mkdir()
        self.home.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self.environment = {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": str(PACKAGES),
            "PYTHONWARNINGS": "error",
            "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would have nothing to do but start
            "BATCH_SCHEDULER_LEDGER": str(self.ledger),
            "OCTOSPARK_TEAM_ID": TEAM,
            "OCTOSPARK_TOKEN": TOKEN,
            "OCTOSPARK_BASE_URL": url,
        }

    def uses(self, url: str) -> None:
        self.environment["OCTOSPARK_BASE_URL"] = url

    def forget(self, *names: str) -> None:
        for name in names:
            self.environment.pop(name, None)

    def sheet(self, name: str, *rows: Row) -> str:
        """Writes a CSV, or by its ending a TSV or XLSX. Returns the name."""
        columns = list(dict.fromkeys(column for row in rows for column in row))
        table = [columns, *([row.get(column, "") for column in columns] for row in rows)]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".xlsx"):
            book = openpyxl.Workbook()
            assert book.active is not None
            book.active.title = "Posts"
            for cells in table:
                book.active.append(cells)
            book.save(path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter="\t" if name.endswith(".tsv") else ",").writerows(table)
        return name

    def __call__(self, *arguments: str, stdin: str | None = None) -> Ended:
        """Runs `batch-scheduler …` to its end."""
        pipe = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        with self.start(*arguments, stdin=pipe) as child:
            return child.ended(stdin)

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> Child:
        """Runs `batch-scheduler …` meanwhile."""
        return Child(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def results(self, name: str) -> list[Row]:
        """The rows of a results sheet."""
        return read_results(self.folder / name)

    def statuses(self, name: str) -> list[str]:
        return [one["status"] for one in self.results(name)]

    def ask_ledger(self, sql: str, *values: object) -> list[Any]:
        """On a connection of its own."""
        with closing(sqlite3.connect(self.ledger, isolation_level=None)) as db:
            return db.execute(sql, values).fetchall()


def read_results(path: Path) -> list[Row]:
    header, *rows = read_table(path)
    return [dict(zip(header, cells, strict=True)) for cells in rows]


def read_table(path: Path, sheet: str | None = None) -> list[list[str]]:
    """The texts of a CSV, or of an XLSX's first worksheet or the one so called."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    with closing(openpyxl.load_workbook(path)) as book:
        rows = book[sheet or book.sheetnames[0]].iter_rows(values_only=True)
        return [[_text(cell) for cell in cells] for cells in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def key(result: Mapping[str, str]) -> Delivery:
    return Delivery(result["post_id"], result["social_account_id"], result["scheduled_at"])


def soon(what: Callable[[], object], within: float = 20.0) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False

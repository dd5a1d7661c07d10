"""One SQLite file, and the named statements that are run in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from batch_scheduler.ledger.connection import connect, database_errors, transaction
from batch_scheduler.ledger.statements import all_storable
from batch_scheduler.ledger.versions import Steps

Temporary = tuple[str, str, str]
"""The statements that make such a table, clear it, and insert into it."""


class Database:
    """Creates the file when it is missing. `sql`: name → statement; `known`: see `open_ledger`."""

    def __init__(self, path: Path, sql: Mapping[str, str], known: Steps | None = None) -> None:
        self._path = path
        self._sql = sql
        self._db = connect(path, known)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with database_errors(self._path), transaction(self._db):
            yield

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with database_errors(self._path), transaction(self._db, "BEGIN"):
            yield

    def _run(self, name: str, /, **values: Any) -> sqlite3.Cursor:
        with database_errors(self._path):
            return self._db.execute(self._sql[name], all_storable(values))

    def _keep(self, table: Temporary, service: str, places: Iterable[tuple[Any, ...]]) -> None:
        """In a temporary table, to be joined with. Each place begins with its team."""
        make, clear, insert = table
        teams = dict(self._run("team_list", service=service).fetchall())
        self._run(make)
        self._run(clear)
        rows = ((teams[team], *rest) for team, *rest in places if team in teams)
        self._db.executemany(self._sql[insert], rows)

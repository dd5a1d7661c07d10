"""Which version of the schema a ledger has, and what brings it to the newest with all it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger.interface import LedgerDamaged

APPLICATION_ID = 0x42536368
"""By which a ledger is told from another program's database: "BSch"."""

Steps = Mapping[int, str]
"""Version → the SQL that makes it of the version before. The first makes a ledger of nothing."""


@cache
def steps() -> Steps:
    """schema.sql is version 1; migrations/2….sql makes version 2 of it, and so on.

    A new ledger takes the same way as an old one, so that they can't differ.
    """
    room = files(__package__)
    found = {1: (room / "schema.sql").read_text(encoding="utf-8")}
    for file in (room / "migrations").iterdir():
        if file.name.endswith(".sql"):
            number = int(file.name.removesuffix(".sql").split("_")[0])
            found[number] = file.read_text(encoding="utf-8")
    return found


def version_of(db: sqlite3.Connection, path: Path, newest: int) -> int:
    """0: it is empty. Raises LedgerDamaged for what is no ledger, or newer than this program."""
    questions = (
        "SELECT count(*) FROM sqlite_schema",
        "PRAGMA application_id",
        "PRAGMA user_version",
    )
    tables, application, version = (int(db.execute(one).fetchone()[0]) for one in questions)
    if not tables and not application:
        return 0
    if application != APPLICATION_ID:
        raise LedgerDamaged(
            f"{path} is the database of another program",
            "nothing was changed in it; name another file with --ledger",
        )
    if not 0 < version <= newest:
        raise LedgerDamaged(
            f"{path} is a ledger of version {version}; this program knows {newest}",
            "update batch-scheduler, or name another file with --ledger",
        )
    return version


def take_step(db: sqlite3.Connection, number: int, script: str) -> None:
    """Inside a transaction, and without foreign keys: a table may be made anew beside the old."""
    for statement in _split(script):
        db.execute(statement)
    if db.execute("PRAGMA foreign_key_check").fetchone():
        raise LedgerError(f"version {number} of the ledger would refer to what is not there")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {number}")


def _split(script: str) -> Iterator[str]:
    """Python executes one statement at a time; its executescript would commit before."""
    statement = ""
    *parts, tail = script.split(";")
    for part in parts:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if (statement + tail).strip():
        yield statement + tail

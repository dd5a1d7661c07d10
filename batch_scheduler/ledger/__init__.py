"""The memory: what was intended and what came of it.

`open_ledger` gives the ledger behind a location; `interface.Ledger`, and the nouns in `records`,
are all that others may know.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import UsageError
from batch_scheduler.ledger.interface import CallOutdated, Ledger, LedgerDamaged, PlanOutdated
from batch_scheduler.ledger.owner import Owner, adopt_dead, alive, living
from batch_scheduler.ledger.records import (
    KNOWN_COLUMNS,
    Claim,
    Conclusion,
    Creation,
    LastLook,
    Made,
    NewRun,
    Others,
    RunRecord,
    Scheduled,
    SourceRecord,
)

if TYPE_CHECKING:
    from batch_scheduler.ledger.versions import Steps

__all__ = [
    "KNOWN_COLUMNS",
    "CallOutdated",
    "Claim",
    "Conclusion",
    "Creation",
    "LastLook",
    "Ledger",
    "LedgerDamaged",
    "Made",
    "NewRun",
    "Others",
    "Owner",
    "PlanOutdated",
    "RunRecord",
    "Scheduled",
    "SourceRecord",
    "adopt_dead",
    "alive",
    "ledger_file",
    "living",
    "locks_folder",
    "open_ledger",
]


def open_ledger(location: str, known: Steps | None = None) -> Ledger:
    """The ledger at a file's path. Raises UsageError or LedgerError.

    `known`: what makes each version of it, where that differs from `versions.steps`.
    """
    from batch_scheduler.ledger.sqlite import SqliteLedger

    return SqliteLedger(ledger_file(location), known)


def ledger_file(location: str) -> Path:
    """Raises UsageError where it is no file."""
    if _NO_FILE.match(location):
        raise UsageError(
            "a ledger in PostgreSQL, or at any other address, is not built yet",
            "name a file with --ledger or BATCH_SCHEDULER_LEDGER instead",
        )
    return Path(location)


_NO_FILE = re.compile(r"[a-z0-9+]+://|(.*\s)?(host|dbname|service|user)\s*=", re.IGNORECASE)
"""Either way of writing where a database is: a file of that name would be a ledger that
remembers nothing, in whatever folder is the current one."""


def locks_folder(location: str) -> Path:
    """Where the owners of this ledger's runs hold their locks."""
    return Path(location).with_name(Path(location).name + ".locks")

"""The memory: what was intended and what came of it.

`open_ledger` gives the ledger behind a location; `interface.Ledger` is all that others may know.
"""

from __future__ import annotations

from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.ledger.interface import (
    KNOWN_COLUMNS,
    AccountSeen,
    Ledger,
    LedgerDamaged,
    NewRun,
    PlanOutdated,
    RunRecord,
    SourceRecord,
)
from batch_scheduler.ledger.owner import Owner, adopt_dead, alive, living

__all__ = [
    "KNOWN_COLUMNS",
    "AccountSeen",
    "Ledger",
    "LedgerDamaged",
    "NewRun",
    "Owner",
    "PlanOutdated",
    "RunRecord",
    "SourceRecord",
    "adopt_dead",
    "alive",
    "living",
    "locks_folder",
    "open_ledger",
]


def open_ledger(location: str) -> Ledger:
    """The ledger at a file's path. Raises UsageError or LedgerError."""
    if location.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            "a ledger in PostgreSQL is not built yet", "name a file with --ledger instead"
        )
    from batch_scheduler.ledger.sqlite import SqliteLedger

    return SqliteLedger(Path(location))


def locks_folder(location: str) -> Path:
    """Where the owners of this ledger's runs hold their locks."""
    return Path(location).with_name(Path(location).name + ".locks")

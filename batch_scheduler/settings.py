"""What can be set. Where it comes from is in configuration.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from batch_scheduler.errors import UsageError

LIVE_SERVICE = "https://api.octospark.ai"
TOKEN = "OCTOSPARK_TOKEN"
TEAM = "OCTOSPARK_TEAM_ID"
BASE_URL = "OCTOSPARK_BASE_URL"
LEDGER = "BATCH_SCHEDULER_LEDGER"
PROFILE = "BATCH_SCHEDULER_PROFILE"

LONGEST_LEAD = 315_360_000.0
"""Ten years, in seconds: no time may be farther ahead."""
MOST_ACCOUNTS = 1_000_000
HELD_CODES = ("moved", "settings-differ", "text-changed", "known-elsewhere")
"""Why a delivery can be held that a person may send all the same."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to send, and in whose name. The token is in no repr."""

    token: str | None = field(repr=False)
    team: str | None
    base_url: str
    ledger: str

    def require_token(self) -> str:
        """Raises UsageError."""
        if not self.token:
            raise UsageError(
                f"no token: {TOKEN} is not set",
                "make one in Octospark under Settings, API tokens, and put "
                f"{TOKEN}=octo_live_… into the environment or into a .env file in this folder; "
                "or rehearse without one: --simulate",
            )
        return self.token

    def require_team(self) -> str:
        """Raises UsageError."""
        if not self.team:
            raise UsageError(
                f"no team: {TEAM} is not set",
                f"give --team-id, or put {TEAM}=… into the environment or into a .env file here",
            )
        return self.team


@dataclass(frozen=True, slots=True)
class Options:
    """How one run reads and sends. Times are in seconds; `rate` in calls a second.

    `sheet`: a worksheet's name. `settle`: None never asks the service what became of a lost call.
    `retry`: the statuses of a results sheet that are tried again; empty: it is a sheet like any
    other. `mapping`: header text → the name of one of our columns, or "ignore", as said for these
    sheets; `columns`: the same, as said once for all. `format`: the other scheduler's template
    that the sheets are.
    `accounts`: what accounts are called, for rows that name none. `groups`: the name of a group of
    accounts → what its accounts are called.
    """

    sheet: str | None = None
    timezone: str | None = None
    date_order: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    accounts: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    valid_only: bool = False
    concurrency: int = 8
    rate: float | None = None
    max_accounts: int = 50
    timeout: float = 60.0
    settle: float | None = 60.0
    give_up: float = 300.0
    lead: float = 60.0
    again: bool = False
    send_held: frozenset[str] = frozenset()
    retry: frozenset[str] = frozenset()
    may_duplicate: bool = False

    def written(self) -> dict[str, Any]:
        """What differs from the defaults, as the ledger keeps it; there is no secret among it."""
        usual = asdict(USUAL)
        changed = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return {name: _written(value) for name, value in changed.items()}


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [f"{name}={_said(one)}" for name, one in value.items()]
    if isinstance(value, tuple):
        return list(value)
    return sorted(value) if isinstance(value, frozenset) else value


def _said(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)


USUAL = Options()

"""By what a plan is made, beside the sheets and the ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """`now`: seconds since 1970; `lead`: seconds below which an instant is too near.

    `again`: send also what was accepted before; `send_held`: codes of what would be held.
    `may_duplicate`: send also what is in doubt. `living`: runs that a process is at work on.
    """

    now: float
    lead: float
    max_accounts: int
    again: bool = False
    send_held: frozenset[str] = frozenset()
    may_duplicate: bool = False
    living: frozenset[str] = frozenset()

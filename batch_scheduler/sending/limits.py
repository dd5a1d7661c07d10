"""How to send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and calls per second; see the command line for their meaning."""

    concurrency: int
    rate: float | None
    lead: float
    give_up: float
    settle: float | None = None

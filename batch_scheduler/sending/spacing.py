"""Times that follow each other at a pace."""

from __future__ import annotations

import math


class Spacing:
    """What is late is made up for, but only so much of it: a process that stood still for a moment
    would otherwise send more together than a small bucket holds.
    """

    def __init__(self) -> None:
        self._last = -math.inf

    def next_at(self, pace: float | None, made_up_for: float, now: float) -> float:
        """It may be past, by as many seconds as are made up for. No pace: at any time."""
        if not pace:
            return -math.inf
        return max(self._last + 1 / pace, now - made_up_for)

    def take(self, at: float) -> None:
        self._last = at

"""The service's clock, as far as its Date headers tell."""

from __future__ import annotations

import math

MARGIN_S = 1.0
"""Beyond what whole seconds and the way of an answer leave open: clocks drift."""


class ServiceClock:
    """Bounds of the difference between the service's clock and ours, narrowed by each answer."""

    def __init__(self) -> None:
        self._least, self._most = -math.inf, math.inf

    @property
    def is_known(self) -> bool:
        return self._least > -math.inf

    def heard(self, asked_at: float, answered_at: float, said: float | None) -> None:
        """`said`: a Date header, cut to whole seconds. The others are seconds on our clock."""
        if said is None:
            return
        least, most = said - answered_at, said + 1 - asked_at
        narrowed = max(self._least, least), min(self._most, most)
        # Where they contradict each other a clock was set: only the newest counts.
        self._least, self._most = narrowed if narrowed[0] <= narrowed[1] else (least, most)

    def earliest(self, ours: float) -> float:
        """The least that the service's clock can have shown when ours showed this."""
        return ours + self._least - MARGIN_S

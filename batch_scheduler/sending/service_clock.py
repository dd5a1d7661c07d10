"""The service's clock, as far as its Date headers tell."""

from __future__ import annotations

import math
from collections.abc import Awaitable
from typing import TypeVar

from batch_scheduler.model import Doubt, PostDoubt
from batch_scheduler.octospark import Answer, CallFailed
from batch_scheduler.sending.clock import Clock

T = TypeVar("T")

MARGIN_S = 1.0
"""Beyond what whole seconds and the way of an answer leave open: clocks drift."""


class ServiceClock:
    """Bounds of the difference between the service's clock and our monotonic one, which nobody
    can set; each answer narrows them. All times but `said` are seconds on ours.
    """

    def __init__(self) -> None:
        self._least, self._most = -math.inf, math.inf

    @property
    def is_known(self) -> bool:
        return self._least > -math.inf

    async def listen(self, clock: Clock, request: Awaitable[Answer[T]]) -> Answer[T]:
        """The answer, when its Date was heard; also that of a failure. Raises CallFailed."""
        asked_at = clock.monotonic()
        try:
            answer = await request
        except CallFailed as failure:
            self.heard(asked_at, clock.monotonic(), failure.service_time)
            raise
        self.heard(asked_at, clock.monotonic(), answer.service_time)
        return answer

    def heard(self, asked_at: float, answered_at: float, said: float | None) -> None:
        """`said`: a Date header, cut to whole seconds."""
        if said is None:
            return
        least, most = said - answered_at, said + 1 - asked_at
        narrowed = max(self._least, least), min(self._most, most)
        # Where they contradict each other its clock was set: only the newest counts.
        self._least, self._most = narrowed if narrowed[0] <= narrowed[1] else (least, most)

    def earliest(self, ours: float) -> float:
        """The least that the service's clock can have shown when ours showed this; -inf where it
        is not known.
        """
        return ours + self._least - MARGIN_S

    def left_at(self, doubt: Doubt | PostDoubt) -> float:
        """The least that the service's clock can have shown when the request left."""
        now = -math.inf if doubt.asked_at is None else self.earliest(doubt.asked_at)
        known = [one for one in (doubt.not_before, now) if one > -math.inf]
        return min(known, default=-math.inf)

    def surely(self, wall: float, at: float) -> float:
        """The time by our wall clock and by the service's, of which one may be wrong."""
        return min(wall, self.earliest(at)) if self.is_known else wall

    def behind(self, wall: float, at: float) -> float:
        """Seconds by which our wall clock is ahead of the service's; 0 where that is not known."""
        return wall - (at + self._least + self._most + at) / 2 if self.is_known else 0.0

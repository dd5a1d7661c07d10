"""A number of calls in a time: it is used up, and the service is shut until the next begins."""

from __future__ import annotations

import math

from batch_scheduler.sending.spell import Spell

SOONEST_S = 0.5
"""Sooner than that it is not asked again because a window may begin."""
FIRST_WAIT_S, LONGER = 1.0, 3.0
"""The first wait; each other is longer than that before it."""
LONGEST_WAIT_S, LONGEST_KNOWN_WAIT_S = 30.0, 60.0
"""The second where a window has been used up before."""
LATER = 0.25
"""Of the time that it was shut: the second wait then."""
USUAL_S = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""What windows last, as a rule."""
LOOKS = 3
"""Over the time in which the next one may begin."""
LONG_S = 2.0
"""Refused for longer: it is a window that is used up. Retry-After counts whole seconds, so less may
be a call too many and nothing else.
"""
MANY = 20
"""Calls that would have been made while it was shut, had it been a rate and no window."""


class Window:
    """`_began`: after one moment and by another, the last window. One may have begun at `now`."""

    def __init__(self, quota: int | None, now: float) -> None:
        self.quota = quota
        self._began: tuple[float, float] | None = (now, now)
        self._beyond = 0
        self._shut_for = 0.0
        self._lasts = 0.0

    def room(self, accepted: int) -> int | None:
        """Calls in flight near its end: few enough that few are refused."""
        return None if self.quota is None else max(1 + self._beyond, self.quota - accepted)

    def begin(self, after: float, by: float) -> None:
        self._began = (after, by)
        self._beyond = 0

    def let_in(self, accepted: int) -> None:
        if self.quota is not None and accepted > self.quota:
            self._beyond += 1

    def wait(self, probes: int, now: float, jitter: float) -> float:
        """Until it is tried again, when so many probes have been refused and none was told: when a
        window of a usual length would begin, or else later each time. `jitter`: from 0 to 1.
        """
        look = self._look(now) - now
        if not self._shut_for:
            later = min(LONGEST_WAIT_S, FIRST_WAIT_S * LONGER**probes)
            return min(look, later * (1 + jitter) / 2)
        if look <= LONGEST_KNOWN_WAIT_S:
            return look
        if not probes:
            return min(LONGEST_KNOWN_WAIT_S, max(FIRST_WAIT_S, self._shut_for))
        later = self._shut_for * LATER * LONGER ** (probes - 1)
        return min(LONGEST_WAIT_S, max(FIRST_WAIT_S, later)) * (1 + jitter) / 2

    def _look(self, now: float) -> float:
        """When the next window may have begun, if it lasts as long as others do."""
        if self._began is None:
            return math.inf
        after, by = self._began
        self._lasts = max(self._lasts, now - by)
        looks = (
            after + length + look * (by - after) / LOOKS
            for length in USUAL_S
            if length >= self._lasts
            for look in range(1, LOOKS + 1)
        )
        return min((at for at in looks if at > now + SOONEST_S), default=math.inf)

    def takes(self, spell: Spell) -> bool:
        """Whether it was for a window that was used up; if so it is that of the next."""
        share = spell.closed / (spell.lasted + spell.closed)
        if spell.closed <= LONG_S or spell.accepted * share < MANY:
            return False
        self.quota, self._shut_for = spell.accepted, spell.closed
        return True

    def forget(self) -> None:
        """It was for another reason."""
        self._began, self._shut_for, self._lasts = None, 0.0, 0.0

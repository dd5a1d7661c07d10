"""A number of calls in a time: it is used up, and the service is shut until the next begins."""

from __future__ import annotations

from batch_scheduler.sending.spell import Spell

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S, LONGEST_KNOWN_WAIT_S = 30.0, 60.0
"""The second for the first look where it has been shut before."""
LATER, LONGER = 0.25, 1.5
"""Of the time that it was shut: the second wait; each other is longer than that before it."""
LONG_S = 2.0
"""Refused for longer: it is a window that is used up. Retry-After counts whole seconds, so less may
be a call too many and nothing else.
"""
MANY = 20
"""Calls that would have been made while it was shut, had it been a rate and no window."""


class Window:
    def __init__(self, quota: int | None) -> None:
        self.quota = quota
        self._beyond = 0
        self._shut_for = 0.0

    def room(self, accepted: int) -> int | None:
        """Calls in flight near its end: few enough that few are refused."""
        return None if self.quota is None else max(1 + self._beyond, self.quota - accepted)

    def begin(self) -> None:
        self._beyond = 0

    def let_in(self, accepted: int) -> None:
        if self.quota is not None and accepted > self.quota:
            self._beyond += 1

    def wait(self, probes: int, jitter: float) -> float:
        """Until it is tried again, when so many probes have been refused and none was told: at
        first as long as it was surely shut the last time, then more often, or much of the next
        window is over when that is seen. `jitter`: from 0 to 1.
        """
        shut_for = self._shut_for
        if shut_for and not probes:
            return min(LONGEST_KNOWN_WAIT_S, max(FIRST_WAIT_S, shut_for))
        seconds = FIRST_WAIT_S * 2.0**probes
        if shut_for:
            seconds = max(FIRST_WAIT_S, shut_for * LATER * LONGER ** (probes - 1))
        return min(LONGEST_WAIT_S, seconds) * (1 + jitter) / 2

    def takes(self, spell: Spell) -> bool:
        """Whether it was for a window that was used up; if so it is that of the next."""
        share = spell.closed / (spell.lasted + spell.closed)
        if spell.closed <= LONG_S or spell.accepted * share < MANY:
            return False
        self.quota, self._shut_for = spell.accepted, spell.closed
        return True

    def forget(self) -> None:
        """It was for another reason."""
        self._shut_for = 0.0

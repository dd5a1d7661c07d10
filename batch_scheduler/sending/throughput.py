"""Calls per second, of late."""

from __future__ import annotations

RECENT_S = 1.0


class Throughput:
    """Counts what left in this second, and knows what left in the one before."""

    def __init__(self, now: float) -> None:
        self.begin(now)

    def begin(self, now: float) -> None:
        self._before, self._count, self._since = 0.0, 0, now

    def count(self, now: float) -> None:
        if now - self._since >= RECENT_S:
            self._before = self._count / (now - self._since)
            self._count, self._since = 0, now
        self._count += 1

    def rate(self, now: float) -> float:
        passed = now - self._since
        if passed < RECENT_S / 2 and self._before:
            return self._before
        return max(self._before, self._count / max(passed, 1e-3))

"""Knows one bad row from a bad service."""

from __future__ import annotations

from batch_scheduler.errors import ServiceUnusable


class Breaker:
    """Counts how long the service has refused or been out of reach, without one good answer.

    `give_up` and all times are seconds on one clock.
    """

    def __init__(self, give_up: float) -> None:
        self._give_up = give_up
        self._since: float | None = None

    def good(self) -> None:
        self._since = None

    def bad(self, now: float, until: float, said: str) -> None:
        """Raises ServiceUnusable when waiting `until` would be longer than we wait at all."""
        if self._since is None:
            self._since = now
        if until - self._since > self._give_up or now - self._since >= self._give_up:
            raise ServiceUnusable(
                f"the service can't be used: {said}",
                f"it has been so for {now - self._since:.0f} s, or asks for a wait beyond "
                f"--give-up {self._give_up:g}; what is left is waiting: resume the run later",
            )

    def left(self, now: float) -> float:
        """Seconds until it gives up."""
        return self._give_up if self._since is None else self._since + self._give_up - now

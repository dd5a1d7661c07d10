"""When the next request may leave: one rate, and one pause for all workers."""

from __future__ import annotations

from collections.abc import Callable

from batch_scheduler.sending.clock import Clock, Stop

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


def full_jitter(jitter: Callable[[], float], attempt: int) -> float:
    """Seconds to wait after `attempt` failures in a row. `jitter` draws from 0 to 1."""
    return jitter() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempt, 10))


class Pace:
    """Everyone takes a `turn` before a request; `refused` and `welcomed` say how it went."""

    def __init__(
        self, clock: Clock, stop: Stop, jitter: Callable[[], float], rate: float | None
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._jitter = jitter
        self._step = 1 / rate if rate else 0.0
        self._next_at = 0.0
        self._refusals = 0
        self.blocked_until = 0.0

    @property
    def blocked(self) -> bool:
        return self._clock.monotonic() < self.blocked_until

    async def turn(self) -> None:
        """Waits for a slot of the rate that is not inside a pause. Raises Stopped."""
        while True:
            now = self._clock.monotonic()
            slot = max(self._next_at, now, self.blocked_until)
            self._next_at = slot + self._step
            if slot > now:
                await self._stop.sleep(slot - now)
            if not self.blocked:
                return

    def refused(self, retry_after: float | None, asked_at: float) -> float:
        """Pauses everyone; returns the pause's end. Refusals of one burst count as one.

        `asked_at`: when the refused request left, on the monotonic clock.
        """
        now = self._clock.monotonic()
        if asked_at >= self.blocked_until:
            self._refusals += 1
        pause = full_jitter(self._jitter, self._refusals) if retry_after is None else retry_after
        self.blocked_until = max(self.blocked_until, now + pause)
        return self.blocked_until

    def welcomed(self) -> None:
        self._refusals = 0

"""When the next request may leave: one rate, and one pause for all workers."""

from __future__ import annotations

from collections.abc import Callable

from batch_scheduler.sending.clock import Clock, Stop

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def full_jitter(jitter: Callable[[], float], attempt: int) -> float:
    """Seconds to wait after `attempt` failures in a row. `jitter` draws from 0 to 1."""
    return jitter() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(attempt, 10) - 1))


class Pace:
    """Everyone takes a `turn` before a request; the other methods say how it went.

    `asked_at`: when the request left, on the monotonic clock. Failures of one burst count as one.
    """

    def __init__(
        self, clock: Clock, stop: Stop, jitter: Callable[[], float], rate: float | None
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._jitter = jitter
        self._step = 1 / rate if rate else 0.0
        self._next_at = 0.0
        self._failures = 0  # bursts in a row
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
        """Pauses everyone; returns the pause's end. A Retry-After of 0 says no time."""
        self._count(asked_at)
        return self._pause(retry_after or full_jitter(self._jitter, self._failures))

    def lost(self, asked_at: float) -> float:
        """No usable answer. One may be chance, several in a row are an outage: pauses everyone.

        Else a service that is down would put all that is left in doubt within seconds.
        """
        self._count(asked_at)
        first = self._failures <= 1
        return self._pause(0.0 if first else full_jitter(self._jitter, self._failures - 1))

    def welcomed(self) -> None:
        self._failures = 0

    def _count(self, asked_at: float) -> None:
        if asked_at >= self.blocked_until:
            self._failures += 1

    def _pause(self, seconds: float) -> float:
        self.blocked_until = max(self.blocked_until, self._clock.monotonic() + seconds)
        return self.blocked_until

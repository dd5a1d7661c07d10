"""When the next request may leave: what the service allows, and one pause for all workers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from batch_scheduler.model import Allowance
from batch_scheduler.sending.clock import Clock, Stop, Stopped
from batch_scheduler.sending.limiter import Limiter, Turn

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def full_jitter(jitter: Callable[[], float], attempt: int) -> float:
    """Seconds to wait after `attempt` failures in a row. `jitter` draws from 0 to 1."""
    return jitter() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(attempt, 10) - 1))


class Pace:
    """Everyone takes a `turn` for a request; the other methods say how it went.

    `rate` is never exceeded, nor are `most` in flight, while `ahead` more are prepared. `known`:
    what an earlier run found that the service allows.
    """

    def __init__(
        self,
        clock: Clock,
        stop: Stop,
        jitter: Callable[[], float],
        rate: float | None,
        known: Allowance | None = None,
        most: float = math.inf,
        ahead: int = 0,
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._jitter = jitter
        self._limiter = Limiter(jitter, rate, known, clock.monotonic(), ahead)
        self._most = most
        self._losses = 0  # bursts in a row
        self._head = asyncio.Lock()
        self._door = asyncio.Lock()
        self._ended = asyncio.Event()
        self.waited = 0.0

    @property
    def blocked_until(self) -> float:
        return self._limiter.blocked_until

    @property
    def blocked(self) -> bool:
        return self._clock.monotonic() < self._limiter.blocked_until

    @property
    def found(self) -> Allowance | None:
        """What the service was found to allow; None: it refused nothing."""
        return self._limiter.found(self._clock.monotonic())

    @property
    def rate(self) -> float | None:
        return self._limiter.rate(self._clock.monotonic())

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Waits until a request may leave. Raises Stopped. An answer ends the turn, or the exit."""
        async with self.preparing() as turn:
            await self.leave(turn)
            yield turn

    @asynccontextmanager
    async def preparing(self) -> AsyncIterator[Turn]:
        """The same for one that can `leave` only when it is prepared, some of them at a time."""
        turn = Turn()
        await self._take(turn)
        try:
            yield turn
        finally:
            self.over(turn)

    async def _take(self, turn: Turn) -> None:
        since = self._clock.monotonic()
        queued = self._head.locked()
        async with self._head:
            if queued and self._stop:
                raise Stopped
            while True:
                now = self._clock.monotonic()
                at = self._limiter.earliest(since, now)
                if at is None:
                    self._ended.clear()
                    await self._stop.unless(self._ended.wait())
                elif at > now:
                    await self._stop.sleep(at - now)
                else:
                    self._limiter.take(turn, since, now)
                    return

    async def leave(self, turn: Turn) -> None:
        """Waits for room in flight, at the most until one of the requests there is answered, and
        then for a moment after the one before it."""
        async with self._door:
            while not self._has_room:
                self._ended.clear()
                await self._ended.wait()
            now = self._clock.monotonic()
            if (at := self._limiter.leaves_at(now)) > now:
                await self._clock.sleep(at - now)
            self._limiter.leave(turn, self._clock.monotonic())

    @property
    def _has_room(self) -> bool:
        return self._limiter.in_flight < self._most and self._limiter.has_room(
            self._clock.monotonic()
        )

    def over(self, turn: Turn) -> None:
        """Whether it was used or not; of no effect after an answer."""
        self._limiter.over(turn, self._clock.monotonic())
        self._ended.set()

    def refused(self, turn: Turn, retry_after: float | None) -> float:
        """Pauses everyone; returns the pause's end. A Retry-After of 0 says no time."""
        now = self._clock.monotonic()
        before = max(now, self.blocked_until)
        until = self._limiter.refused(turn, retry_after, now)
        self.waited += max(0.0, until - before)
        self._ended.set()
        return until

    def lost(self, turn: Turn) -> float:
        """No usable answer. One may be chance, several in a row are an outage: pauses everyone.

        Else a service that is down would put all that is left in doubt within seconds.
        """
        now = self._clock.monotonic()
        if turn.left_at >= self.blocked_until:
            self._losses += 1
        again = self._losses - 1
        self.pause(now + (full_jitter(self._jitter, again) if again > 0 else 0.0))
        self.over(turn)
        return self.blocked_until

    def pause(self, until: float) -> None:
        now = self._clock.monotonic()
        self.waited += max(0.0, until - max(now, self.blocked_until))
        self._limiter.pause(until, now)

    def welcomed(self, turn: Turn) -> None:
        """It was let in: a good answer, or a refusal of this request alone."""
        self._losses = 0
        self._limiter.accepted(turn, self._clock.monotonic())
        self._ended.set()

"""What is to be looked at later: each case at its time, those that are due together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

from batch_scheduler.sending.clock import Clock

C = TypeVar("C")

MOST_AT_ONCE = 100


class Looks(Generic[C]):
    """`look_at` gets the cases that are due; what it does not end comes back by `add`."""

    def __init__(
        self, clock: Clock, look_at: Callable[[Sequence[C]], Coroutine[Any, Any, None]]
    ) -> None:
        self._clock = clock
        self._look_at = look_at
        self._cases: list[tuple[float, int, C]] = []
        self._tickets = count()
        self._changed = asyncio.Event()

    def add(self, case: C, at: float) -> None:
        """`at`: seconds on the monotonic clock."""
        heappush(self._cases, (at, next(self._tickets), case))
        self._changed.set()

    async def work(self) -> None:
        """Until it is cancelled. Raises what a look raises."""
        try:
            async with asyncio.TaskGroup() as looks:
                while True:
                    self._changed.clear()
                    if due := self._due():
                        looks.create_task(self._look_at(due))
                    await self._wait()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    def _due(self) -> list[C]:
        now = self._clock.monotonic()
        due: list[C] = []
        while self._cases and self._cases[0][0] <= now and len(due) < MOST_AT_ONCE:
            due.append(heappop(self._cases)[-1])
        return due

    async def _wait(self) -> None:
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._changed.wait())}
        if self._cases:
            left = self._cases[0][0] - self._clock.monotonic()
            waits.add(asyncio.ensure_future(self._clock.sleep(max(0.0, left))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()

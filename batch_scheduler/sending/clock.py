"""Time as an argument, so that tests take none, and the one way to be told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

OnStart = Callable[[Callable[[Exception], None]], None]
"""Is given a function, safe in any thread and signal handler, that stops what has begun."""


class Clock(Protocol):
    def time(self) -> float:
        """Seconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Seconds that nobody can set, and that pass while the machine sleeps, too."""
        ...

    async def sleep(self, seconds: float) -> None: ...


_STEADY = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Python's own stands still while Linux or macOS sleeps; Windows has none, and needs none."""


def steady() -> float:
    return time.monotonic() if _STEADY is None else time.clock_gettime(_STEADY)


class SystemClock:
    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return steady()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Stopped(Exception):
    """Raised in whoever waits when the run is to stop."""


class Stop:
    """Set once, with the reason; whoever sleeps here wakes up. Set it from the loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()
        self.reason: Exception | None = None

    def set(self, reason: Exception) -> None:
        if not self._event.is_set():
            self.reason = reason
            self._event.set()

    def from_outside(self) -> Callable[[Exception], None]:
        """As `set`, but safe in any thread and signal handler; of no effect when all is over."""
        loop = asyncio.get_running_loop()

        def set_soon(reason: Exception) -> None:
            if not loop.is_closed():  # a signal while the results are written comes too late
                loop.call_soon_threadsafe(self.set, reason)

        return set_soon

    def __bool__(self) -> bool:
        return self._event.is_set()

    async def wait(self) -> None:
        await self._event.wait()

    async def sleep(self, seconds: float) -> None:
        """Raises Stopped as soon as the run is to stop."""
        await self.unless(self._clock.sleep(max(0.0, seconds)))

    async def unless(self, waiting: Coroutine[Any, Any, Any]) -> None:
        """Raises Stopped as soon as the run is to stop."""
        if self._event.is_set():
            waiting.close()
            raise Stopped
        sleeper = asyncio.ensure_future(waiting)
        waiter = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({sleeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waiter.cancel()
        if self._event.is_set():
            raise Stopped

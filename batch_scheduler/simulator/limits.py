"""How many calls are let in: a rate, calls at once, and hours of being down."""

from __future__ import annotations

import math
from collections.abc import Callable

from .options import Options


class RateLimit:
    """A token bucket, or fixed windows. `take` lets a call in or says how long to wait."""

    def __init__(self, options: Options, clock: Callable[[], float]) -> None:
        self._options = options
        self._clock = clock
        self._start = self._last = clock()
        self._tokens = float(options.rate_burst)
        self._window = -1
        self._used = 0

    def take(self) -> float:
        """0 if the call is let in, else the seconds until one would be."""
        rate = self._options.rate_limit
        if rate is None:
            return 0.0
        now = self._clock()
        halves_after = self._options.rate_halves_after
        if halves_after is not None and now - self._start >= halves_after:
            rate /= 2
        return self._from_window(now, rate) if self._in_windows else self._from_bucket(now, rate)

    @property
    def _in_windows(self) -> bool:
        return self._options.rate_kind == "window"

    def _from_bucket(self, now: float, rate: float) -> float:
        refill = (now - self._last) * rate
        self._tokens = min(float(self._options.rate_burst), self._tokens + refill)
        self._last = now
        if self._tokens < 1:
            return (1 - self._tokens) / rate
        self._tokens -= 1
        return 0.0

    def _from_window(self, now: float, rate: float) -> float:
        length = self._options.rate_window
        window = math.floor((now - self._start) / length)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used >= max(1.0, rate * length):
            return self._start + (window + 1) * length - now
        self._used += 1
        return 0.0

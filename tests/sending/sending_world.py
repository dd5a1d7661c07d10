"""A service with a hidden limit, in virtual time: events instead of sockets and sleeping."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Protocol

from batch_scheduler.model import Allowance
from batch_scheduler.sending.limiter import Limiter, Turn


class Limit(Protocol):
    def arrives(self, now: float) -> float:
        """0 if it is let in, else the seconds until a call would be."""
        ...

    def ends(self) -> None: ...


class Free:
    def arrives(self, now: float) -> float:
        return 0.0

    def ends(self) -> None: ...


class Bucket(Free):
    """`rate` as a function of time."""

    def __init__(self, rate: Callable[[float], float] | float, burst: float = 10) -> None:
        self._rate = rate if callable(rate) else lambda now: rate
        self._burst = self._tokens = burst
        self._last = 0.0

    def arrives(self, now: float) -> float:
        rate = self._rate(now)
        self._tokens = min(self._burst, self._tokens + (now - self._last) * rate)
        self._last = now
        if self._tokens < 1:
            return (1 - self._tokens) / rate
        self._tokens -= 1
        return 0.0


class Windows(Free):
    """`phase`: how long the first one has been open at the beginning."""

    def __init__(self, calls: int, length: float, phase: float = 0.0) -> None:
        self._calls = calls
        self._length = length
        self._phase = phase
        self._window, self._used = -1, 0

    def arrives(self, now: float) -> float:
        window = math.floor((now + self._phase) / self._length)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used >= self._calls:
            return (window + 1) * self._length - self._phase - now
        self._used += 1
        return 0.0


class AtOnce:
    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def arrives(self, now: float) -> float:
        if self._now >= self._most:
            return 1.0
        self._now += 1
        return 0.0

    def ends(self) -> None:
        self._now -= 1


class Chance(Free):
    """Refuses without a reason: so many of all calls."""

    def __init__(self, share: float, seed: int = 0) -> None:
        self._share = share
        self._random = Random(seed)

    def arrives(self, now: float) -> float:
        return 1.0 if self._random.random() < self._share else 0.0


@dataclass
class Seen:
    """`left`: when each call left."""

    accepted: int = 0
    refused: int = 0
    left: list[float] = field(default_factory=list)
    let_in: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    allowance: Allowance | None = None
    rates: list[tuple[float, float | None]] = field(default_factory=list)
    broken: int = 0

    @property
    def share_refused(self) -> float:
        return self.refused / max(1, self.accepted + self.refused)


def after(at: float, still: float, every: float) -> float:
    """When what would be at that time can be, for who stands still for so long, so often."""
    stands_at = (math.floor(at / every) + 0.5) * every
    return stands_at + still if stands_at <= at < stands_at + still else at


def play(
    limit: Limit,
    *,
    seconds: float = 120.0,
    latency: float = 0.05,
    spread: float = 0.2,
    concurrency: int = 8,
    seed: int = 0,
    told: bool = True,
    known: Allowance | None = None,
    ceiling: float | None = None,
    calls: float = math.inf,
    late: float = 0.0,
    stall: float = 0.0,
    halt: float = 0.0,
    way: float = 0.1,
) -> Seen:
    """As many workers as `concurrency` call all the time. `told`: refusals have a Retry-After.

    The client wakes up to `late` seconds after it should, and stands still for `stall` seconds once
    a second; the service stands still for `halt` seconds every 20 seconds. `way`: the part of the
    latency that each way takes, which is all that a refusal takes.
    """
    chance = Random(seed)
    limiter = Limiter(chance.random, ceiling, known)
    seen = Seen()
    events: list[tuple[float, int, str, Turn | None, float]] = []
    number = count()
    idle: list[float] = [0.0] * concurrency  # since when each free worker waits
    told_until = 0.0
    wake = 0.0

    def put(at: float, what: str, turn: Turn | None = None, wait: float = 0.0) -> None:
        heapq.heappush(events, (at, next(number), what, turn, wait))

    def awake(at: float) -> float:
        at += late * chance.random() if late else 0.0
        return after(at, stall, 1.0)

    def served(at: float) -> float:
        return after(at, halt, 20.0)

    def go(now: float) -> None:
        nonlocal wake
        while idle and len(seen.left) < calls:
            at = limiter.earliest(idle[0], now)
            if at is None:
                return
            if at > now:
                if at < wake:
                    wake = awake(at)
                    put(wake, "wake")
                return
            turn = Turn()
            limiter.take(turn, idle.pop(0), now)
            limiter.leave(turn, now)
            seen.left.append(now)
            seen.broken += now < told_until - 1e-9
            travel = latency * (1 + spread * chance.random()) * way
            put(served(now + travel), "arrives", turn)

    put(wake, "wake")
    while events:
        now, _, what, turn, wait = heapq.heappop(events)
        if now > seconds:
            break
        if what == "wake":
            if now != wake:  # it was woken sooner
                continue
            wake = math.inf
        elif turn is not None and what == "arrives":
            wait = limit.arrives(now)
            work = latency * (1 + spread * chance.random()) * (1 - 2 * way)
            if wait:
                seen.refused_at.append(now)
                put(awake(now + latency * way), "refused", turn, wait)
            else:
                seen.let_in.append(now)
                put(served(now + work), "done", turn)
        elif turn is not None and what == "done":
            limit.ends()
            put(awake(now + latency * way), "answered", turn)
        elif turn is not None:
            if what == "refused":
                seen.refused += 1
                retry_after = math.ceil(wait) if told else None
                limiter.refused(turn, retry_after, now)
                if retry_after:
                    told_until = max(told_until, now + retry_after)
            else:
                seen.accepted += 1
                limiter.accepted(turn, now)
            idle.append(now)
        go(now)
    seen.allowance = limiter.found(seconds)
    seen.rates.append((seconds, limiter.rate(seconds)))
    return seen

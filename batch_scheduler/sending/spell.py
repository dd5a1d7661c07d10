"""A time in which the service let calls in, and the refusals that ended it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

KEPT = 4096
"""Calls that are remembered one by one."""
SHORTEST_S = 0.01


@dataclass(slots=True)
class Open:
    """A time without refusals. `let_in`: when those calls had left, of the last ones.

    `shut_at`: the refusal before it. `levels`: of the calls let in.
    """

    since: float
    shut_at: float | None = None
    accepted: int = 0
    levels: Counter[int] = field(default_factory=Counter)
    let_in: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def let(self, left_at: float, level: int) -> None:
        self.accepted += 1
        self.levels[level] += 1
        self.let_in.append(left_at)


@dataclass(slots=True)
class Shut:
    """From a refusal to the next call that is let in. `rate`: at which calls had left before it.

    `paced`: it was the pace that held them up. `left_at`: when the call refused first had left.
    `last`: the last refusal. `told`: each had a Retry-After. `levels`: those of the calls refused,
    without probes.
    """

    since: float
    left_at: float
    rate: float
    paced: bool
    in_flight: int
    last: float = 0.0
    probes: int = 0
    told: bool = True
    levels: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Spell:
    """It is over: a call was let in again. `closed`: for how long none was, as far as is known."""

    open: Open
    shut: Shut
    closed: float

    @property
    def accepted(self) -> int:
        return self.open.accepted

    @property
    def refused(self) -> int:
        return self.shut.levels.total()

    @property
    def lasted(self) -> float:
        return max(1e-3, self.shut.since - self.open.since)

    @property
    def waited(self) -> float:
        """Until it began, since the refusal before."""
        shut_at = self.open.shut_at
        return 0.0 if shut_at is None else self.open.since - shut_at

    def backwards(self) -> Backwards:
        """Of each call that was let in: how long it left before the refused one. Last first."""
        left_at = self.shut.left_at
        return sorted(left_at - at for at in self.open.let_in if at <= left_at)


Backwards = list[float]
"""Seconds before a refusal, one for each call that was let in, the last one first."""


def burst(calls: Backwards, rate: float) -> tuple[int, float]:
    """How many calls emptied a bucket of that rate, and in how many seconds."""
    most = max(range(len(calls)), key=lambda last: last + 1 - rate * calls[last], default=None)
    return (0, 0.0) if most is None else (most + 1, calls[most])


def sustained(calls: Backwards, size: float) -> tuple[float, float]:
    """The least rate of a bucket of that size which would have let all in, and the most of one that
    would have refused the next."""
    rates = (
        ((let_in - size) / ago, (let_in + 1 - size) / ago)
        for let_in, ago in enumerate(calls, 1)
        if ago >= SHORTEST_S
    )
    return max(rates, default=(0.0, 0.0))

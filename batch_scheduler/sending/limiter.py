"""Finds out what the service allows: a rate, calls at once, or a number of calls per window.

Pure: it is told the time. All times are seconds on one clock, rates are calls per second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from batch_scheduler.model import Allowance
from batch_scheduler.sending.chance import FEW, Chance
from batch_scheduler.sending.climb import (
    LONGEST_CLIMB_S,
    SLOWEST,
    Climb,
    after_refusal,
    as_a_bucket,
)

FIRST_ROOM = 8
"""Calls in flight at first, and after an outage; each good answer makes room for one more."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONG_S = 2.0
"""Refused for longer: it is a window that is used up. Retry-After counts whole seconds, so less may
be a call too many and nothing else.
"""
MANY = 20
"""Calls that would have been made while it was shut, had it been a rate and no window."""
TRY_MORE_S = 4.0
"""Until more calls at once are tried; twice as long each time that it fails."""
SURELY = 8
"""So many more calls at once must be let in: one may be so because another has just ended."""
TELLING_S = 4.0
"""In less, what a pause lets through at once says too much of the rate."""
RECENT_S = 1.0
KNOWN_CLIMB_S = 15.0
"""How long what an earlier run found is kept to, before more is tried."""
SURE_CLIMB_S = 8.0
"""A rate with so long a climb is found; before it is looked for."""


@dataclass(slots=True, eq=False)
class Turn:
    """Of one call. `level`: calls in flight when it left, with itself."""

    left_at: float = 0.0
    level: int = 0
    over: bool = False


@dataclass(slots=True)
class _Open:
    """A time without refusals."""

    since: float
    shut_at: float | None = None
    accepted: int = 0
    levels: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Shut:
    """From a refusal to the next call that is let in. `rate`: at which calls had left before it.

    `paced`: it was the pace that held them up. `last`: the last refusal. `told`: each had a
    Retry-After. `levels`: those of the calls refused, without probes.
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


class Limiter:
    """Who wants to call asks for the `earliest` time, then takes its turn: `leave`. Each turn ends
    with `over`, and before that `accepted` or `refused` say what came of it, if anything did.

    `jitter` draws from 0 to 1; `ceiling` is a rate that is never exceeded.
    """

    def __init__(
        self,
        jitter: Callable[[], float],
        ceiling: float | None = None,
        known: Allowance | None = None,
        now: float = 0.0,
    ) -> None:
        known = known or Allowance()
        self._jitter = jitter
        self._ceiling = ceiling
        self._room = FIRST_ROOM
        self._climb = (
            Climb(0.95 * known.rate, known.rate, now, KNOWN_CLIMB_S) if known.rate else None
        )
        self._most = known.in_flight
        self._try_more_at, self._try_more_after = now + TRY_MORE_S, TRY_MORE_S
        self._quota = known.quota
        self._recently = 0.0
        self._counted_since = now
        self._count = 0
        self._more, self._step = 0, 1
        self._guess = known.in_flight or 0
        self._guesses = 0
        self._beyond = 0
        self._shut_for = 0.0
        self._refused = False
        self._unsure = False
        self._chance = Chance()
        self._first: tuple[int, float] | None = None
        self._open: _Open | None = None
        self._shut: _Shut | None = None
        self._probe: Turn | None = None
        self._next_at = 0.0
        self._full_until = 0.0
        self._held_up = False
        self.in_flight = 0
        self.blocked_until = 0.0

    def found(self, now: float) -> Allowance | None:
        """None: nothing was refused. A rate that is still looked for is not found."""
        if not self._refused:
            return None
        rate = None
        if self._climb is not None and self._climb.seconds >= SURE_CLIMB_S:
            rate = max(self._climb.top, min(self._climb.rate(now), self._recent(now)))
        return Allowance(rate, self._most, self._quota)

    def rate(self, now: float) -> float | None:
        """What it would send at most."""
        if self._climb is None:
            return self._ceiling
        rate = self._climb.rate(now)
        return min(rate, self._ceiling) if self._ceiling else rate

    def earliest(self, since: float, now: float) -> float | None:
        """For one who waits since then. None: not before an answer has come."""
        probing = self._shut is not None and self._probe is not None
        if probing or self.in_flight >= self._at_once(now):
            return None
        return self._slot(since)

    def _slot(self, since: float) -> float:
        return max(since, self.blocked_until, self._next_at, self._full_until)

    def _at_once(self, now: float) -> int:
        most = self._room
        if self._most is not None:
            most = min(most, self._most + (self._step if now >= self._try_more_at else 0))
        if self._quota is not None and self._open is not None:
            most = min(most, max(1 + self._beyond, self._quota - self._open.accepted))
        return most

    def leave(self, turn: Turn, since: float, now: float) -> None:
        """`since`: as `earliest` was told, which is not after `now`."""
        slot = self._slot(since)
        if self._shut is not None:
            if self._probes():
                self._probe = turn
            else:
                self._reopen(slot)
        if self._open is None:
            self._open = _Open(slot)
        self._held_up = self._next_at > since
        self.in_flight += 1
        turn.left_at, turn.level = now, self.in_flight
        if now - self._counted_since >= RECENT_S:
            self._recently = self._count / (now - self._counted_since)
            self._count, self._counted_since = 0, now
        self._count += 1
        rate = self.rate(slot)
        self._next_at = slot + 1 / rate if rate else 0.0

    def _recent(self, now: float) -> float:
        """Calls per second that left, of late."""
        since = now - self._counted_since
        if since < RECENT_S / 2 and self._recently:
            return self._recently
        return max(self._recently, self._count / max(since, 1e-3))

    def over(self, turn: Turn, now: float) -> None:
        """Whatever came of it; of no effect when that has been said."""
        if turn.over:
            return
        turn.over = True
        if turn is self._probe:
            self._probe = None
        if self.in_flight >= self._at_once(now):
            self._full_until = now
        self.in_flight -= 1

    def pause(self, until: float, now: float) -> None:
        """For another reason than a refusal."""
        self.blocked_until = max(self.blocked_until, until)
        if until > now:
            self._room = min(self._room, FIRST_ROOM)

    def accepted(self, turn: Turn, now: float) -> None:
        """It was let in, whatever the answer was."""
        if turn is self._probe:
            self._reopen(now)
        self._count_in(turn)
        self.over(turn, now)

    def _count_in(self, turn: Turn) -> None:
        if self._open is None:
            return
        self._open.accepted += 1
        self._open.levels[turn.level] += 1
        if self._shut is not None:
            return
        self._room += 1
        if self._quota is not None and self._open.accepted > self._quota:
            self._beyond += 1
        if self._most is not None and turn.level > self._most:
            self._more += 1
            if self._more >= SURELY:
                self._most, self._more, self._step = self._most + self._step, 0, 2 * self._step

    def refused(self, turn: Turn, retry_after: float | None, now: float) -> float:
        """Nobody leaves before the time that it returns. A Retry-After of 0 says no time."""
        if retry_after:
            self.blocked_until = max(self.blocked_until, now + retry_after)
        if self._shut is not None or self._open is None or turn.left_at >= self._open.since:
            self._shut_by(turn, bool(retry_after), now)
        self.over(turn, now)
        return self.blocked_until

    def _shut_by(self, turn: Turn, told: bool, now: float) -> None:
        self._refused = True
        shut = self._shut
        first = shut is None
        if shut is None:
            recent, rate = self._recent(now), self.rate(now)
            paced = self._held_up and rate is not None and rate <= 2 * recent
            rate = rate if paced and rate is not None else recent
            shut = self._shut = _Shut(now, turn.left_at, rate, paced, self.in_flight)
        if turn is self._probe:
            shut.probes += 1
            first = True
        else:
            shut.levels[turn.level] += 1
        shut.last = now
        if first and not told:
            shut.told = False
            wait = min(LONGEST_WAIT_S, max(FIRST_WAIT_S, self._shut_for / 2) * 2**shut.probes)
            self.blocked_until = max(self.blocked_until, now + wait * (1 + self._jitter()) / 2)

    def _probes(self) -> bool:
        """One call is let go alone, to see whether it would be refused."""
        shut = self._shut
        return shut is not None and (not shut.told or self.blocked_until - shut.since > LONG_S)

    # what a refusal was for

    def _reopen(self, now: float) -> None:
        open_, shut, self._shut = self._open, self._shut, None
        if open_ is None or shut is None:
            return
        self._full_until = now
        self._open = _Open(now, shut.since)
        self._beyond = 0
        self._count, self._counted_since, self._recently = 0, now, 0.0
        closed = (self.blocked_until if shut.told else shut.last) - shut.since
        lasted = max(1e-3, shut.since - open_.since)
        self._first = self._first or (open_.accepted, lasted)
        most = shut.in_flight - shut.levels.total()
        if self._most is not None and shut.in_flight > self._guess >= 0.8 * self._most - 1:
            self._fewer_at_once(self._guess, now)
        elif self._was_for_calls_at_once(most, open_, shut):
            self._fewer_at_once(most, now)
        elif closed > LONG_S and open_.accepted * closed / (lasted + closed) >= MANY:
            self._quota, self._shut_for = open_.accepted, closed
            self._room = 1
        elif self._climb is None and open_.accepted < FEW and not self._unsure:
            self._unsure, self._room = True, 1
        else:
            self._slower(open_, shut, now)

    def _slower(self, open_: _Open, shut: _Shut, now: float) -> None:
        if self._most is not None:
            self._room, self._most = self._most, None
        self._shut_for = 0.0
        lasted = shut.since - open_.since
        if lasted >= TELLING_S:
            allowed = open_.accepted / (lasted + (open_.since - (open_.shut_at or open_.since)) / 2)
        elif open_.shut_at is not None:  # what a pause lets through at once would say too much
            allowed = open_.accepted / (shut.since - open_.shut_at)
        else:
            allowed = 0.0
        climb = self._climb if shut.paced else None
        if self._chance.refuses(shut.rate, open_.accepted, shut.levels.total(), lasted):
            self._climb = None
            return
        bucket = 0.0
        if climb and self._first:
            bucket = as_a_bucket(climb, self._first, open_.since, shut.left_at)
        if bucket > allowed:
            self._climb = Climb(0.97 * bucket, bucket, now, min(LONGEST_CLIMB_S, 5 + 4 * lasted))
            return
        whole = climb is None or shut.since >= climb.since + climb.seconds
        self._climb = after_refusal(
            max(shut.rate, allowed, SLOWEST), allowed, lasted if climb else 0.0, whole, now
        )

    def _was_for_calls_at_once(self, most: int, open_: _Open, shut: _Shut) -> bool:
        """Calls were let in below a level and refused above."""
        if most < 1 or not shut.levels:
            return False
        if shut.since - open_.since > TRY_MORE_S:
            self._guesses = 0
        self._guesses += 1
        if self._guesses > 2 or (self._most is not None and self._most > 1.25 * self._guess + 1):
            return False
        let_in = sum(count for level, count in open_.levels.items() if level > most)
        return let_in <= shut.levels.total()

    def _fewer_at_once(self, most: int, now: float) -> None:
        again = self._most is not None and most == self._guess
        self._guess = most
        self._try_more_after = 2 * self._try_more_after if again else TRY_MORE_S
        self._try_more_at = now + self._try_more_after
        self._most, self._more, self._step = most, 0, 1
        self._room = max(1, most // 2)

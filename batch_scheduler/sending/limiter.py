"""Finds out what the service allows: a rate, calls at once, or a number of calls per window.

Pure: it is told the time. All times are seconds on one clock, rates are calls per second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batch_scheduler.model import Allowance
from batch_scheduler.sending.chance import FEW
from batch_scheduler.sending.concurrency import FIRST_ROOM, Concurrency
from batch_scheduler.sending.rate import Rate
from batch_scheduler.sending.spacing import Spacing
from batch_scheduler.sending.spell import Open, Shut, Spell
from batch_scheduler.sending.throughput import Throughput
from batch_scheduler.sending.window import LONG_S, Window

MADE_UP_FOR_S, MADE_UP_FOR_LEAVING_S = 0.006, 0.002
"""Of turns that are late, and of calls that leave late."""
GENTLY, GENTLE_S = 0.5, 0.4
"""Of the rate after a pause, and until it is the whole of it: on both sides all was still, and what
leaves evenly then comes together.
"""
FASTER, LEAST = 1.1, 50.0
"""Calls that got ready together, as their intents went to the disk together, leave one by one: by
so much faster than they get ready, and at no less than that many per second.
"""


@dataclass(slots=True, eq=False)
class Turn:
    """Of one call. `level`: calls in flight when it left, with itself; 0: it has not left yet."""

    left_at: float = 0.0
    level: int = 0
    over: bool = False


class Limiter:
    """Who wants to call asks for the `earliest` time, and may then `take` its turn; with its call
    ready, and room in flight, it can `leave`. Each turn ends with `over`, and before that
    `accepted` or `refused` say what came of it, if anything did.

    `jitter` draws from 0 to 1; `ceiling` is a rate that is never exceeded. `ahead`: so many
    more turns are given out than calls may be in flight; their calls get ready meanwhile.
    """

    def __init__(
        self,
        jitter: Callable[[], float],
        ceiling: float | None = None,
        known: Allowance | None = None,
        now: float = 0.0,
        ahead: int = 0,
    ) -> None:
        known = known or Allowance()
        self._ahead = ahead
        self._jitter = jitter
        self._ceiling = ceiling
        self._rate = Rate(known.rate, now)
        self._concurrency = Concurrency(known.in_flight, now)
        self._window = Window(known.quota, now)
        self._throughput = Throughput(now)
        self._refused = False
        self._unsure = False
        self._open: Open | None = None
        self._shut: Shut | None = None
        self._probe: Turn | None = None
        self._turn, self._door = Spacing(), Spacing()
        self._paced_by: float | None = None
        self._full_until = 0.0
        self._held_up = False
        self._turns = 0
        self.in_flight = 0
        self.blocked_until = 0.0

    def found(self, now: float) -> Allowance | None:
        """None: nothing was refused. A rate that is still looked for is not found."""
        if not self._refused:
            return None
        rate = self._rate.found(self._throughput.rate(now), now)
        return Allowance(rate, self._concurrency.most, self._window.quota)

    def rate(self, now: float) -> float | None:
        """What it would send at most."""
        return _slowest(self._rate.at(now), self._ceiling)

    def earliest(self, since: float, now: float) -> float | None:
        """For one who waits since then. None: not before an answer has come."""
        probing = self._shut is not None and self._probe is not None
        if probing or self._all_taken(now):
            return None
        return self._slot(since, now)

    def _all_taken(self, now: float) -> bool:
        return self._turns >= self._at_once(now) + self._ahead

    def has_room(self, now: float) -> bool:
        return self.in_flight < self._at_once(now)

    def _slot(self, since: float, now: float) -> float:
        return max(since, self.blocked_until, self._full_until, self._paced(now), self._tried(now))

    def _paced(self, now: float) -> float:
        return self._turn.next_at(self._paced_by, MADE_UP_FOR_S, now)

    def _tried(self, now: float) -> float:
        """More calls at once leave one by one: what came together may be refused for that."""
        pace = self._concurrency.pace(now)
        late = max(0.0, MADE_UP_FOR_S - 1 / pace) if pace else 0.0
        return self._turn.next_at(pace, late, now)

    def _pace(self, now: float) -> float | None:
        rate = self.rate(now)
        return _slowest(rate and self._gently(now) * rate, self._concurrency.ramp)

    def _gently(self, now: float) -> float:
        if self._open is None or self._open.shut_at is None:
            return 1.0
        return min(1.0, GENTLY + (1 - GENTLY) * (now - self._open.since) / GENTLE_S)

    def _at_once(self, now: float) -> int:
        most = self._concurrency.at_once(now)
        left = self._window.room(self._open.accepted) if self._open else None
        return most if left is None else min(most, left)

    def take(self, turn: Turn, since: float, now: float) -> None:
        """`since`: as `earliest` was told, which is not after `now`."""
        slot = self._slot(since, now)
        if self._shut is not None:
            if self._probes():
                self._probe = turn
            else:
                self._reopen(slot)
        if self._open is None:
            self._open = Open(slot)
        self._held_up = self._paced(now) > since
        self._turns += 1
        self._turn.take(slot)
        self._paced_by = self._pace(slot)

    def leaves_at(self, now: float) -> float:
        """When the next call that is ready may leave, if there is room."""
        pace = _slowest(self._pace(now), self._concurrency.pace(now))
        faster = max(FASTER * pace, LEAST) if pace else None
        return self._door.next_at(faster, MADE_UP_FOR_LEAVING_S, now)

    def leave(self, turn: Turn, now: float) -> None:
        """The call is in flight from now on."""
        self._door.take(max(self.leaves_at(now), now - MADE_UP_FOR_LEAVING_S))
        self.in_flight += 1
        turn.left_at, turn.level = now, self.in_flight
        self._throughput.count(now)

    def over(self, turn: Turn, now: float) -> None:
        """Whatever came of it; of no effect when that has been said."""
        if turn.over:
            return
        turn.over = True
        if turn is self._probe:
            self._probe = None
        if self._all_taken(now):
            self._full_until = now
        self._turns -= 1
        self.in_flight -= bool(turn.level)

    def pause(self, until: float, now: float) -> None:
        """For another reason than a refusal."""
        self.blocked_until = max(self.blocked_until, until)
        if until > now:
            self._concurrency.begin(FIRST_ROOM)

    def accepted(self, turn: Turn, now: float) -> None:
        """It was let in, whatever the answer was."""
        if turn is self._probe:
            self._reopen(now)
        self._concurrency.took(now - turn.left_at)
        if self._open is not None:
            self._open.let(turn.left_at, turn.level)
            if self._shut is None:
                self._window.let_in(self._open.accepted)
                self._concurrency.let_in(turn.level)
        self.over(turn, now)

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
        first = self._shut is None
        shut = self._shut = self._shut or self._begun(turn, now)
        if turn is self._probe:
            shut.probes += 1
            first = True
        else:
            shut.levels[turn.level] += 1
        shut.last = now
        if first and not told:
            shut.told = False
            wait = self._window.wait(shut.probes, now, self._jitter())
            self.blocked_until = max(self.blocked_until, now + wait)

    def _begun(self, turn: Turn, now: float) -> Shut:
        recent, rate = self._throughput.rate(now), self.rate(now)
        if self._held_up and rate is not None and rate <= 2 * recent:
            return Shut(now, turn.left_at, rate, True, self.in_flight)
        recent = max(recent, self._concurrency.pace(now) or 0.0)
        in_flight = max(self.in_flight, turn.level)  # others may have ended since it left
        return Shut(now, turn.left_at, recent, False, in_flight)

    def _probes(self) -> bool:
        """One call is let go alone, to see whether it would be refused."""
        shut = self._shut
        return shut is not None and (not shut.told or self.blocked_until - shut.since > LONG_S)

    def _reopen(self, now: float) -> None:
        open_, shut, self._shut = self._open, self._shut, None
        if open_ is None or shut is None:
            return
        self._full_until = now
        self._open = Open(now, shut.since)
        self._window.begin(shut.last, now)
        self._throughput.begin(now)
        closed = (self.blocked_until if shut.told else shut.last) - shut.since
        self._learn(Spell(open_, shut, closed), now)

    def _learn(self, spell: Spell, now: float) -> None:
        """What it was refused for."""
        self._rate.first(spell)
        if self._may_be_at_once(spell) and self._concurrency.takes(spell, now):
            return
        if self._window.takes(spell):
            self._concurrency.begin(1)
        elif self._rate.free and spell.accepted < FEW and not self._unsure:
            self._unsure = True
            self._concurrency.begin(1)
        else:
            self._concurrency.forget()
            self._window.forget()
            paced = not self._rate.free
            self._rate.slower(spell, now)
            if paced and self._rate.free:
                self._concurrency.begin(FIRST_ROOM)

    def _may_be_at_once(self, spell: Spell) -> bool:
        """What is refused at the highest rate so far has the most calls in flight so far, too."""
        by_its_rate = spell.shut.paced and not self._rate.free
        return self._concurrency.most is not None or not by_its_rate


def _slowest(*paces: float | None) -> float | None:
    return min((pace for pace in paces if pace), default=None)

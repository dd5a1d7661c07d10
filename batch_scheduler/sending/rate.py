"""The rate at which the service was found to let calls in."""

from __future__ import annotations

from batch_scheduler.sending.chance import Chance
from batch_scheduler.sending.climb import LEAST_KEPT, LONGEST_CLIMB_S, SLOWEST, Climb, after_refusal
from batch_scheduler.sending.spell import Backwards, Spell, burst, sustained

TELLING_S = 4.0
"""In less, what a pause lets through at once says too much of the rate."""
KNOWN_CLIMB_S = 15.0
"""How long what an earlier run found is kept to, before more is tried."""
SURE_CLIMB_S = 8.0
"""A rate with so long a climb is found; before it is looked for."""
ROUNDS = 5


class Rate:
    """`_first`: the calls up to the first refusal of all; `_fastest`: the highest rate of a bucket
    that they and later calls told of. At that, the first calls say best how large it is.
    """

    def __init__(self, known: float | None, now: float) -> None:
        self._climb = Climb(0.95 * known, known, now, KNOWN_CLIMB_S) if known else None
        self._chance = Chance()
        self._first: Backwards | None = None
        self._fastest = 0.0

    @property
    def free(self) -> bool:
        return self._climb is None

    def at(self, now: float) -> float | None:
        return self._climb.rate(now) if self._climb else None

    def found(self, recent: float, now: float) -> float | None:
        """A rate that is still looked for is not found."""
        if self._climb is None or self._climb.seconds < SURE_CLIMB_S:
            return None
        return max(self._climb.top, min(self._climb.rate(now), recent))

    def first(self, spell: Spell) -> None:
        if self._first is None:
            self._first = spell.backwards()

    def slower(self, spell: Spell, now: float) -> None:
        shut, lasted = spell.shut, spell.lasted
        climb = self._climb if shut.paced else None
        if self._chance.refuses(spell):
            self._climb = None
            return
        allowed = _allowed(spell)
        bucket, most = self._bucket(spell, climb.rate(shut.left_at) if climb else shut.rate)
        # Two short bursts can be those of a slow and large bucket, or of a fast and small one.
        if bucket > max(allowed, LEAST_KEPT * shut.rate):
            seconds = min(LONGEST_CLIMB_S, 5 + 4 * lasted)
            self._climb = Climb(0.98 * bucket, (bucket + most) / 2, now, seconds)
            return
        whole = climb is None or shut.since >= climb.since + climb.seconds
        self._climb = after_refusal(
            max(shut.rate, allowed, SLOWEST), allowed, lasted if climb else 0.0, whole, now
        )

    def _bucket(self, spell: Spell, refused: float) -> tuple[float, float]:
        """The least and the most rate of a bucket that was emptied by these calls, and by all that
        came first.

        Each round knows its size better.
        """
        first, calls = self._first or [], spell.backwards()
        rate = self._fastest
        size, seconds = burst(first, rate)
        for _ in range(ROUNDS):
            least, most = sustained(calls, size - rate * seconds)
            rate = max(least, self._fastest)
            size, seconds = burst(first, rate)
        least = min(least, refused)
        self._fastest = max(self._fastest, least)
        return least, min(most, refused)


def _allowed(spell: Spell) -> float:
    """Calls per second that were let in."""
    if spell.lasted >= TELLING_S:
        return spell.accepted / (spell.lasted + spell.waited / 2)
    if spell.waited:
        return spell.accepted / (spell.lasted + spell.waited)
    return 0.0

"""How a rate grows back after a refusal."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_CLIMB_S = 40.0
LEAST_STEP = 0.05
STEPS = 50
SLOWEST = 1 / 60
SHORTEST_S = 0.01
SURELY_LESS = 0.98
"""By so much a bucket's rate is less than that which emptied it."""


@dataclass(frozen=True, slots=True)
class Climb:
    """Steep at the foot, flat around the top, where the refusal was, and steep again beyond it.

    The shape is CUBIC's (RFC 9438; botocore's adaptive retries use it too), but for the time from
    the foot to the top, `seconds`: it does not depend on the rate. `foot` and `top` are calls per
    second; `since` is on the clock of the caller.
    """

    foot: float
    top: float
    since: float
    seconds: float = LONGEST_CLIMB_S

    def rate(self, now: float) -> float:
        along = (now - self.since) / self.seconds - 1
        height = self.top - self.foot
        if along > 0:
            along *= 3
            height = LEAST_STEP * self.top
        return max(SLOWEST, self.top + height * along**3)

    def sustained(self, burst: float, since: float, now: float) -> float:
        """The least rate of a bucket of that size which would have let all in, from then to now."""
        step, calls, best = (now - since) / STEPS, 0.0, 0.0
        for back in range(1, STEPS + 1):
            calls += self.rate(now - (back - 0.5) * step) * step
            best = max(best, (calls - burst) / (back * step))
        return best


def after_refusal(rate: float, allowed: float, paced_for: float, whole: bool, now: float) -> Climb:
    """`rate` was refused, and `allowed` was not, in `paced_for` seconds of a climb. The nearer
    these are, and the longer it went well, the longer it takes until more is tried. `whole`: the
    climb had come to its top; else already its foot may have been too much.
    """
    kept = max(0.2, min(0.97 if whole else 0.93, allowed / rate))
    seconds = 4 + 2 * paced_for * max(0.0, 2 * kept - 1)
    return Climb(kept * rate, (kept + 2) / 3 * rate, now, min(LONGEST_CLIMB_S, seconds))


def as_a_bucket(climb: Climb, first: tuple[int, float], since: float, until: float) -> float:
    """The rate of a bucket that was emptied by this climb, and by all that came first: so many
    calls, in so many seconds.

    0: it can't be told; what came first was no burst.
    """
    if until - since < SHORTEST_S:
        return 0.0
    calls, seconds = first
    rate = 0.0
    for _ in range(5):
        rate = climb.sustained(max(0.0, calls - rate * seconds), since, until)
    burst = calls - rate * seconds
    sure = burst > calls / 2 and rate < SURELY_LESS * climb.rate(until)
    return rate if sure else 0.0

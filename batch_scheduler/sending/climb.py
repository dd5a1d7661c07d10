"""How a rate grows back after a refusal."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_CLIMB_S, LONGEST_CLIMB_S = 2.0, 40.0
SHORTEST_CLIMB_CALLS = 10
"""At the rate that was refused, in so much time more."""
LEAST_KEPT = 0.4
"""Of a rate that was refused: what little was let in before says too little of less."""
LEAST_STEP = 0.05
SLOWEST = 1 / 60


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


def after_refusal(rate: float, allowed: float, paced_for: float, whole: bool, now: float) -> Climb:
    """`rate` was refused, and `allowed` was not, in `paced_for` seconds of a climb. The nearer
    these are, and the longer it went well, the longer it takes until more is tried. `whole`: the
    climb had come to its top; else already its foot may have been too much.
    """
    kept = max(LEAST_KEPT, min(0.97 if whole else 0.93, allowed / rate))
    seconds = SHORTEST_CLIMB_S + SHORTEST_CLIMB_CALLS / rate
    seconds += 2 * paced_for * max(0.0, 2 * kept - 1)
    return Climb(kept * rate, (kept + 2) / 3 * rate, now, min(LONGEST_CLIMB_S, seconds))

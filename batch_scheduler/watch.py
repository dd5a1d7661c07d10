"""When an inbox is looked at: once, for cron, or for as long as nobody stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from batch_scheduler.errors import Interrupted
from batch_scheduler.inbox import Arrivals
from batch_scheduler.night import Night, NightShift


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds. `quiet`: how long a sheet stays the same until it is whole; `every`: between two
    looks; `resume`: between two tries to finish what was left, or to reach a service again.
    """

    quiet: float
    every: float
    resume: float


class Watch:
    """`clock` is monotonic. `sleep` may raise KeyboardInterrupt."""

    def __init__(
        self,
        shift: NightShift,
        arrivals: Arrivals,
        rhythm: Rhythm,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._shift = shift
        self._arrivals = arrivals
        self._rhythm = rhythm
        self._clock = clock
        self._sleep = sleep

    def once(self) -> Iterator[Night]:
        """All that is there now. What is still being written is left for the next time."""
        self._arrivals.whole()
        night = self._shift.go_on()
        if not night.stopped and self._arrivals.expected:
            self._sleep(self._rhythm.quiet)
        self._shift.take(night, self._arrivals.whole)
        yield night

    def forever(self) -> Iterator[Night]:
        """Each time that something was done, or stopped anew; ends when it is interrupted."""
        due, down = self._clock(), False
        try:
            while True:
                is_due = self._clock() >= due
                if is_due or not down:
                    night = self._shift.go_on() if is_due else Night()
                    self._shift.take(night, self._arrivals.whole)
                    if is_due or night.stopped:
                        due = self._clock() + self._rhythm.resume
                    if night.handled or night.resumed or (night.stopped and not down):
                        yield night
                    down = night.stopped is not None
                    if isinstance(night.stopped, Interrupted):
                        return
                soon = self._rhythm.quiet if self._arrivals.expected else self._rhythm.every
                self._sleep(min(soon, self._rhythm.every))
        except KeyboardInterrupt:
            return

"""How far a run is: counted by the sender, looked at by whoever draws the progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from batch_scheduler.model import Outcome, Status
from batch_scheduler.sending.pace import Pace


@dataclass(slots=True)
class Tally:
    """`total` counts the deliveries to send, `unsettled` those whose answer was lost and that the
    service is asked about; `pause_until` is on the monotonic clock. `pace`: of its calls.
    """

    total: int = 0
    calls: int = 0
    pause_until: float = 0.0
    unsettled: int = 0
    pace: Pace | None = None
    by_status: Counter[Status] = field(default_factory=Counter)

    @property
    def rate(self) -> float | None:
        """Calls per second that the service was found to allow; None: no such limit was met."""
        found = self.pace.found if self.pace else None
        return found.rate if found else None

    @property
    def waited(self) -> float:
        """Seconds in which nothing left, because the service asked for a pause or was away."""
        return self.pace.waited if self.pace else 0.0

    @property
    def done(self) -> int:
        return self.by_status.total()

    def count(self, outcomes: Iterable[Outcome]) -> None:
        self.by_status.update(outcome.status for outcome in outcomes)

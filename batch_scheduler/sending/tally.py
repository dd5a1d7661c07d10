"""How far a run is: counted by the sender, looked at by whoever draws the progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from batch_scheduler.model import Outcome, Status


@dataclass(slots=True)
class Tally:
    """`total` counts the deliveries to send, `unsettled` those whose answer was lost and that the
    service is asked about; `pause_until` is on the monotonic clock.
    """

    total: int = 0
    calls: int = 0
    pause_until: float = 0.0
    unsettled: int = 0
    by_status: Counter[Status] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        return self.by_status.total()

    def count(self, outcomes: Iterable[Outcome]) -> None:
        self.by_status.update(outcome.status for outcome in outcomes)

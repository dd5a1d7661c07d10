"""How far a run is."""

from __future__ import annotations

from batch_scheduler.model import Outcome, Status
from batch_scheduler.sending.tally import Tally


def test_outcomes_are_counted_by_status() -> None:
    tally = Tally(total=4)
    assert tally.done == 0
    tally.count([Outcome(Status.ACCEPTED, "1"), Outcome(Status.IN_DOUBT)])
    tally.count([Outcome(Status.ACCEPTED, "2")])
    assert tally.by_status == {Status.ACCEPTED: 2, Status.IN_DOUBT: 1}
    assert tally.done == 3

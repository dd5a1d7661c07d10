"""What all workers of a run share, whatever they ask the service to do."""

from __future__ import annotations

import logging

from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Call
from batch_scheduler.sending.asking import Again, Asking
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.tally import Tally

log = logging.getLogger(__name__)

POST_BUSY_S = 2.0
"""How often a post that another run is at work on is looked at again."""


class Work:
    """One kind of request, made with care: the intent first, one answer, the outcome after."""

    def __init__(
        self,
        asking: Asking,
        ledger: Ledger,
        journal: Journal,
        limits: Limits,
        tally: Tally,
        clock: Clock,
    ) -> None:
        self._asking = asking
        self._ledger = ledger
        self._journal = journal
        self._limits = limits
        self._tally = tally
        self._clock = clock


def busy() -> Again:
    """Another run is at work on the post."""
    return Again(wait=POST_BUSY_S)


def log_of(call: Call, said: str, level: int = logging.INFO) -> None:
    log.log(level, "call %s: %s", call.id, said, extra={"run": call.run, "call": call.id})

"""Undoing from end to end: the connections, the ledger's writer, and how it is stopped."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from batch_scheduler.ledger import Ledger
from batch_scheduler.sending import Limits, Service
from batch_scheduler.sending.clock import Clock, OnStart, Stop, SystemClock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.pace import Pace
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.undo.target import Ending, Place, Target
from batch_scheduler.undo.undoer import Undoer
from batch_scheduler.undo.witness import Witness


async def undo_targets(
    run: str,
    targets: Sequence[Target],
    ledger: Ledger,
    service: Service,
    limits: Limits,
    *,
    on_start: OnStart = lambda stop: None,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> tuple[Mapping[Place, Ending], Exception | None]:
    """What came of each post that it came to, and why it stopped early, if it did.

    Raises LedgerError when the ledger can't be written: then nothing more is asked for.
    """
    clock = clock or SystemClock()
    stop = Stop(clock)
    on_start(stop.from_outside())
    pace = Pace(clock, stop, jitter, limits.rate)
    journal = Journal(ledger)
    try:
        async with service.client() as client:
            hours = ServiceClock()
            reader = Reader(client, pace, clock, hours, limits.give_up, limits.concurrency)
            witness = Witness(
                *(client, ledger, journal, reader), stop=stop, clock=clock, jitter=jitter
            )
            undoer = Undoer(
                *(run, client, ledger, journal, limits, pace, witness),
                stop=stop,
                clock=clock,
                jitter=jitter,
            )
            await undoer.work(targets)
    finally:
        await journal.close()
    return undoer.endings, stop.reason

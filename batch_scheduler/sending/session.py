"""A run's sending from end to end: the connections, the ledger's writer, and how it is stopped."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Doubt
from batch_scheduler.sending.clock import Clock, OnStart, Stop, SystemClock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.sender import Sender
from batch_scheduler.sending.service import Service
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.tally import Tally

HOLDS_S = 7 * 86_400.0
"""How long after its last refusal a service is expected to allow what it did then."""


class Session:
    """What sends, for the length of an `async with`: connections, writer, and a way to stop.

    Nothing leaves before `paused_until`, on the monotonic clock. `hours`: what is known of the
    service's clock already; `known_good`: it has answered this token.
    """

    def __init__(
        self,
        ledger: Ledger,
        service: Service,
        limits: Limits,
        tally: Tally,
        *,
        paused_until: float = 0.0,
        hours: ServiceClock | None = None,
        known_good: bool = False,
        on_start: OnStart = lambda stop: None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        clock = clock or SystemClock()
        self._stop = Stop(clock)
        self._journal = Journal(ledger)
        self._client = service.client()
        self._place = (self._client.base_url, service.holder)
        self._ledger = ledger
        self._clock = clock
        self._sender = Sender(
            *(self._client, ledger, self._journal, limits, tally),
            stop=self._stop,
            clock=clock,
            jitter=jitter,
            paused_until=paused_until,
            known=ledger.allowance(*self._place, since=clock.time() - HOLDS_S),
            hours=hours,
            known_good=known_good,
        )
        on_start(self._stop.from_outside())

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        with suppress(LedgerError):  # a run that is done is not spoilt by it
            await self._remember()
        await self._journal.close()

    async def _remember(self) -> None:
        """What the service allows, for the next run."""
        if found := self._sender.pace.found:
            save = partial(self._ledger.save_allowance, *self._place, found, self._clock.time())
            await self._journal.write(save)

    async def send(self, run: str, doubts: Sequence[Doubt]) -> Exception | None:
        """Send what is planned. Returns why it stopped early, None if it did not.

        `doubts`: what an earlier process left unsettled of it. Raises LedgerError when the ledger
        can't be written: then nothing more is sent.
        """
        await self._sender.send(run, doubts)
        return self._stop.reason

    async def settle(self, doubts: Sequence[Doubt]) -> Exception | None:
        """Ask what became of these, and send nothing. Returns why it stopped early, if it did."""
        await self._sender.settle(doubts)
        return self._stop.reason

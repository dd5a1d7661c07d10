"""Sending and settling for one run of the program: where time and the network begin."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Doubt
from batch_scheduler.sending import (
    FOR_COMFORT,
    Found,
    Limits,
    Patience,
    Service,
    ServiceClock,
    Session,
    Tally,
    look_up,
    steady,
)
from batch_scheduler.settings import Options
from batch_scheduler.signals import Signals


class Watcher(Protocol):
    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        """While calls are made."""
        ...


def limits_of(options: Options) -> Limits:
    return Limits(options.concurrency, options.rate, options.lead, options.give_up, options.settle)


class Engine:
    """Unless said otherwise, methods return why they stopped early, or None; they raise what nobody
    foresaw.
    """

    def __init__(
        self, ledger: Ledger, base_url: str, token: str, options: Options, watcher: Watcher
    ) -> None:
        self._ledger = ledger
        self._service = Service(base_url, token, options.timeout)
        self._limits = limits_of(options)
        self._watcher = watcher
        self._paused_until = 0.0
        self._known_good = False
        self._unusable: ServiceUnusable | None = None
        self._hours = ServiceClock()

    def clock_ahead(self, wall: float) -> float:
        """Seconds by which our clock is ahead of the service's, as far as that was heard."""
        return self._hours.behind(wall, steady())

    def look_up(self, teams: Collection[str], signals: Signals, needed: bool) -> Found:
        """The accounts of these teams, as far as they can be had: soon, or if they are needed at
        all. Raises Interrupted.
        """
        patience = Patience(self._limits.give_up) if needed else FOR_COMFORT
        asked = (self._service, self._limits, teams, patience, self._hours)
        found = asyncio.run(look_up(*asked, signals.forward))
        self._paused_until = found.paused_until
        self._known_good |= bool(found.accounts)  # there may be several looks
        self._unusable = found.unusable
        return found

    def send(
        self,
        run: str,
        total: int,
        signals: Signals,
        *,
        doubts: Sequence[Doubt] = (),
    ) -> Exception | None:
        """Send what is planned of a run, and settle what is in doubt. `total`: deliveries.

        Nothing is asked for where the look at the accounts has shown that every call would fail.
        """
        if self._unusable:
            return self._unusable
        return self._run(total, signals, lambda session: session.send(run, doubts))

    def settle(self, doubts: Sequence[Doubt], signals: Signals) -> Exception | None:
        """Ask what became of these; nothing is sent."""
        total = sum(len(doubt.call.deliveries) for doubt in doubts)
        return self._run(total, signals, lambda session: session.settle(doubts))

    def _run(
        self,
        total: int,
        signals: Signals,
        work: Callable[[Session], Coroutine[Any, Any, Exception | None]],
    ) -> Exception | None:
        tally = Tally(total=total)

        async def session() -> Exception | None:
            opened = Session(
                *(self._ledger, self._service, self._limits, tally),
                paused_until=self._paused_until,
                hours=self._hours,
                known_good=self._known_good,
                on_start=signals.forward,
            )
            async with opened:
                return await work(opened)

        gc.freeze()  # what is loaded and planned by now stays: no need to go through it each time
        try:
            with self._watcher.watches(tally):
                return asyncio.run(session())
        finally:
            gc.unfreeze()

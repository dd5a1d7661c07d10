"""A run's sending from end to end: the connections, the ledger's writer, and how it is stopped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType

from batch_scheduler.ledger import AccountSeen, Ledger
from batch_scheduler.model import Doubt
from batch_scheduler.octospark import Account, CallFailed, OctosparkClient, Timeouts
from batch_scheduler.sending.caller import Limits
from batch_scheduler.sending.clock import Clock, Stop, SystemClock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.sender import Sender
from batch_scheduler.sending.tally import Tally

_NAMES_S = 3.0
"""How long a run that is done waits for the accounts' names."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where to send and in whose name; `timeout`: seconds for an answer."""

    base_url: str
    token: str = field(repr=False)
    timeout: float = 60.0

    def client(self) -> OctosparkClient:
        return OctosparkClient(self.token, self.base_url, timeouts=Timeouts(read=self.timeout))


class Session:
    """What sends, for the length of an `async with`: connections, writer, and a way to stop.

    `on_start` is given a function, safe in any thread and signal handler, that stops it.
    """

    def __init__(
        self,
        ledger: Ledger,
        service: Service,
        limits: Limits,
        tally: Tally,
        *,
        on_start: Callable[[Callable[[Exception], None]], None] = lambda stop: None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ledger = ledger
        self._clock = clock or SystemClock()
        self._stop = Stop(self._clock)
        self._journal = Journal(ledger)
        self._client = service.client()
        self._sender = Sender(
            *(self._client, ledger, self._journal, limits, tally),
            stop=self._stop,
            clock=self._clock,
            jitter=jitter,
        )
        loop = asyncio.get_running_loop()
        on_start(lambda reason: _call_soon(loop, self._stop, reason))

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        await self._journal.close()

    async def send(
        self, run: str, doubts: Sequence[Doubt], teams: Collection[str]
    ) -> Exception | None:
        """Send what is planned. Returns why it stopped early, None if it did not.

        `doubts`: what an earlier process left unsettled of it. `teams`: whose accounts are looked
        up meanwhile, for the names in the results. Raises LedgerError when the ledger can't be
        written: then nothing more is sent.
        """
        names = asyncio.create_task(self._learn_names(teams))
        try:
            await self._sender.send(run, doubts)
            await asyncio.wait([names], timeout=_NAMES_S)
        finally:
            names.cancel()
            await asyncio.gather(names, return_exceptions=True)
        if not names.cancelled():
            names.result()
        return self._stop.reason

    async def settle(self, doubts: Sequence[Doubt]) -> Exception | None:
        """Ask what became of these, and send nothing. Returns why it stopped early, if it did."""
        await self._sender.settle(doubts)
        return self._stop.reason

    async def _learn_names(self, teams: Collection[str]) -> None:
        """Names are a comfort: where they can't be had, the ids stand alone."""
        for team in teams:
            try:
                accounts = (await self._client.accounts(team)).value.data
            except CallFailed:
                continue
            seen = [_seen(one) for one in accounts]
            place = (self._client.base_url, team, seen, self._clock.time())
            await self._journal.write(partial(self._ledger.save_accounts, *place))


def _call_soon(loop: asyncio.AbstractEventLoop, stop: Stop, reason: Exception) -> None:
    if not loop.is_closed():  # a signal while the results are written comes too late to stop it
        loop.call_soon_threadsafe(stop.set, reason)


def _seen(account: Account) -> AccountSeen:
    handle = f"@{account.profile_handle}" if account.profile_handle else ""
    name = handle or account.display_name or ""
    return AccountSeen(account.id.lower(), account.provider, name, account.status)

"""A run's sending from end to end: the connections, the ledger's writer, and how it is stopped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from batch_scheduler.ledger import AccountSeen, Ledger
from batch_scheduler.octospark import Account, CallFailed, OctosparkClient, Timeouts
from batch_scheduler.sending.clock import Clock, Stop, SystemClock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.sender import Limits, Sender
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


async def send_run(
    ledger: Ledger,
    run: str,
    service: Service,
    limits: Limits,
    tally: Tally,
    *,
    teams: Collection[str] = (),
    on_start: Callable[[Callable[[Exception], None]], None] = lambda stop: None,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> Exception | None:
    """Send what is planned. Returns why it stopped early, None if it did not.

    `teams`: whose accounts are looked up meanwhile, for the names in the results.
    `on_start` is given a function, safe in any thread and signal handler, that stops the run.
    Raises LedgerError when the ledger can't be written: then nothing more is sent.
    """
    clock = clock or SystemClock()
    stop = Stop(clock)
    loop = asyncio.get_running_loop()
    on_start(lambda reason: _call_soon(loop, stop, reason))
    journal = Journal(ledger)
    try:
        async with service.client() as client:
            sender = Sender(
                client, ledger, journal, limits, tally, stop=stop, clock=clock, jitter=jitter
            )
            names = asyncio.create_task(_learn_names(client, ledger, journal, teams, clock.time()))
            await sender.send(run)
            done, _ = await asyncio.wait([names], timeout=_NAMES_S)
            for task in done:
                task.result()
            names.cancel()
    finally:
        await journal.close()
    return stop.reason


def _call_soon(loop: asyncio.AbstractEventLoop, stop: Stop, reason: Exception) -> None:
    if not loop.is_closed():  # a signal while the results are written comes too late to stop it
        loop.call_soon_threadsafe(stop.set, reason)


async def _learn_names(
    client: OctosparkClient, ledger: Ledger, journal: Journal, teams: Collection[str], now: float
) -> None:
    """Names are a comfort: where they can't be had, the ids stand alone."""
    for team in teams:
        try:
            accounts = (await client.accounts(team)).value.data
        except CallFailed:
            continue
        seen = [_seen(one) for one in accounts]
        save = partial(ledger.save_accounts, client.base_url, team, seen, now)
        await journal.write(save)


def _seen(account: Account) -> AccountSeen:
    handle = f"@{account.profile_handle}" if account.profile_handle else ""
    name = handle or account.display_name or ""
    return AccountSeen(account.id.lower(), account.provider, name, account.status)

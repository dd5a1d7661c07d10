"""The accounts of teams, as the service lists them now. Asked once, and not for long."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.model import SocialAccount
from batch_scheduler.octospark import Account, CallFailed, HttpFailure, OctosparkClient
from batch_scheduler.sending.clock import Clock, OnStart, Stop, Stopped, SystemClock
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.pace import Pace, full_jitter
from batch_scheduler.sending.service import Service
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.verdict import Fate, unusable, verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long all listings together may take, in seconds, and how often one is tried."""

    seconds: float
    tries: int = 100


@dataclass(slots=True)
class Found:
    """`accounts` and `failed` go by team; `failed` says why. No team is in both.

    `unusable`: every call would fail, too. `paused_until`: the service refused, and no request
    should leave before; on the monotonic clock.
    """

    accounts: dict[str, Sequence[SocialAccount]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unusable: ServiceUnusable | None = None
    paused_until: float = 0.0


FOR_COMFORT = Patience(5.0, 2)
"""For a run that can do without."""


async def look_up(
    service: Service,
    limits: Limits,
    teams: Collection[str],
    patience: Patience,
    hours: ServiceClock,
    on_start: OnStart,
) -> Found:
    """Raises what stopped it, if something did. `hours` hears what the service's clock shows."""
    clock = SystemClock()
    stop = Stop(clock)
    on_start(stop.from_outside())
    async with service.client() as client:
        lookup = Lookup(client, limits.rate, limits.concurrency, hours, stop=stop, clock=clock)
        found = await lookup.accounts(teams, patience)
    if stop.reason is not None:
        raise stop.reason
    return found


def list_accounts(service: Service, team: str) -> Sequence[Account]:
    """Asked once, for a person who waits. Raises ServiceUnusable."""

    async def ask() -> Sequence[Account]:
        async with service.client() as client:
            return (await client.accounts(team)).value.data

    try:
        return asyncio.run(ask())
    except CallFailed as failure:
        raise ServiceUnusable(
            f"the accounts can't be listed: {failure.message}",
            "check OCTOSPARK_TOKEN, the team and the base URL",
        ) from None


class Lookup:
    """Keeps the pace of everyone's requests; a failure is told, not raised."""

    def __init__(
        self,
        client: OctosparkClient,
        rate: float | None,
        concurrency: int,
        hours: ServiceClock,
        *,
        stop: Stop,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._free = asyncio.Semaphore(concurrency)
        self._pace = Pace(clock, stop, jitter, rate)
        self._hours = hours
        self._stop = stop
        self._clock = clock
        self._jitter = jitter

    async def accounts(self, teams: Collection[str], patience: Patience) -> Found:
        """Returns when every team is listed or has failed, time is up, or the run is stopped."""
        found = Found(failed=dict.fromkeys(teams, "there was no answer in time"))
        until = self._clock.monotonic() + patience.seconds
        asking = [
            asyncio.ensure_future(self._ask(team, found, until, patience.tries))
            for team in sorted(teams)
        ]
        end = asyncio.ensure_future(self._stop.sleep(patience.seconds))
        try:
            ends: set[asyncio.Future[Any]] = {asyncio.gather(*asking, return_exceptions=True), end}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*asking, end):
                task.cancel()
            results = await asyncio.gather(*asking, end, return_exceptions=True)
        for failure in results:
            if isinstance(failure, Exception) and not isinstance(failure, Stopped):
                raise failure
        found.paused_until = self._pace.blocked_until
        return found

    async def _ask(self, team: str, found: Found, until: float, tries: int) -> None:
        async with self._free:
            for attempt in range(1, tries + 1):
                if self._pace.blocked_until > until:
                    return
                async with self._pace.turn() as turn:
                    wait = await self._list(team, found, attempt, turn)
                if wait is None or attempt == tries:
                    return
                await self._stop.sleep(wait)

    async def _list(self, team: str, found: Found, attempt: int, turn: Turn) -> float | None:
        """Seconds until it is worth a try again, beside the pause for everyone; None: never."""
        try:
            listed = await self._hours.listen(self._clock, self._client.accounts(team))
        except CallFailed as failure:
            return self._failed(team, failure, turn, attempt, found)
        self._pace.welcomed(turn)
        found.accounts[team] = [account_of(one) for one in listed.value.data]
        del found.failed[team]
        return None

    def _failed(
        self, team: str, failure: CallFailed, turn: Turn, attempt: int, found: Found
    ) -> float | None:
        what = verdict(failure)
        log.info("the accounts of team %s can't be listed: %s", team, what.message)
        status = f"{failure.status}: " if isinstance(failure, HttpFailure) else ""
        found.failed[team] = f"{status}{failure.message}"
        if what.fate is Fate.ABORT:
            found.unusable = unusable(what)
        if what.fate in (Fate.ABORT, Fate.REJECTED):
            return None
        if what.fate is Fate.REFUSED:
            self._pace.refused(turn, what.retry_after)
            return 0.0
        return full_jitter(self._jitter, attempt)


def account_of(listed: Account) -> SocialAccount:
    handle = (listed.profile_handle or "").removeprefix("@")
    name = listed.display_name or ""
    return SocialAccount(listed.id.strip().lower(), listed.provider, handle, name, listed.status)

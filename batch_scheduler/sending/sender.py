"""Sends a run's calls with care: the intent first, one answer, the outcome after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Call, Outcome, Status, request_body, utc_text
from batch_scheduler.octospark import Answer, CallFailed, NoAnswer, OctosparkClient, ScheduleAnswer
from batch_scheduler.sending.breaker import Breaker
from batch_scheduler.sending.clock import Clock, Stop, Stopped
from batch_scheduler.sending.feed import Feed
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.outcome import take_apart
from batch_scheduler.sending.pace import Pace, full_jitter
from batch_scheduler.sending.tally import Tally
from batch_scheduler.sending.verdict import Fate, Verdict, verdict

MOST_ATTEMPTS = 100
"""Bounds one call; the whole run is bounded by --give-up."""
GRACE_S = 8.0
"""How long calls under way are awaited when a person stops the run."""
POST_BUSY_S = 0.25
"""How often a post that another run is at work on is looked at again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How to send. Seconds, and calls per second; see the command line for their meaning."""

    concurrency: int
    rate: float | None
    lead: float
    give_up: float


class Again(Exception):
    """This attempt had no effect; `wait` seconds of its own, beside the pause for everyone."""

    def __init__(self, backoff: bool = False, wait: float = 0.0) -> None:
        self.backoff = backoff
        self.wait = wait


class Sender:
    """One run's sending. `stop` is set by a signal, or here when no call can succeed."""

    def __init__(
        self,
        client: OctosparkClient,
        ledger: Ledger,
        journal: Journal,
        limits: Limits,
        tally: Tally,
        *,
        stop: Stop,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._journal = journal
        self._limits = limits
        self._tally = tally
        self._stop = stop
        self._clock = clock
        self._jitter = jitter
        self._pace = Pace(clock, stop, jitter, limits.rate)
        self._breaker = Breaker(limits.give_up)
        self._in_flight: set[asyncio.Task[Answer[ScheduleAnswer]]] = set()
        self._proved = False

    async def send(self, run: str) -> None:
        """Returns when nothing is left to send, or when stopped: then `stop.reason` says why."""
        batch = max(64, 4 * self._limits.concurrency)
        feed = Feed(
            lambda after: self._journal.write(partial(self._ledger.calls, run, after, batch))
        )
        guard = asyncio.ensure_future(self._wind_down(feed))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._limits.concurrency):
                    group.create_task(self._work(feed))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            guard.cancel()

    async def _work(self, feed: Feed) -> None:
        while (call := await feed.next()) is not None:
            await self._attend(call)
            await feed.done(call)

    async def _attend(self, call: Call) -> None:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Again),
            wait=self._wait,
            stop=lambda state: state.attempt_number >= MOST_ATTEMPTS,
            sleep=self._stop.sleep,
            reraise=True,
        )
        try:
            await retrying(self._attempt, call)
        except (Again, Stopped):
            return  # it is planned again in the ledger: waiting
        except ServiceUnusable as error:
            self._stop.set(error)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, Again) or not error.backoff:
            return error.wait if isinstance(error, Again) else 0.0
        pause = full_jitter(self._jitter, state.attempt_number)
        return max(0.0, min(pause, self._breaker.left(self._clock.monotonic())))

    async def _attempt(self, call: Call) -> None:
        await self._pace.turn()
        if call.instant < self._clock.time() + self._limits.lead:
            await self._conclude(call, dict.fromkeys(_ids(call), _too_late(call)))
            return
        if not await self._journal.write(partial(self._ledger.claim, call, self._clock.time())):
            raise Again(wait=POST_BUSY_S)
        if self._stop or self._pace.blocked:  # since the turn, while the claim was written
            await self._release(call, None)
            raise Again
        asked_at = self._clock.monotonic()
        try:
            answer = await self._ask(call)
        except CallFailed as failure:
            await self._failed(call, verdict(failure), asked_at)
        else:
            self._welcomed()
            await self._conclude(call, take_apart(call, answer.value))

    async def _ask(self, call: Call) -> Answer[ScheduleAnswer]:
        """Raises CallFailed; NoAnswer, too, when the grace of an interrupted run is over."""
        settings = [one.settings for one in call.deliveries]
        body = request_body(call.accounts, call.instant, call.zone, call.options, settings)
        self._tally.calls += 1
        asking = asyncio.ensure_future(self._client.schedule_multi(call.team, call.post, body))
        self._in_flight.add(asking)
        try:
            return await asking
        except asyncio.CancelledError:
            raise NoAnswer("stopped while the answer was awaited") from None
        finally:
            self._in_flight.discard(asking)

    async def _failed(self, call: Call, what: Verdict, asked_at: float) -> None:
        now = self._clock.monotonic()
        match what.fate:
            case Fate.NOT_SENT | Fate.REFUSED:
                await self._release(call, what)
                until = now
                if what.fate is Fate.REFUSED:
                    until = self._pace.refused(what.retry_after, asked_at)
                    self._tally.pause_until = until
                self._breaker.bad(now, until, what.message)
                raise Again(backoff=what.fate is Fate.NOT_SENT)
            case Fate.ABORT:
                await self._release(call, what)
                raise ServiceUnusable(what.message, _remedy(what.code))
            case Fate.REJECTED:
                await self._prove(call, what)
                outcome = Outcome(Status.REJECTED, code=what.code, error=what.message)
            case Fate.IN_DOUBT:
                outcome = Outcome(Status.IN_DOUBT, code=what.code, error=what.message)
        await self._conclude(call, dict.fromkeys(_ids(call), outcome))

    async def _prove(self, call: Call, what: Verdict) -> None:
        """A first 403 or 404 may mean the token or the address, not this post: ask for less."""
        if self._proved or what.code not in ("http-403", "http-404"):
            return
        try:
            await self._client.context()
        except CallFailed as failure:
            if verdict(failure).code in (what.code, "http-401"):
                await self._release(call, what)
                raise ServiceUnusable(what.message, _remedy(what.code)) from None
        self._proved = True

    def _welcomed(self) -> None:
        self._proved = True
        self._pace.welcomed()
        self._breaker.good()

    async def _conclude(self, call: Call, outcomes: Mapping[int, Outcome]) -> None:
        now = self._clock.time()
        await self._journal.write(partial(self._ledger.conclude, call, outcomes, now))
        self._tally.count(outcomes.values())

    async def _release(self, call: Call, what: Verdict | None) -> None:
        code, error = (what.code, what.message) if what else (None, None)
        sent = what is not None
        await self._journal.write(partial(self._ledger.release, call, code, error, sent))

    async def _wind_down(self, feed: Feed) -> None:
        await self._stop.wait()
        await feed.close()
        await self._clock.sleep(GRACE_S)
        for asking in list(self._in_flight):
            asking.cancel()


def _ids(call: Call) -> list[int]:
    return [one.id for one in call.deliveries]


def _too_late(call: Call) -> Outcome:
    said = f"its time, {utc_text(call.instant)}, came before it could be sent"
    return Outcome(Status.REJECTED, code="too-late", error=said)


def _remedy(code: str) -> str:
    if code in ("http-401", "http-403"):
        return "check OCTOSPARK_TOKEN: it may have expired, or belong to another team"
    return "check the base URL: --base-url or OCTOSPARK_BASE_URL"

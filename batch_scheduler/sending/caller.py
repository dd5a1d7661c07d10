"""Makes one call with care: the intent first, one answer, the outcome after."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import CallOutdated, Ledger
from batch_scheduler.model import Call, Doubt, Outcome, Status, request_body, utc_text
from batch_scheduler.octospark import (
    Answer,
    CallFailed,
    NoAnswer,
    OctosparkClient,
    ScheduleAnswer,
    Undecodable,
)
from batch_scheduler.sending.breaker import Breaker
from batch_scheduler.sending.clock import Clock, Stop
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.outcome import take_apart
from batch_scheduler.sending.pace import Pace, full_jitter
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.tally import Tally
from batch_scheduler.sending.verdict import Fate, Verdict, verdict

T = TypeVar("T")
log = logging.getLogger(__name__)

MOST_ATTEMPTS = 100
"""Bounds one call; the whole run is bounded by --give-up."""
POST_BUSY_S = 2.0
"""How often a post that another run is at work on is looked at again."""
_MAY_MEAN_ALL = ("http-403", "http-404", "http-405")


@dataclass(frozen=True, slots=True)
class Limits:
    """How to send. Seconds, and calls per second; see the command line for their meaning."""

    concurrency: int
    rate: float | None
    lead: float
    give_up: float
    settle: float | None = None


Ending = Coroutine[Any, Any, Doubt | None]


class Again(Exception):
    """This attempt had no effect; `wait` seconds of its own, beside the pause for everyone."""

    def __init__(self, backoff: bool = False, wait: float = 0.0) -> None:
        self.backoff = backoff
        self.wait = wait


class Caller:
    """What all workers of a run share while they make its calls."""

    def __init__(
        self,
        client: OctosparkClient,
        ledger: Ledger,
        journal: Journal,
        limits: Limits,
        tally: Tally,
        pace: Pace,
        service_clock: ServiceClock,
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
        self._pace = pace
        self._service_clock = service_clock
        self._stop = stop
        self._clock = clock
        self._jitter = jitter
        self._breaker = Breaker(limits.give_up)
        self._in_flight: set[asyncio.Future[Any]] = set()
        self._proved = False
        self.accepted: tuple[str, str] | None = None
        """Team and post of a call that was accepted, at least in part."""

    async def make(self, call: Call) -> Ending:
        """Await what it returns: the outcome is on the disk then, but the next call need not wait.

        It gives what is in doubt of the call. Else it is concluded, or planned again: waiting.
        Raises Stopped, and ServiceUnusable when no call can succeed.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Again),
            wait=self._wait,
            stop=lambda state: state.attempt_number >= MOST_ATTEMPTS,
            sleep=self._stop.sleep,
            reraise=True,
        )
        try:
            return await retrying(self._attempt, call)
        except Again:
            return _known(None)

    def hang_up(self) -> None:
        """What is under way is in doubt from now on."""
        for asking in list(self._in_flight):
            asking.cancel()

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, Again) or not error.backoff:
            return error.wait if isinstance(error, Again) else 0.0
        pause = full_jitter(self._jitter, state.attempt_number)
        return max(0.0, min(pause, self._breaker.left(self._clock.monotonic())))

    async def _attempt(self, call: Call) -> Ending:
        await self._pace.turn()
        if call.instant < self._clock.time() + self._limits.lead:
            said = f"its time, {utc_text(call.instant)}, came before it could be sent"
            return self._conclude_all(call, Status.REJECTED, "too-late", said)
        since = self._clock.time()
        try:
            mine = await self._journal.write(partial(self._ledger.claim, call, since))
        except CallOutdated as error:
            _log(call, logging.INFO, error.message)
            return _known(None)
        if not mine:
            raise Again(wait=POST_BUSY_S)
        if self._stop or self._pace.blocked:  # since the turn, while the claim was written
            await self._release(call, None)
            raise Again
        asked_at = self._clock.monotonic()
        try:
            answer = await self._ask(call)
            outcomes = take_apart(call, answer.value)
        except CallFailed as failure:
            self._service_clock.heard(since, self._clock.time(), failure.service_time)
            return await self._failed(call, verdict(failure, doubted=call.doubts > 0), asked_at)
        except Exception as error:  # a bug, and nobody knows what came of the call
            await self._conclude_all(call, Status.IN_DOUBT, "unknown-failure", repr(error))
            raise
        self._service_clock.heard(since, self._clock.time(), answer.service_time)
        self._proved = True
        self._welcomed()
        return self._conclude(call, outcomes, answered=True)

    async def _ask(self, call: Call) -> Answer[ScheduleAnswer]:
        """Raises CallFailed."""
        settings = [one.settings for one in call.deliveries]
        body = request_body(call.accounts, call.instant, call.zone, call.options, settings)
        self._tally.calls += 1
        return await self._await(self._client.schedule_multi(call.team, call.post, body))

    async def _await(self, request: Coroutine[Any, Any, T]) -> T:
        """Raises CallFailed; NoAnswer, too, when the grace of a stopped run is over."""
        asking = asyncio.ensure_future(request)
        self._in_flight.add(asking)
        try:
            return await asking
        except asyncio.CancelledError:
            raise NoAnswer("stopped while the answer was awaited") from None
        finally:
            self._in_flight.discard(asking)

    async def _failed(self, call: Call, what: Verdict, asked_at: float) -> Ending:
        """The pause for everyone begins before anything is awaited."""
        _log(call, logging.INFO, f"{what.fate.name.lower().replace('_', ' ')}: {what.message}")
        match what.fate:
            case Fate.NOT_SENT:
                await self._release(call, what)
                self._unwelcome(what, self._clock.monotonic())
                raise Again(backoff=True)
            case Fate.REFUSED:
                until = self._pace.refused(what.retry_after, asked_at)
                await self._release(call, what)
                self._unwelcome(what, until)
                raise Again
            case Fate.ABORT:
                await self._release(call, what)
                raise _unusable(what)
            case Fate.REJECTED:
                await self._prove(call, what)
                self._welcomed()
                return self._conclude_all(call, Status.REJECTED, what.code, what.message)
            case Fate.IN_DOUBT:
                until = self._pace.lost(asked_at)
                in_doubt = (Status.IN_DOUBT, what.code, what.message, what.answered)
                doubt = await self._conclude_all(call, *in_doubt)
                self._unwelcome(what, until)
                return _known(doubt)

    async def _prove(self, call: Call, what: Verdict) -> None:
        """A first 403 or 404 may mean the token or the address, not this post: ask for less."""
        if self._proved or what.code not in _MAY_MEAN_ALL:
            return
        if self._stop:
            await self._release(call, what)
            raise Again
        try:
            await self._await(self._client.context())
        except CallFailed as failure:
            await self._release(call, what)
            found = verdict(failure)
            if found.fate in (Fate.ABORT, Fate.REJECTED) or isinstance(failure, Undecodable):
                raise _unusable(found) from None
            self._unwelcome(found, self._clock.monotonic())
            raise Again(backoff=True) from None
        self._proved = True

    def _welcomed(self) -> None:
        self._pace.welcomed()
        self._breaker.good()

    def _unwelcome(self, what: Verdict, until: float) -> None:
        """Raises ServiceUnusable when this has been so for too long."""
        self._tally.pause_until = max(self._tally.pause_until, until)
        self._breaker.bad(self._clock.monotonic(), until, what.message)

    async def _conclude(
        self, call: Call, outcomes: Mapping[int, Outcome], answered: bool
    ) -> Doubt | None:
        """Writes down what is known; what is in doubt keeps its post while it can be settled."""
        now = self._clock.time()
        if any(outcome.status is Status.ACCEPTED for outcome in outcomes.values()):
            self.accepted = (call.team, call.post)
        open_ = [one for one in call.deliveries if outcomes[one.id].status is Status.IN_DOUBT]
        if not open_:
            await self._journal.write(partial(self._ledger.conclude, call, outcomes, now))
            _log(call, logging.DEBUG, f"{len(outcomes)} deliveries are concluded")
            self._tally.count(outcomes.values())
            return None
        settles = self._limits.settle is not None
        write = partial(self._ledger.doubt, call, outcomes, now, answered, settles)
        since = await self._journal.write(write)
        if not settles:
            self._tally.count(outcomes.values())
            return None
        known = [what for what in outcomes.values() if what.status is not Status.IN_DOUBT]
        self._tally.count(known)
        left = replace(call, deliveries=tuple(open_))
        return Doubt(left, since, now, answered, whole=not known, doubts=call.doubts + 1)

    async def _conclude_all(
        self, call: Call, status: Status, code: str, error: str, answered: bool = False
    ) -> Doubt | None:
        outcome = Outcome(status, code=code, error=error)
        return await self._conclude(call, _all(call, outcome), answered)

    async def _release(self, call: Call, what: Verdict | None) -> None:
        code, error = (what.code, what.message) if what else (None, None)
        sent = what is not None
        await self._journal.write(partial(self._ledger.release, call, code, error, sent))


async def _known(doubt: Doubt | None) -> Doubt | None:
    return doubt


def _log(call: Call, level: int, said: str) -> None:
    log.log(level, "call %s: %s", call.id, said, extra={"run": call.run, "call": call.id})


def _all(call: Call, outcome: Outcome) -> dict[int, Outcome]:
    return {one.id: outcome for one in call.deliveries}


def _unusable(what: Verdict) -> ServiceUnusable:
    if what.code in ("http-401", "http-403"):
        remedy = "check OCTOSPARK_TOKEN: it may have expired, or belong to another team"
    else:
        remedy = "check the base URL: --base-url or OCTOSPARK_BASE_URL"
    return ServiceUnusable(f"the service can't be used: {what.message}", remedy)

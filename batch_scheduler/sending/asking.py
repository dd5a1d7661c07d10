"""One request at a time to the service, with the pace, the patience and the hearing of all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn, TypeVar

from batch_scheduler.octospark import Answer, CallFailed, NoAnswer, OctosparkClient, Undecodable
from batch_scheduler.sending.breaker import Breaker
from batch_scheduler.sending.clock import Clock, Stop
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.pace import Pace, full_jitter
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.tally import Tally
from batch_scheduler.sending.verdict import Fate, Verdict, unusable, verdict

T = TypeVar("T")
Release = Callable[[Verdict | None], Awaitable[None]]
"""Writes down that a request had no effect, and why; None: it was not even made."""

MOST_ATTEMPTS = 100
"""Bounds one request; the whole run is bounded by --give-up."""
MOST_FORBIDDEN = 5
"""Requests that are refused with 403 before a first is served: then it is the token."""
MOST_UNPROVEN = 5
"""Times that a refusal is not believed, for the service can't say whether it means every call."""
_MAY_MEAN_ALL = ("http-403", "http-404", "http-405")


class Again(Exception):
    """This attempt had no effect; `wait` seconds of its own, beside the pause for everyone."""

    def __init__(self, backoff: bool = False, wait: float = 0.0) -> None:
        self.backoff = backoff
        self.wait = wait


class Asking:
    """What all workers of a run share while they ask the service to do something.

    `known_good`: the service has answered this token at this address.
    """

    def __init__(
        self,
        client: OctosparkClient,
        pace: Pace,
        service_clock: ServiceClock,
        tally: Tally,
        give_up: float,
        *,
        known_good: bool = False,
        stop: Stop,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self.client = client
        self._pace = pace
        self._service_clock = service_clock
        self._tally = tally
        self._stop = stop
        self._clock = clock
        self._jitter = jitter
        self._breaker = Breaker(give_up)
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._proved = False
        self._known_good = known_good
        self._forbidden = self._unproven = 0

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Tries until an attempt does not raise Again, with waits in between.

        Raises the last Again; Stopped; and what else the attempt raises.
        """
        for number in range(1, MOST_ATTEMPTS):
            try:
                return await attempt()
            except Again as again:
                wait = self._wait(again, number)
            await self._stop.sleep(wait)
        return await attempt()

    def _wait(self, again: Again, number: int) -> float:
        if not again.backoff:
            return again.wait
        pause = full_jitter(self._jitter, number)
        return max(0.0, min(pause, self._breaker.left(self._clock.monotonic())))

    def turn(self) -> AbstractAsyncContextManager[Turn]:
        return self._pace.preparing()

    def over(self, turn: Turn) -> None:
        self._pace.over(turn)

    async def may_leave(self, turn: Turn) -> bool:
        """Waits for room in flight. False: the run is stopped, or a pause has begun since the turn,
        while the intent was written.
        """
        await self._pace.leave(turn)
        return not (self._stop or self._pace.blocked)

    async def ask(self, request: Coroutine[Any, Any, Answer[T]]) -> T:
        """Raises CallFailed; NoAnswer, too, when the grace of a stopped run is over."""
        self._tally.calls += 1
        return (await self._service_clock.listen(self._clock, self._await(request))).value

    def earliest_there(self) -> float:
        """The least that the service's clock can show now; -inf where it is not known."""
        return self._service_clock.earliest(self._clock.monotonic())

    def comes_too_late(self, instant: int, lead: float) -> bool:
        now = self._service_clock.surely(self._clock.time(), self._clock.monotonic())
        return instant < now + lead

    async def _await(self, request: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._in_flight.add(task)
        try:
            return await request
        except asyncio.CancelledError:
            task.uncancel()
            raise NoAnswer("stopped while the answer was awaited") from None
        finally:
            self._in_flight.discard(task)

    def hang_up(self) -> None:
        """What is under way is in doubt from now on."""
        while self._in_flight:
            self._in_flight.pop().cancel()

    # what came of it

    def served(self, turn: Turn) -> None:
        """A good answer to what was asked."""
        self._proved = True
        self._welcomed(turn)

    async def failed(
        self,
        what: Verdict,
        turn: Turn,
        release: Release,
        lost: Callable[[], Awaitable[T]],
    ) -> T | None:
        """Returns None when this request alone is refused, for good; else its answer is lost, and
        what came of `lost`, which writes that down.

        Raises Again when it had no effect and may have one later, and ServiceUnusable. The pause
        for everyone, or the end, begins before anything is awaited.
        """
        if what.fate is Fate.REJECTED:
            await self._prove(what, release)
            self._welcomed(turn)
            return None
        if what.fate is not Fate.IN_DOUBT:
            await self._turned_away(what, turn, release)
        until = self._pace.lost(turn)
        written = await lost()
        self._unwelcome(what, until)
        return written

    def _welcomed(self, turn: Turn) -> None:
        self._pace.welcomed(turn)
        self._breaker.good()

    def _unwelcome(self, what: Verdict, until: float) -> None:
        """Raises ServiceUnusable when this has been so for too long."""
        self._tally.pause_until = max(self._tally.pause_until, until)
        self._breaker.bad(self._clock.monotonic(), until, what.message)

    async def _turned_away(self, what: Verdict, turn: Turn, release: Release) -> NoReturn:
        until = self._clock.monotonic()
        if what.fate is Fate.REFUSED:
            until = self._pace.refused(turn, what.retry_after)
        if what.fate is Fate.ABORT:
            await self._end(what, what, release)
        await release(what)
        self._unwelcome(what, until)
        raise Again(backoff=what.fate is Fate.NOT_SENT)

    async def _end(self, why: Verdict, what: Verdict, release: Release) -> NoReturn:
        """No call can succeed, and none leaves while that is written down."""
        error = unusable(why)
        self._stop.set(error)
        await release(what)
        raise error from None

    async def _prove(self, what: Verdict, release: Release) -> None:
        """A first 403 or 404 may mean the token or the address, not this post: ask for less. A
        token that is good for that alone shows in one 403 after the other.

        Raises as `failed` does, unless what was refused is this request alone.
        """
        if self._proved or what.code not in _MAY_MEAN_ALL:
            return
        if self._stop:
            await release(what)
            raise Again
        if not self._known_good:
            await self._ask_for_less(what, release)
        self._forbidden += what.code == "http-403"
        if self._forbidden >= MOST_FORBIDDEN and not self._proved:
            await self._end(what, what, release)

    async def _ask_for_less(self, what: Verdict, release: Release) -> None:
        try:
            await self._await(self.client.context())
        except CallFailed as failure:
            found = verdict(failure)
            all_ = found.fate in (Fate.ABORT, Fate.REJECTED) or isinstance(failure, Undecodable)
            if self._proved or (self._unproven >= MOST_UNPROVEN and not all_):
                return
            if all_:
                await self._end(found, what, release)
            await release(what)
            self._unproven += 1
            self._unwelcome(found, self._clock.monotonic())
            raise Again(backoff=True) from None
        self._known_good = True

"""Sends a run's calls: many workers, each with one call at a time, and one who settles doubts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Allowance, Call, Doubt, Outcome, PostDoubt, key_of
from batch_scheduler.octospark import OctosparkClient
from batch_scheduler.sending.asking import Asking
from batch_scheduler.sending.calibration import Calibration
from batch_scheduler.sending.caller import Caller, Ending
from batch_scheduler.sending.clock import Clock, Stop, Stopped
from batch_scheduler.sending.creator import Creator
from batch_scheduler.sending.feed import Feed
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.pace import Pace
from batch_scheduler.sending.post_settling import PostSettler, Settled
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.settling import Settler
from batch_scheduler.sending.tally import Tally

AHEAD = 4
"""Of as many calls in flight one more is prepared meanwhile: its intent goes to the disk."""
ENDINGS_EACH = 8
"""Calls of a worker whose outcomes may wait for the disk. One worker alone waits for each: then all
are sent in their order.
"""
GRACE_S = 6.0
"""How long calls under way are awaited when a person stops the run."""


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
        paused_until: float = 0.0,
        known: Allowance | None = None,
        hours: ServiceClock | None = None,
        known_good: bool = False,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._limits = limits
        self._tally = tally
        self._stop = stop
        self._clock = clock
        most, ahead = limits.concurrency, limits.concurrency // AHEAD
        self.pace = pace = Pace(clock, stop, jitter, limits.rate, known, most, ahead)
        pace.pause(paused_until)
        tally.pace = pace
        hours = hours or ServiceClock()
        self._asking = Asking(
            *(client, pace, hours, tally, limits.give_up),
            known_good=known_good,
            stop=stop,
            clock=clock,
            jitter=jitter,
        )
        shared = (self._asking, ledger, journal, limits, tally, clock)
        self._caller, self._creator = Caller(*shared), Creator(*shared)
        reader = Reader(client, pace, clock, hours, limits.give_up, limits.concurrency)
        calibration = Calibration(
            *(client.base_url, ledger, journal, reader, clock), lambda: self._caller.accepted
        )
        self._settler = Settler(
            *(ledger, journal, reader, calibration, hours),
            limits.settle or 0.0,
            self._settled,
            self._others_left,
            clock=clock,
            jitter=jitter,
        )
        self._post_settler = PostSettler(
            *(client.base_url, ledger, journal, reader, hours),
            limits.settle or 0.0,
            self._post_settled,
            self._others_left,
            clock=clock,
            jitter=jitter,
        )
        self._batch = max(64, 2 * limits.concurrency)
        self._feed = Feed(self._fetch, few=self._batch // 2)
        self._workers = most + ahead
        self._endings: set[asyncio.Future[None]] = set()
        self._failures: list[Exception] = []
        self._run = ""

    async def send(self, run: str, doubts: Sequence[Doubt] = ()) -> None:
        """Returns when nothing is left to send, or when stopped: then `stop.reason` says why.

        `doubts`: what an earlier process left unsettled of this run. An unexpected error, and
        cancelling, stop it too: they are raised when what is under way has been awaited and
        recorded. Who cancels again ends the waiting, not the recording.
        """
        self._run = run
        for doubt in doubts:
            self._feed.hold(doubt.call)
            self._open(doubt)
        settling = (self._settle(one.work()) for one in (self._settler, self._post_settler))
        side = [asyncio.ensure_future(one) for one in (self._wind_down(), *settling)]
        workers = [self._work() for _ in range(self._workers)]
        work = asyncio.gather(*workers, return_exceptions=True)
        cancelled: list[BaseException] = []
        while not work.done():
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError as error:
                if self._stop:
                    self._asking.hang_up()
                self._stop.set(Stopped("cancelled"))
                cancelled.append(error)
        await asyncio.gather(*self._endings)
        for task in side:
            task.cancel()
        ends = await asyncio.gather(*side, return_exceptions=True)
        unexpected = [end for end in ends if not isinstance(end, asyncio.CancelledError)]
        failures = [*work.result(), *self._failures, *unexpected, *cancelled]
        for failure in filter(None, failures):
            raise failure

    async def settle(self, doubts: Sequence[Doubt]) -> None:
        """Asks about these, and sends nothing: what never happened is planned again."""
        for doubt in doubts:
            self._open(doubt)
        asking = asyncio.ensure_future(self._settle(self._settler.work_off()))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({asking, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
            stopped.cancel()
            ends = await asyncio.gather(asking, stopped, return_exceptions=True)
        for failure in ends:
            if isinstance(failure, Exception):
                raise failure

    async def _fetch(self, after: int) -> list[Call]:
        calls = partial(self._ledger.calls, self._run, after, self._batch)
        return await self._journal.write(calls)

    async def _work(self) -> None:
        try:
            while (call := await self._feed.next()) is not None:
                await self._attend(call)
        except Exception as error:
            self._stop.set(error)
            raise

    def _others_left(self) -> bool:
        """Whether calls are left that can still show what the service does."""
        held = self._settler.open + self._post_settler.open
        return bool(self._run) and self._feed.has_others(held)

    async def _attend(self, call: Call) -> None:
        try:
            ready = await self._with_post(call)
            if ready is None:
                return
            call = ready
            ending = await self._caller.make(call)
        except (Stopped, ServiceUnusable) as error:
            if isinstance(error, ServiceUnusable):
                self._stop.set(error)
            await self._feed.done(call)  # it is planned again in the ledger: waiting
            return
        task = asyncio.ensure_future(self._end(call, ending))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        if len(self._endings) > (ENDINGS_EACH * self._workers if self._workers > 1 else 0):
            await asyncio.wait(self._endings, return_when=asyncio.FIRST_COMPLETED)

    async def _with_post(self, call: Call) -> Call | None:
        """The call when its post is created, be it just now; None: another time, or never."""
        if not key_of(call.post):
            return call
        found = await self._creator.post_for(call)
        if isinstance(found, PostDoubt):
            self._tally.unsettled += len(call.deliveries)
            self._post_settler.add(found)
        elif found is None:
            await self._feed.done(call)
        elif found.post == call.post:  # there was no time left to create it
            return call
        else:
            return await self._feed.rename(call, found.post)
        return None

    async def _post_settled(self, doubt: PostDoubt, how: Settled) -> None:
        self._tally.unsettled -= len(doubt.call.deliveries)
        if how is Settled.KNOWN:
            await self._feed.done(doubt.call, doubt.call)
            return
        self._creator.leave(doubt)
        await self._feed.done(doubt.call)

    async def _end(self, call: Call, ending: Ending) -> None:
        """The post is free when the outcome is on the disk; meanwhile others are sent."""
        try:
            if doubt := await ending:
                self._open(doubt)
            else:
                await self._feed.done(call)
        except Exception as error:
            self._stop.set(error)
            self._failures.append(error)

    def _open(self, doubt: Doubt) -> None:
        self._tally.unsettled += len(doubt.call.deliveries)
        self._settler.add(doubt)

    async def _settled(self, doubt: Doubt, outcomes: Mapping[int, Outcome]) -> None:
        self._tally.unsettled -= len(doubt.call.deliveries)
        self._tally.count(outcomes.values())
        left = tuple(one for one in doubt.call.deliveries if one.id not in outcomes)
        again = (replace(doubt.call, deliveries=left, doubts=doubt.doubts),) if left else ()
        await self._feed.done(doubt.call, *again)

    async def _settle(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Stopped:
            pass
        except ServiceUnusable as error:
            self._stop.set(error)
        except Exception as error:
            self._stop.set(error)
            raise

    async def _wind_down(self) -> None:
        await self._stop.wait()
        await self._feed.close()
        await self._clock.sleep(GRACE_S)
        self._asking.hang_up()

"""Finds out what became of calls whose answers were lost, by asking the service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from batch_scheduler.ledger import Ledger
from batch_scheduler.ledger.interface import Others
from batch_scheduler.model import Call, Doubt, Outcome, Status
from batch_scheduler.octospark import CallFailed, Post
from batch_scheduler.sending.calibration import Calibration
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.evidence import Evidence, Shows, weigh
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.looks import Looks
from batch_scheduler.sending.pace import full_jitter
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.verdict import Fate, verdict

log = logging.getLogger(__name__)

FIRST_LOOK_S = 0.5
"""After the failure. Most effects that happened can be seen then."""
ANSWERED_LOOK_S = 2.0
"""The last look after the service itself had answered: it is done with the request."""
UNPROVEN_S = 0.5
"""How often it is tried again whether seeing nothing proves anything."""
MOST_UNREAD = 8
"""Reads in a row that fail, before a doubt is left to a later run."""
MOST_DOUBTS = 10
"""Times that one call is sent without a usable answer, though nothing ever came of it."""

_SEEN_BEFORE = Evidence(Shows.NOTHING, "when it was asked before, the service showed nothing of it")

Settled = Callable[[Doubt, Mapping[int, Outcome]], Awaitable[None]]
"""Told of each doubt that is settled; what got no outcome is to be sent again."""


@dataclass(frozen=True, slots=True)
class _Case:
    doubt: Doubt
    last_at: float  # on our clock: when nothing seen means that nothing happened
    unread: int = 0
    seen: Evidence | None = None  # that nothing happened, when the proof of its worth is missing


class Settler:
    """Looks at each doubt's post, soon and once more. One doubt of a post at a time.

    `settle`: seconds from a lost answer to the last look. `others_left`: whether calls are left
    that can still show what the service does with what it accepts.
    """

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        reader: Reader,
        calibration: Calibration,
        service_clock: ServiceClock,
        settle: float,
        settled: Settled,
        others_left: Callable[[], bool] = lambda: False,
        *,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._reader = reader
        self._calibration = calibration
        self._service_clock = service_clock
        self._settle = settle
        self._settled = settled
        self._others_left = others_left
        self._clock = clock
        self._jitter = jitter
        self._looks: Looks[_Case] = Looks(clock, self._look_at)
        self.open = 0
        """Doubts that are not settled yet."""

    def add(self, doubt: Doubt) -> None:
        wait = min(ANSWERED_LOOK_S, self._settle) if doubt.answered else self._settle
        last_at = doubt.doubted_at + wait
        self.open += 1
        case = _Case(doubt, last_at, seen=_SEEN_BEFORE if doubt.nothing_seen else None)
        self._looks.add(case, min(last_at, doubt.doubted_at + FIRST_LOOK_S))

    async def work(self) -> None:
        """Until it is cancelled. Raises ServiceUnusable when no read can succeed, and Stopped."""
        await self._looks.work()

    async def work_off(self) -> None:
        """Until nothing is left."""
        working = asyncio.ensure_future(self.work())
        try:
            while self.open and not working.done():
                await asyncio.wait({working}, timeout=0.05)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        if not working.cancelled():
            working.result()

    async def _look_at(self, cases: Sequence[_Case]) -> None:
        looked_at = self._clock.time()
        unseen = [case for case in cases if case.seen is None]
        posts = await self._reader.posts({_place(case) for case in unseen})
        judged = [self._judge(case, posts[_place(case)], looked_at) for case in unseen]
        seen = [self._nothing_seen(case, case.seen) for case in cases if case.seen]
        await asyncio.gather(*judged, *seen)

    async def _judge(self, case: _Case, post: Post | CallFailed, looked_at: float) -> None:
        if isinstance(post, CallFailed):
            await self._unread(case, post)
            return
        call = case.doubt.call
        others, later = await self._journal.write(partial(self._others, call))
        since = self._service_clock.earliest(case.doubt.since)
        seen = weigh(call, post, since, others.scheduled_post_ids, later)
        if seen.shows is not Shows.NOTHING:
            if seen.shows is Shows.THIS:
                await self._calibration.succeeded()
            await self._conclude(case, _as_shown(call, seen))
        elif not case.doubt.whole:
            await self._stays(case, f"the answer leaves it out, and {seen.said}")
        elif others.recurring or "recurrenceIntervalDays" in call.options:
            await self._stays(case, f"{seen.said}; of a recurring post this proves nothing")
        elif looked_at < case.last_at:
            self._looks.add(replace(case, unread=0), case.last_at)
        else:
            await self._nothing_seen(case, seen)

    def _others(self, call: Call) -> tuple[Others, frozenset[str]]:
        others = self._ledger.others(call.team, call.post, besides=call)
        return others, self._ledger.later(call)

    async def _nothing_seen(self, case: _Case, seen: Evidence) -> None:
        if await self._calibration.is_proven():
            await self._nothing_happened(case, seen)
        elif self._others_left():
            self._looks.add(replace(case, seen=seen), self._clock.time() + UNPROVEN_S)
        else:
            said = f"{seen.said}, but it was never seen to show what it had accepted"
            await self._journal.write(partial(self._ledger.saw_nothing, case.doubt.call))
            await self._stays(case, said, ask_again=True)

    async def _nothing_happened(self, case: _Case, seen: Evidence) -> None:
        call = case.doubt.call
        if case.doubt.doubts >= MOST_DOUBTS:
            said = f"sent {case.doubt.doubts} times without a usable answer; {seen.said}"
            outcome = Outcome(Status.REJECTED, code="no-usable-answer", error=said)
            await self._conclude(case, {one.id: outcome for one in call.deliveries})
            return
        held = await self._journal.write(partial(self._ledger.nothing_happened, call))
        await self._close(case, {id_: Outcome(Status.HELD, code="superseded") for id_ in held})

    async def _unread(self, case: _Case, failure: CallFailed) -> None:
        """A read that fails is tried again; a post that can't be read can't be settled."""
        unread = case.unread + 1
        if verdict(failure).fate is Fate.REJECTED or unread > MOST_UNREAD:
            await self._stays(case, f"the service can't be asked: {failure.message}", True)
            return
        pause = full_jitter(self._jitter, unread)
        self._looks.add(replace(case, unread=unread), self._clock.time() + pause)

    async def _stays(self, case: _Case, said: str, ask_again: bool = False) -> None:
        hint = "`batch-scheduler resume` asks again" if ask_again else "look at it in Octospark"
        outcome = Outcome(Status.IN_DOUBT, code="not-settled", error=f"{said}; {hint}")
        outcomes = {one.id: outcome for one in case.doubt.call.deliveries}
        await self._conclude(case, outcomes, ask_again)

    async def _conclude(
        self, case: _Case, outcomes: dict[int, Outcome], ask_again: bool = False
    ) -> None:
        now = self._clock.time()
        settle = partial(self._ledger.settle, case.doubt.call, outcomes, now, ask_again)
        await self._journal.write(settle)
        await self._close(case, outcomes)

    async def _close(self, case: _Case, outcomes: Mapping[int, Outcome]) -> None:
        call = case.doubt.call
        found = ", ".join(sorted({str(outcome.status) for outcome in outcomes.values()}))
        said = f"settled: {found or 'nothing happened, it is sent again'}"
        log.info("call %s: %s", call.id, said, extra={"run": call.run, "call": call.id})
        self.open -= 1
        await self._settled(case.doubt, outcomes)


def _place(case: _Case) -> tuple[str, str]:
    return case.doubt.call.team, case.doubt.call.post


def _as_shown(call: Call, seen: Evidence) -> dict[int, Outcome]:
    """What the service shows is accepted; of a call's other accounts it shows nothing."""
    others = "look at it in Octospark"
    if seen.shows is Shows.THIS:
        others = f"the call was made: {seen.said}, and of a call it shows one account; {others}"
    else:
        others = f"{seen.said}; {others}"
    return {
        one.id: Outcome(Status.ACCEPTED, seen.scheduled_post_id)
        if one.account == seen.account
        else Outcome(Status.IN_DOUBT, code="not-shown", error=others)
        for one in call.deliveries
    }

"""Finds out what became of calls whose answers were lost, by asking the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from batch_scheduler.ledger import Ledger, Others
from batch_scheduler.model import Call, Doubt, Outcome, Status, utc_text
from batch_scheduler.octospark import CallFailed, Post
from batch_scheduler.sending.calibration import Calibration
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.evidence import Evidence, Shows, weigh
from batch_scheduler.sending.inquiry import MOST_DOUBTS, Case, Inquiry
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.work import log_of

_SEEN_BEFORE = Evidence(Shows.NOTHING, "when it was asked before, the service showed nothing of it")

_Case = Case[Doubt]
Settled = Callable[[Doubt, Mapping[int, Outcome]], Awaitable[None]]
"""Told of each doubt that is settled; what got no outcome is to be sent again."""


class Settler(Inquiry[Doubt]):
    """Looks at each doubt's post. One doubt of a post at a time."""

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
        super().__init__(settle, others_left, clock=clock, jitter=jitter)
        self._ledger = ledger
        self._journal = journal
        self._reader = reader
        self._calibration = calibration
        self._service_clock = service_clock
        self._settled = settled

    def add(self, doubt: Doubt, seen: Evidence | None = None) -> None:
        super().add(doubt, _SEEN_BEFORE if doubt.nothing_seen else seen)

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

    async def _look(self, cases: Sequence[_Case]) -> None:
        looked_at = self._clock.monotonic()
        posts = await self._reader.posts({_place(case) for case in cases})
        judged = (self._judge(case, posts[_place(case)], looked_at) for case in cases)
        await asyncio.gather(*judged)

    async def _judge(self, case: _Case, post: Post | CallFailed, looked_at: float) -> None:
        if isinstance(post, CallFailed):
            await self._unread(case, post)
            return
        call = case.doubt.call
        others, later = await self._journal.write(partial(self._others, call))
        since = self._service_clock.left_at(case.doubt)
        seen = weigh(call, post, since, others.scheduled_post_ids, later)
        if seen.shows is Shows.LATER and case.seen:
            seen = case.seen
        if seen.shows is not Shows.NOTHING:
            if seen.shows is Shows.THIS:
                await self._calibration.succeeded()
            await self._conclude(case, _as_shown(call, seen))
        elif not case.doubt.whole:
            await self._stays(case, f"the answer leaves it out, and {seen.said}")
        elif others.recurring or "recurrenceIntervalDays" in call.options:
            await self._stays(case, f"{seen.said}; of a recurring post this proves nothing")
        else:
            await self._shown_nothing(case, seen, looked_at)

    def _others(self, call: Call) -> tuple[Others, frozenset[str]]:
        others = self._ledger.others(call.team, call.post, besides=call)
        return others, self._ledger.later(call)

    async def _is_proven(self, case: _Case) -> bool:
        return await self._calibration.is_proven()

    async def _nothing_happened(self, case: _Case, seen: Evidence) -> None:
        call = case.doubt.call
        if case.doubt.doubts >= MOST_DOUBTS:
            said = f"sent {case.doubt.doubts} times without a usable answer; {seen.said}"
            outcome = Outcome(Status.REJECTED, code="no-usable-answer", error=said)
            await self._conclude(case, {one.id: outcome for one in call.deliveries})
            return
        held = await self._journal.write(partial(self._ledger.nothing_happened, call))
        await self._close(case, {id_: Outcome(Status.HELD, code="superseded") for id_ in held})

    async def _unproven(self, case: _Case, seen: Evidence) -> None:
        said = f"{seen.said}, but it was never seen to show what it had accepted"
        await self._journal.write(partial(self._ledger.saw_nothing, case.doubt.call))
        await self._stays(case, said, ask_again=True)

    async def _unreadable(self, case: _Case, said: str) -> None:
        await self._stays(case, said, ask_again=True)

    async def _stays(self, case: _Case, said: str, ask_again: bool = False) -> None:
        """It is asked about again until its time has passed, and once after that."""
        call = case.doubt.call
        hint = "look at it in Octospark"
        now = self._service_clock.surely(self._clock.time(), self._clock.monotonic())
        if ask_again and call.instant > now:
            hint = "`batch-scheduler resume` asks again"
        elif ask_again:
            ask_again = False
            passed = f"its time, {utc_text(call.instant)}, has passed"
            hint = f"{passed} and it is not asked about any more: {hint}"
        outcome = Outcome(Status.IN_DOUBT, code="not-settled", error=f"{said}; {hint}")
        await self._conclude(case, {one.id: outcome for one in call.deliveries}, ask_again)

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
        log_of(call, said)
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
        one.id: Outcome(Status.ACCEPTED, seen.ident)
        if one.account == seen.account
        else Outcome(Status.IN_DOUBT, code="not-shown", error=others)
        for one in call.deliveries
    }

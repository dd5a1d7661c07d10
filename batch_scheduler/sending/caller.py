"""Makes one call with care: the intent first, one answer, the outcome after."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from batch_scheduler.ledger import CallOutdated, Claim, Conclusion
from batch_scheduler.model import Call, Doubt, Outcome, Status, request_body, utc_text
from batch_scheduler.octospark import CallFailed, ScheduleAnswer
from batch_scheduler.sending.asking import Again
from batch_scheduler.sending.journal import Shared
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.outcome import take_apart
from batch_scheduler.sending.verdict import Fate, Verdict, verdict
from batch_scheduler.sending.work import Work, busy, log_of

Ending = Coroutine[Any, Any, Doubt | None]


class Caller(Work):
    """Schedules. `accepted`: team and post of a call that was accepted, at least in part."""

    accepted: tuple[str, str] | None = None

    async def make(self, call: Call) -> Ending:
        """Await what it returns: the outcome is on the disk then, but the next call need not wait.

        It gives what is in doubt of the call. Else it is concluded, or planned again: waiting.
        Raises Stopped, and ServiceUnusable when no call can succeed.
        """
        try:
            return await self._asking.persist(partial(self._attempt, call))
        except Again:
            return _known(None)

    async def _attempt(self, call: Call) -> Ending:
        async with self._asking.turn() as turn:
            return await self._in_turn(call, turn)

    async def _in_turn(self, call: Call, turn: Turn) -> Ending:
        if self._asking.comes_too_late(call.instant, self._limits.lead):
            said = f"its time, {utc_text(call.instant)}, came before it could be sent"
            return self._conclude_all(call, Status.REJECTED, "too-late", said)
        try:
            now, there = self._clock.time(), self._asking.earliest_there()
            claim = Shared(self._ledger.claim, Claim(call, now, there))
            mine: bool = await self._journal.write(claim)
        except CallOutdated as error:
            log_of(call, error.message)
            return _known(None)
        if not mine:
            raise busy()
        if not await self._asking.may_leave(turn):
            await self._release(call, None)
            raise Again
        asked_at = self._clock.monotonic()
        try:
            outcomes = take_apart(call, await self._ask(call))
        except CallFailed as failure:
            what = verdict(failure, doubted=call.doubts > 0)
            return await self._failed(call, what, turn, asked_at)
        except Exception as error:  # a bug, and nobody knows what came of the call
            await self._conclude_all(call, Status.IN_DOUBT, "unknown-failure", repr(error))
            raise
        self._asking.served(turn)
        return _left_at(asked_at, self._conclude(call, outcomes, answered=True))

    async def _ask(self, call: Call) -> ScheduleAnswer:
        """Raises CallFailed."""
        settings = [one.settings for one in call.deliveries]
        body = request_body(call.accounts, call.instant, call.zone, call.options, settings)
        request = self._asking.client.schedule_multi(call.team, call.post, body)
        return await self._asking.ask(request)

    async def _failed(self, call: Call, what: Verdict, turn: Turn, asked_at: float) -> Ending:
        log_of(call, f"{what.fate.name.lower().replace('_', ' ')}: {what.message}")
        in_doubt = (Status.IN_DOUBT, what.code, what.message, what.answered)
        doubt = await self._asking.failed(
            *(what, turn, partial(self._release, call)),
            partial(self._conclude_all, call, *in_doubt),
        )
        if what.fate is Fate.REJECTED:
            return self._conclude_all(call, Status.REJECTED, what.code, what.message)
        return _left_at(asked_at, _known(doubt))

    async def _conclude(
        self, call: Call, outcomes: Mapping[int, Outcome], answered: bool
    ) -> Doubt | None:
        """Writes down what is known; what is in doubt keeps its post while it can be settled."""
        now = self._clock.time()
        if any(outcome.status is Status.ACCEPTED for outcome in outcomes.values()):
            self.accepted = (call.team, call.post)
        open_ = [one for one in call.deliveries if outcomes[one.id].status is Status.IN_DOUBT]
        if not open_:
            conclusion = Shared(self._ledger.conclude, Conclusion(call, outcomes, now))
            await self._journal.write(conclusion, can_wait=True)
            log_of(call, f"{len(outcomes)} deliveries are concluded", logging.DEBUG)
            self._tally.count(outcomes.values())
            return None
        settles = self._limits.settle is not None
        write = partial(self._ledger.doubt, call, outcomes, now, answered, settles)
        there = await self._journal.write(write)
        if not settles:
            self._tally.count(outcomes.values())
            return None
        known = [what for what in outcomes.values() if what.status is not Status.IN_DOUBT]
        self._tally.count(known)
        left = replace(call, deliveries=tuple(open_))
        doubts = call.doubts + 1
        return Doubt(left, there, answered, not known, doubts)

    async def _conclude_all(
        self, call: Call, status: Status, code: str, error: str, answered: bool = False
    ) -> Doubt | None:
        outcome = Outcome(status, code=code, error=error)
        return await self._conclude(call, _all(call, outcome), answered)

    async def _release(self, call: Call, what: Verdict | None) -> None:
        code, error = (what.code, what.message) if what else (None, None)
        sent = what is not None
        await self._journal.write(partial(self._ledger.release, call, code, error, sent))


async def _left_at(asked_at: float, ending: Ending) -> Doubt | None:
    doubt = await ending
    return doubt and replace(doubt, asked_at=asked_at)


async def _known(doubt: Doubt | None) -> Doubt | None:
    return doubt


def _all(call: Call, outcome: Outcome) -> dict[int, Outcome]:
    return {one.id: outcome for one in call.deliveries}

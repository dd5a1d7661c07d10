"""Moves each post to draft with care: the intent first, then the call, then a look at the post."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.octospark import CallFailed, OctosparkClient, Undecodable
from batch_scheduler.sending import Limits
from batch_scheduler.sending.breaker import Breaker
from batch_scheduler.sending.clock import Clock, Stop, Stopped
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.pace import Pace, full_jitter
from batch_scheduler.sending.verdict import Fate, Verdict, verdict
from batch_scheduler.undo.evidence import Seen, Shows
from batch_scheduler.undo.target import Ending, Place, Target, Word, too_late
from batch_scheduler.undo.witness import Unreadable, Witness

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 20
LOOKS_S = (0.0, 0.5, 2.0)
"""The pauses before each look at a post whose move was answered well; else there is one look."""
GRACE_S = 8.0
"""How long requests under way are awaited when a person stops it."""


@dataclass(slots=True)
class _Case:
    """`taken`: its intent is in the ledger; `asked`: a call left that may have had an effect."""

    target: Target
    taken: bool = False
    asked: bool = False


class Undoer:
    """What all workers share. `endings` has what came of each post that they came to."""

    def __init__(
        self,
        run: str,
        client: OctosparkClient,
        ledger: Ledger,
        journal: Journal,
        limits: Limits,
        pace: Pace,
        witness: Witness,
        *,
        stop: Stop,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._run = run
        self._client = client
        self._ledger = ledger
        self._journal = journal
        self._limits = limits
        self._pace = pace
        self._witness = witness
        self._stop = stop
        self._clock = clock
        self._jitter = jitter
        self._breaker = Breaker(limits.give_up)
        self.endings: dict[Place, Ending] = {}

    async def work(self, targets: Sequence[Target]) -> None:
        """Returns when all is done, or when stopped: then `stop.reason` says why."""
        left = iter(targets)
        workers = [asyncio.ensure_future(self._work(left)) for _ in range(self._limits.concurrency)]
        winding = asyncio.ensure_future(self._wind_down(workers))
        ends = await asyncio.gather(*workers, return_exceptions=True)
        winding.cancel()
        for failure in ends:
            if isinstance(failure, BaseException):
                raise failure

    async def _wind_down(self, workers: Sequence[asyncio.Future[None]]) -> None:
        await self._stop.wait()
        await self._clock.sleep(GRACE_S)
        for worker in workers:
            worker.cancel()

    async def _work(self, targets: Iterator[Target]) -> None:
        for target in targets:
            if self._stop:
                return
            case = _Case(target)
            try:
                ending = await self._undo(case)
            except (Stopped, asyncio.CancelledError):
                ending = await self._cut_short(case)
            except Exception as error:
                self._stop.set(error)
                ending = await self._cut_short(case)
                if not isinstance(error, ServiceUnusable):
                    raise
            self.endings[target.place] = ending
            log.info("post %s: %s: %s", target.post, ending.word, ending.said)

    async def _undo(self, case: _Case) -> Ending:
        try:
            seen = await self._witness.see(case.target)
        except Unreadable as error:
            return Ending(Word.LEFT, str(error))
        if seen.shows is Shows.ANOTHER:
            return Ending(Word.LEFT, f"{seen.said}: a move to draft would take that back as well")
        if seen.shows is Shows.NOTHING and any(row.state == "undoing" for row in case.target.rows):
            return await self._done_before(case, seen)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            ending = await self._attempt(case, attempt)
            if ending:
                return ending
        return await self._cut_short(case)

    async def _done_before(self, case: _Case, seen: Seen) -> Ending:
        """An earlier undo asked for it and did not live to see this."""
        case.asked = True
        return await self._begin(case) or await self._confirm(case, seen, answered=True)

    async def _begin(self, case: _Case) -> Ending | None:
        """The intent is in the ledger, and the post takes no other call. Else an ending."""
        if not case.taken:
            begin = partial(self._ledger.begin_undo, self._run, case.target.rows)
            if why := await self._journal.write(partial(begin, self._clock.time())):
                return Ending(Word.LEFT, why)
            case.taken = True
        return None

    async def _attempt(self, case: _Case, attempt: int) -> Ending | None:
        """None: it is to be tried again."""
        async with self._pace.turn() as turn:
            return await self._in_turn(case, attempt, turn)

    async def _in_turn(self, case: _Case, attempt: int, turn: Turn) -> Ending | None:
        first = case.target.first
        if first < self._clock.time() + self._limits.lead:
            return await self._ended(case, Word.LEFT, too_late(first))
        if ending := await self._begin(case):
            return ending
        if self._stop or self._pace.blocked:  # since the turn, while the intent was written
            await self._release(case)
            return None
        return await self._move(case, attempt, turn)

    async def _move(self, case: _Case, attempt: int, turn: Turn) -> Ending | None:
        asked_before = case.asked
        case.asked = True
        try:
            await self._client.move_to_draft(case.target.team, case.target.post)
        except Undecodable:
            pass  # what it answers is not documented; the look that follows is what counts
        except CallFailed as failure:
            what = verdict(failure)
            case.asked = asked_before or what.fate is Fate.IN_DOUBT
            return await self._failed(case, what, turn, attempt)
        self._pace.welcomed(turn)
        self._breaker.good()
        return await self._look(case, answered=True)

    async def _failed(self, case: _Case, what: Verdict, turn: Turn, attempt: int) -> Ending | None:
        """The pause for everyone begins before anything is awaited."""
        log.info("post %s: %s: %s", case.target.post, what.fate.name.lower(), what.message)
        now = until = self._clock.monotonic()
        match what.fate:
            case Fate.REFUSED:
                until = self._pace.refused(turn, what.retry_after)
            case Fate.IN_DOUBT:
                until = self._pace.lost(turn)
                if ending := await self._look(case, answered=False):
                    return ending
            case Fate.ABORT:
                await self._release(case)
                raise ServiceUnusable(f"the service can't be used: {what.message}")
            case Fate.REJECTED:
                self._pace.welcomed(turn)
                return await self._rejected(case, what)
        self._pace.over(turn)
        await self._release(case)
        self._breaker.bad(now, until, what.message)
        if what.fate is not Fate.REFUSED:
            await self._stop.sleep(full_jitter(self._jitter, attempt))
        return None

    async def _rejected(self, case: _Case, what: Verdict) -> Ending:
        """A no after a call whose answer was lost can be that call's echo."""
        if case.asked and (ending := await self._look(case, answered=False)):
            return ending
        await self._release(case)
        await self._witness.prove(what)
        return await self._ended(case, Word.REFUSED, what.message)

    async def _look(self, case: _Case, answered: bool) -> Ending | None:
        """After a call that may have had an effect. None: it still shows what the run did."""
        try:
            for pause in LOOKS_S if answered else LOOKS_S[:1]:
                if pause:
                    await self._stop.sleep(pause)
                seen = await self._witness.see(case.target)
                if seen.shows is Shows.NOTHING:
                    return await self._confirm(case, seen, answered)
                if seen.shows is Shows.ANOTHER:
                    return await self._unconfirmed(case, seen.said)
        except Unreadable as error:
            return await self._unconfirmed(case, str(error))
        if answered:
            return await self._unconfirmed(case, f"the service said yes, but {seen.said}")
        return None

    # how it ends

    async def _confirm(self, case: _Case, seen: Seen, answered: bool) -> Ending:
        if not await self._witness.is_trusted():
            said = f"{seen.said}, but it was never seen to show what it had accepted"
            return await self._unconfirmed(case, said)
        said = f"taken back: {seen.said} any more"
        if not answered:
            said += "; an answer was lost on the way: wait a minute before it is sent again"
        undone = partial(self._ledger.undone, self._run, case.target.rows, said)
        await self._journal.write(partial(undone, self._clock.time()))
        return Ending(Word.UNDONE, said)

    async def _unconfirmed(self, case: _Case, said: str) -> Ending:
        await self._journal.write(partial(self._ledger.end_undo, self._run, case.target.rows))
        return Ending(Word.UNCONFIRMED, said)

    async def _release(self, case: _Case) -> None:
        """It was certainly not taken back, unless a call before may have done it."""
        if case.taken and not case.asked:
            await self._journal.write(partial(self._ledger.keep, self._run, case.target.rows))
            case.taken = False

    async def _cut_short(self, case: _Case) -> Ending:
        return await self._ended(case, Word.WAITING, "it was stopped before it was asked for")

    async def _ended(self, case: _Case, word: Word, said: str) -> Ending:
        await self._release(case)
        if case.asked:
            return await self._unconfirmed(case, f"asked for, without an answer; then: {said}")
        return Ending(word, said)

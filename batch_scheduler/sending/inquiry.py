"""When to look for what became of a request whose answer was lost: soon, and once more."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from batch_scheduler.model import Doubt, PostDoubt
from batch_scheduler.octospark import CallFailed
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.evidence import Evidence
from batch_scheduler.sending.looks import Looks
from batch_scheduler.sending.pace import full_jitter
from batch_scheduler.sending.verdict import Fate, verdict

D = TypeVar("D", bound=Doubt | PostDoubt)

FIRST_LOOK_S = 0.5
"""After the failure. Most effects that happened can be seen then."""
ANSWERED_LOOK_S = 10.0
"""The last look after the service itself had answered: it is done with the request, but what it
shows may come from another place, a little later.
"""
UNPROVEN_S = 0.5
"""How often it is tried again whether seeing nothing proves anything."""
MOST_UNREAD = 8
"""Reads in a row that fail, before a doubt is left to a later run."""
MOST_DOUBTS = 10
"""Times that something is sent without a usable answer, though nothing ever came of it."""


@dataclass(frozen=True, slots=True)
class Case(Generic[D]):
    """`last_at`, on the monotonic clock: when nothing seen means that nothing happened. `seen`:
    nothing, when it was time, but the proof of its worth was missing. `proven`: it is there now.
    """

    doubt: D
    last_at: float
    unread: int = 0
    seen: Evidence | None = None
    proven: bool = False


class Inquiry(ABC, Generic[D]):
    """`settle`: seconds from a lost answer to the last look. `others_left`: whether calls are left
    that can still show what the service does with what it accepts.
    """

    def __init__(
        self,
        settle: float,
        others_left: Callable[[], bool],
        *,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._settle = settle
        self._others_left = others_left
        self._clock = clock
        self._jitter = jitter
        self._looks: Looks[Case[D]] = Looks(clock, self._look_at)
        self.open = 0
        """Doubts that are not settled yet."""

    def add(self, doubt: D, seen: Evidence | None = None) -> None:
        """Of an earlier process' doubt nobody knows how old it is: a clock may have been set. So
        it is as one of just now. `seen`: by an earlier process, when it was time.
        """
        wait = min(ANSWERED_LOOK_S, self._settle) if doubt.answered else self._settle
        if seen:
            wait = 0.0
        now = self._clock.monotonic()
        self.open += 1
        case = Case(doubt, now + wait, seen=seen)
        self._looks.add(case, now + min(wait, FIRST_LOOK_S))

    async def work(self) -> None:
        """Until it is cancelled. Raises ServiceUnusable when no read can succeed, and Stopped."""
        await self._looks.work()

    async def _look_at(self, cases: Sequence[Case[D]]) -> None:
        waiting = [case for case in cases if case.seen and not case.proven]
        others = [case for case in cases if case.seen is None or case.proven]
        await asyncio.gather(self._look(others), *map(self._look_again, waiting))

    async def _shown_nothing(self, case: Case[D], seen: Evidence, looked_at: float) -> None:
        if looked_at < case.last_at:
            self._looks.add(replace(case, unread=0), case.last_at)
        else:
            await self._at_the_end(case, seen)

    async def _at_the_end(self, case: Case[D], seen: Evidence) -> None:
        if await self._is_proven(case):
            await self._nothing_happened(case, seen)
        else:
            await self._wait_for_proof(case, seen)

    async def _look_again(self, case: Case[D]) -> None:
        """A service may show things late: what it shows of one by now, it shows of the other."""
        assert case.seen
        if await self._is_proven(case):
            self._looks.add(replace(case, proven=True), self._clock.monotonic())
        else:
            await self._wait_for_proof(case, case.seen)

    async def _wait_for_proof(self, case: Case[D], seen: Evidence) -> None:
        if self._others_left():
            self._looks.add(replace(case, seen=seen), self._clock.monotonic() + UNPROVEN_S)
        else:
            await self._unproven(case, seen)

    async def _unread(self, case: Case[D], failure: CallFailed) -> None:
        """A read that fails is tried again; what can't be read can't be settled."""
        unread = case.unread + 1
        if verdict(failure).fate is Fate.REJECTED or unread > MOST_UNREAD:
            await self._unreadable(case, f"the service can't be asked: {failure.message}")
            return
        pause = full_jitter(self._jitter, unread)
        self._looks.add(replace(case, unread=unread), self._clock.monotonic() + pause)

    @abstractmethod
    async def _look(self, cases: Sequence[Case[D]]) -> None:
        """Read what the service shows of these; each ends here, or in one of the methods above."""

    @abstractmethod
    async def _is_proven(self, case: Case[D]) -> bool:
        """Whether seeing nothing proves anything."""

    @abstractmethod
    async def _nothing_happened(self, case: Case[D], seen: Evidence) -> None: ...

    @abstractmethod
    async def _unproven(self, case: Case[D], seen: Evidence) -> None:
        """Nothing was seen, and nobody knows what that is worth."""

    @abstractmethod
    async def _unreadable(self, case: Case[D], said: str) -> None: ...

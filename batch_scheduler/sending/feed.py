"""The run's calls, soonest first, one of a post at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count

from batch_scheduler.model import Call

Fetch = Callable[[int], Awaitable[list[Call]]]
"""The next calls after a call's number; empty when there are no more."""
Heap = list[tuple[int, int, Call]]
"""By number: the soonest first. The second is a ticket, for calls of one number."""

MOST_PARKED = 1024
"""Above this, nothing more is fetched until a busy post is free."""


class Feed:
    """Holds a few calls in memory at a time; the rest stay in the ledger."""

    def __init__(self, fetch: Fetch, few: int = 1) -> None:
        """`few`: with less than that at hand, more are fetched while others are given out."""
        self._fetch = fetch
        self._few = few
        self._fetching = asyncio.Lock()
        self._after = 0
        self._exhausted = False
        self._tickets = count()
        self._ready: Heap = []
        self._parked: defaultdict[tuple[str, str], Heap] = defaultdict(list)
        self._parked_count = 0
        self._busy: set[tuple[str, str]] = set()
        self._here: set[int] = set()  # numbers of calls that are ready or parked
        self._closed = False
        self._changed = asyncio.Condition()

    async def next(self) -> Call | None:
        """Waits while all that is left is of busy posts. None: nothing is left, or closed."""
        while not self._closed:
            if self._ready and not self._fetching.locked():
                await self._more(self._few)
            if call := self._take():
                return call
            if self._may_fetch():
                await self._more(1)
            elif not self._busy:
                return None
            else:
                async with self._changed:
                    await self._changed.wait_for(self._may_go_on)
        return None

    def hold(self, call: Call) -> None:
        """The post is busy with a call that was not given out here."""
        self._busy.add(_place(call))

    async def done(self, call: Call, *again: Call) -> None:
        """The post is free. `again`: what of the call is to be sent once more, in its turn."""
        place = _place(call)
        for one in again:
            async with self._fetching:  # what is under way may bring it too, or just have missed it
                if self._exhausted or one.number <= self._after:
                    self._get_ready(one)
        self._busy.discard(place)
        if parked := self._parked.get(place):
            heappush(self._ready, heappop(parked))
            self._parked_count -= 1
        if not parked:
            self._parked.pop(place, None)
        await self._tell()

    async def rename(self, call: Call, post: str) -> Call | None:
        """The post of a call that was given out has an id now, and so has that of all its others.

        None: that post is busy, and the call comes in its turn.
        """
        old, new = _place(call), (call.team, post)
        renamed = replace(call, post=post)
        self._ready = [
            (number, ticket, replace(one, post=post) if _place(one) == old else one)
            for number, ticket, one in self._ready
        ]
        for number, ticket, one in self._parked.pop(old, []):
            heappush(self._parked[new], (number, ticket, replace(one, post=post)))
        self._busy.discard(old)
        if new not in self._busy:
            self._busy.add(new)
            return renamed
        self._here.add(call.number)
        heappush(self._parked[new], (call.number, next(self._tickets), renamed))
        self._parked_count += 1
        await self._tell()
        return None

    def has_others(self, held: int) -> bool:
        """Whether calls are left beside those of `held` busy posts."""
        return bool(self._ready) or not self._exhausted or len(self._busy) > held

    async def close(self) -> None:
        """Nobody gets another call."""
        self._closed = True
        await self._tell()

    def _take(self) -> Call | None:
        """The soonest call of a free post; those of busy ones are put aside on the way."""
        while self._ready:
            entry = heappop(self._ready)
            call = entry[-1]
            place = _place(call)
            if place not in self._busy:
                self._busy.add(place)
                self._here.discard(call.number)
                return call
            heappush(self._parked[place], entry)
            self._parked_count += 1
        return None

    def _get_ready(self, call: Call) -> None:
        """One that is to be sent again can come from the ledger as well: it is given out once."""
        if call.number not in self._here:
            self._here.add(call.number)
            heappush(self._ready, (call.number, next(self._tickets), call))

    def _may_fetch(self) -> bool:
        return not self._exhausted and self._parked_count < MOST_PARKED

    def _may_go_on(self) -> bool:
        return bool(self._ready) or not self._busy or self._closed or self._may_fetch()

    async def _more(self, few: int) -> None:
        """If fewer than that are ready. Who needs one does not wait for a second fetch."""
        async with self._fetching:
            if len(self._ready) >= few or not self._may_fetch():
                return
            calls = await self._fetch(self._after)
            self._exhausted = not calls
            for call in calls:
                self._get_ready(call)
            self._after = calls[-1].number if calls else self._after

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _place(call: Call) -> tuple[str, str]:
    return call.team, call.post

"""The run's calls, soonest first, one of a post at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from batch_scheduler.model import Call

Fetch = Callable[[int], Awaitable[list[Call]]]
"""The next calls after a call's number; empty when there are no more."""


class Feed:
    """Holds a few calls in memory at a time; the rest stay in the ledger."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._fetching = asyncio.Lock()
        self._after = 0
        self._exhausted = False
        self._ready: deque[Call] = deque()
        self._parked: defaultdict[tuple[str, str], deque[Call]] = defaultdict(deque)
        self._busy: set[tuple[str, str]] = set()
        self._closed = False
        self._changed = asyncio.Condition()

    async def next(self) -> Call | None:
        """Waits while all that is left is of busy posts. None: nothing is left, or closed."""
        while not self._closed:
            while self._ready:
                call = self._ready.popleft()
                place = (call.team, call.post)
                if place not in self._busy:
                    self._busy.add(place)
                    return call
                self._parked[place].append(call)
            if not self._exhausted:
                await self._more()
            elif not self._busy:
                return None
            else:
                async with self._changed:
                    await self._changed.wait_for(self._may_go_on)
        return None

    async def done(self, call: Call, *again: Call) -> None:
        """The post is free. `again`: what of the call is to be sent once more, first."""
        place = (call.team, call.post)
        self._busy.discard(place)
        parked = self._parked.get(place)
        if parked and not again:
            self._ready.appendleft(parked.popleft())
        if not parked:
            self._parked.pop(place, None)
        self._ready.extendleft(reversed(again))
        async with self._changed:
            self._changed.notify_all()

    async def close(self) -> None:
        """Nobody gets another call."""
        self._closed = True
        async with self._changed:
            self._changed.notify_all()

    def _may_go_on(self) -> bool:
        return bool(self._ready) or not self._busy or self._closed

    async def _more(self) -> None:
        async with self._fetching:
            if self._ready or self._exhausted:
                return
            calls = await self._fetch(self._after)
            self._exhausted = not calls
            self._ready.extend(calls)
            self._after = calls[-1].number if calls else self._after

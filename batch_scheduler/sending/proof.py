"""Does the service show what it did? Until that was seen, seeing nothing proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from batch_scheduler.sending.journal import Journal

MOST_TRIES = 5

Look = Callable[[], Awaitable[bool | None]]
"""Reads something that is known to be there, and says whether it is shown. None: there is nothing
to read yet.
"""


class Proof:
    """Seen once, it is remembered in the ledger: `kept` asks it, `keep` tells it."""

    def __init__(
        self, journal: Journal, kept: Callable[[], bool], keep: Callable[[], None]
    ) -> None:
        self._journal = journal
        self._kept = kept
        self._keep = keep
        self._lock = asyncio.Lock()
        self._there = False
        self._tries = 0

    async def is_there(self, look: Look) -> bool:
        """Looks if need be, and not often."""
        async with self._lock:
            if not self._there:
                self._there = await self._journal.write(self._kept) or await self._try(look)
            return self._there

    async def found(self) -> None:
        """The service has shown it."""
        if not self._there:
            self._there = True
            await self._journal.write(self._keep)

    async def _try(self, look: Look) -> bool:
        if self._tries >= MOST_TRIES:
            return False
        seen = await look()
        self._tries += seen is not None
        if seen:
            await self.found()
        return bool(seen)

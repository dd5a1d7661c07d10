"""Does the service show what it accepted? Until that was seen, seeing nothing proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from batch_scheduler.ledger import Ledger
from batch_scheduler.octospark import CallFailed
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.reader import Place, Reader

MOST_TRIES = 5


class Calibration:
    """One read of a post that was accepted, remembered in the ledger for each service.

    `sample` gives a post of which a call was accepted in this run.
    """

    def __init__(
        self,
        service: str,
        ledger: Ledger,
        journal: Journal,
        reader: Reader,
        clock: Clock,
        sample: Callable[[], Place | None],
    ) -> None:
        self._service = service
        self._ledger = ledger
        self._journal = journal
        self._reader = reader
        self._clock = clock
        self._sample = sample
        self._lock = asyncio.Lock()
        self._proven = False
        self._tries = 0

    async def is_proven(self) -> bool:
        """Reads a post if need be."""
        async with self._lock:
            if not self._proven:
                proven = partial(self._ledger.is_calibrated, self._service)
                self._proven = await self._journal.write(proven) or await self._try()
            return self._proven

    async def succeeded(self) -> None:
        """The service has shown what it accepted."""
        if not self._proven:
            self._proven = True
            now = self._clock.time()
            await self._journal.write(partial(self._ledger.calibrate, self._service, now))

    async def _try(self) -> bool:
        place = self._sample() or await self._journal.write(
            partial(self._ledger.accepted_post, self._service)
        )
        if place is None or self._tries >= MOST_TRIES:
            return False
        self._tries += 1
        post = await self._reader.post(*place)
        if isinstance(post, CallFailed) or post.latest_scheduled_post is None:
            return False
        known = await self._journal.write(partial(self._ledger.others, *place))
        if post.latest_scheduled_post.id not in known.scheduled_post_ids:
            return False
        await self.succeeded()
        return True

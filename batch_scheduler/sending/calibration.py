"""Does the service show what it accepted? Until that was seen, seeing nothing proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from batch_scheduler.ledger import Ledger
from batch_scheduler.octospark import CallFailed
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.proof import Proof
from batch_scheduler.sending.reader import Place, Reader


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
        self._sample = sample
        self._proof = Proof(
            journal,
            lambda: ledger.is_calibrated(service),
            lambda: ledger.calibrate(service, clock.time()),
        )

    async def is_proven(self) -> bool:
        """Reads a post if need be."""
        return await self._proof.is_there(self._look)

    async def succeeded(self) -> None:
        """The service has shown what it accepted."""
        await self._proof.found()

    async def _look(self) -> bool | None:
        place = self._sample() or await self._journal.write(
            partial(self._ledger.accepted_post, self._service)
        )
        if place is None:
            return None
        post = await self._reader.post(*place)
        if isinstance(post, CallFailed) or post.latest_scheduled_post is None:
            return False
        known = await self._journal.write(partial(self._ledger.others, *place))
        return post.latest_scheduled_post.key in known.scheduled_post_ids

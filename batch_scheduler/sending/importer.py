"""Imports the media of posts that are to be created: each address once a run.

An import whose answer was lost is simply done again: the worst that comes of it is an asset that no
post shows.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from batch_scheduler.model import Call
from batch_scheduler.octospark import CallFailed
from batch_scheduler.octospark.assumed import import_body
from batch_scheduler.sending.asking import Again, Release
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.verdict import Fate, Verdict, verdict
from batch_scheduler.sending.work import Work

Place = tuple[str, str]
"""Team and address."""

MOST_LOST = 5
"""Imports of one address whose answers are lost, before its posts are left waiting."""


class NotImported(Exception):
    """`verdict`: a refusal for good, or that too many answers were lost."""

    def __init__(self, what: Verdict) -> None:
        super().__init__(what.message)
        self.verdict = what


class Importer(Work):
    """What all workers of a run share while they import."""

    def __init__(self, *shared: Any) -> None:
        super().__init__(*shared)
        self._one_at_a_time: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._done: set[Place] = set()
        self._lost = Counter[Place]()

    async def bring_in(self, call: Call, url: str, release: Release, turn: Turn) -> None:
        """Returns when it is in the ledger. Raises NotImported, and as Asking does.

        `release`: why the call waits.
        """
        place = (call.team, url)
        async with self._one_at_a_time[place]:
            if place not in self._done:
                await self._import(call, url, release, turn)
                self._done.add(place)

    async def _import(self, call: Call, url: str, release: Release, turn: Turn) -> None:
        if not await self._asking.may_leave(turn):
            raise Again
        request = self._asking.client.import_asset(call.team, import_body(url))
        try:
            asset = await self._asking.ask(request)
        except CallFailed as failure:
            await self._failed(call, url, verdict(failure), turn, release)
        else:
            self._asking.served(turn)
            await self._journal.write(partial(self._ledger.save_asset, call, url, asset.id))

    async def _failed(
        self, call: Call, url: str, what: Verdict, turn: Turn, release: Release
    ) -> NoReturn:
        said = replace(what, message=f"{url} is not imported: {what.message}")
        await self._asking.failed(said, turn, release, partial(release, said))
        self._lost[call.team, url] += said.fate is Fate.IN_DOUBT
        if said.fate is Fate.REJECTED or self._lost[call.team, url] >= MOST_LOST:
            raise NotImported(said)
        raise Again(backoff=True)

"""Reads a post to see what is scheduled of it, and knows whether seeing nothing proves anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.octospark import CallFailed, OctosparkClient
from batch_scheduler.sending.clock import Clock, Stop
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.pace import full_jitter
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.verdict import Fate, Verdict, verdict
from batch_scheduler.undo.evidence import Seen, seen_of
from batch_scheduler.undo.target import Target

MOST_UNREAD = 8
"""Reads of a post in a row that fail, while others can be read."""
_MAY_MEAN_ALL = ("http-403", "http-404", "http-405")


class Unreadable(Exception):
    """The post can't be read. The message is for a person."""


class Witness:
    """All raise Stopped, and ServiceUnusable when nothing can be asked."""

    def __init__(
        self,
        client: OctosparkClient,
        ledger: Ledger,
        journal: Journal,
        reader: Reader,
        *,
        stop: Stop,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._journal = journal
        self._reader = reader
        self._stop = stop
        self._clock = clock
        self._jitter = jitter
        self._heard = 0  # good answers
        self._trusted = False

    async def see(self, target: Target) -> Seen:
        """Raises Unreadable."""
        heard = self._heard
        for unread in count(1):
            post = await self._reader.post(*target.place)
            if not isinstance(post, CallFailed):
                break
            what = verdict(post)
            if what.fate is Fate.REJECTED:
                await self.prove(what)
            its_own = unread > MOST_UNREAD and self._heard > heard
            if what.fate is Fate.REJECTED or its_own:
                raise Unreadable(f"the post can't be read: {what.message}")
            await self._stop.sleep(full_jitter(self._jitter, unread))
        assert not isinstance(post, CallFailed)
        self._heard += 1
        seen = seen_of(post, target.rows)
        if seen.by_id and not self._trusted:
            self._trusted = True
            place = (self._client.base_url, self._clock.time())
            await self._journal.write(partial(self._ledger.calibrate, *place))
        return seen

    async def is_trusted(self) -> bool:
        """Whether the service was ever seen to show what it had accepted."""
        if not self._trusted:
            asked = partial(self._ledger.is_calibrated, self._client.base_url)
            self._trusted = await self._journal.write(asked)
        return self._trusted

    async def prove(self, what: Verdict) -> None:
        """A first 403 or 404 may mean the token or the address, not this post: ask for less."""
        if self._heard or what.code not in _MAY_MEAN_ALL:
            return
        try:
            await self._client.context()
        except CallFailed as failure:
            raise ServiceUnusable(
                f"the service can't be used: {what.message}; {failure.message}",
                "check OCTOSPARK_TOKEN and the base URL",
            ) from None
        self._heard += 1

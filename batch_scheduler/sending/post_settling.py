"""Finds out whether posts were created whose answers were lost: by the list of posts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from functools import partial

from batch_scheduler.ledger import Ledger
from batch_scheduler.model import POST_IN_DOUBT, Content, PostDoubt
from batch_scheduler.octospark import CallFailed
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.evidence import Evidence, Shows
from batch_scheduler.sending.inquiry import MOST_DOUBTS, Case, Inquiry
from batch_scheduler.sending.journal import Journal
from batch_scheduler.sending.listing import Sent, seek, shows_as_created
from batch_scheduler.sending.proof import Proof
from batch_scheduler.sending.reader import Reader
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.work import log_of


class Settled(Enum):
    KNOWN = "it is created, or surely not, or another process knows: its call goes on"
    REFUSED = "it was tried too often"
    LEFT = "it stays in doubt"


_Case = Case[PostDoubt]
Tell = Callable[[PostDoubt, Settled], Awaitable[None]]


class PostSettler(Inquiry[PostDoubt]):
    """Looks for each post in its team's list."""

    def __init__(
        self,
        service: str,
        ledger: Ledger,
        journal: Journal,
        reader: Reader,
        service_clock: ServiceClock,
        settle: float,
        settled: Tell,
        others_left: Callable[[], bool],
        *,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        super().__init__(settle, others_left, clock=clock, jitter=jitter)
        self._service = service
        self._ledger = ledger
        self._journal = journal
        self._reader = reader
        self._service_clock = service_clock
        self._settled = settled
        self._proof = Proof(
            journal,
            lambda: ledger.lists_posts(service),
            lambda: ledger.saw_listed(service, clock.time()),
        )

    async def _look(self, cases: Sequence[_Case]) -> None:
        teams = {case.doubt.call.team for case in cases}
        await asyncio.gather(
            *(
                self._look_in(team, [case for case in cases if case.doubt.call.team == team])
                for team in teams
            )
        )

    async def _look_in(self, team: str, cases: Sequence[_Case]) -> None:
        looked_at = self._clock.monotonic()
        first = min(self._service_clock.left_at(case.doubt) for case in cases)
        listing = await self._reader.newest(team, first)
        if isinstance(listing, CallFailed):
            await asyncio.gather(*(self._unread(case, listing) for case in cases))
            return
        known = await self._known(team, [post.id.lower() for post in listing.posts])
        if shows_as_created(listing, known):
            await self._proof.found()
        doubted = partial(self._ledger.contents_in_doubt, self._service, team)
        rivals = [Sent(*one) for one in await self._journal.write(doubted)]
        for case in cases:
            doubt = case.doubt
            ours = Sent(doubt.content, doubt.assets)
            others = [one for one in rivals if one != ours]
            since = self._service_clock.left_at(doubt)
            await self._judge(case, seek(ours, listing, since, known, others), looked_at)

    async def _known(self, team: str, posts: Sequence[str]) -> Mapping[str, Content | None]:
        return await self._journal.write(partial(self._ledger.bodies, self._service, team, posts))

    async def _judge(self, case: _Case, seen: Evidence, looked_at: float) -> None:
        doubt = case.doubt
        if not self._service_clock.is_known:
            await self._stays(case, "what the service's clock shows is not known")
        elif seen.shows is Shows.THIS:
            found = partial(self._ledger.found_post, doubt, seen.ident, self._clock.time())
            await self._journal.write(found)
            await self._close(case, Settled.KNOWN, seen.said)
        elif seen.shows is Shows.OTHER:
            await self._stays(case, seen.said)
        else:
            await self._shown_nothing(case, seen, looked_at)

    async def _is_proven(self, case: _Case) -> bool:
        return await self._proof.is_there(partial(self._sampled, case.doubt.call.team))

    async def _nothing_happened(self, case: _Case, seen: Evidence) -> None:
        doubt = case.doubt
        mine = await self._journal.write(partial(self._ledger.no_post, doubt))
        if doubt.doubts < MOST_DOUBTS or not mine:
            await self._close(case, Settled.KNOWN, seen.said)
            return
        said = f"tried {doubt.doubts} times to create it, without a usable answer; {seen.said}"
        place = (doubt.call, doubt.content_id, "no-usable-answer", said, self._clock.time())
        await self._journal.write(partial(self._ledger.refuse_creation, *place))
        await self._close(case, Settled.REFUSED, said)

    async def _unproven(self, case: _Case, seen: Evidence) -> None:
        await self._stays(case, f"{seen.said}, but was never seen to list what it had created")

    async def _unreadable(self, case: _Case, said: str) -> None:
        await self._stays(case, said)

    async def _stays(self, case: _Case, said: str) -> None:
        doubt = case.doubt
        error = _STAYS.format(said)
        note = partial(
            self._ledger.note_creation, doubt.call, doubt.content_id, POST_IN_DOUBT, error
        )
        await self._journal.write(note)
        await self._close(case, Settled.LEFT, said)

    async def _close(self, case: _Case, how: Settled, said: str) -> None:
        log_of(case.doubt.call, f"its post: {said}")
        self.open -= 1
        await self._settled(case.doubt, how)

    async def _sampled(self, team: str) -> bool | None:
        """Whether the list shows what was created."""
        sample = await self._journal.write(partial(self._ledger.created_post, self._service, team))
        if sample is None:
            return None
        post, created_at = sample
        age = self._clock.time() - created_at
        since = self._service_clock.earliest(self._clock.monotonic() - age)
        listing = await self._reader.newest(team, since)
        if isinstance(listing, CallFailed):
            return False
        return shows_as_created(listing, await self._known(team, [post]))


_STAYS = (
    "it is not known whether this post was created, and nothing of it is scheduled: {}. "
    "`batch-scheduler resume` asks again; or look in Octospark, and if it is there, write its id "
    "into post_id"
)

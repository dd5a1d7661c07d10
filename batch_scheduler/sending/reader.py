"""Reading posts, to see what became of calls: one by one, or many by the list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TypeVar

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.octospark import Answer, CallFailed, OctosparkClient, Post
from batch_scheduler.octospark.assumed import NEWEST_FIRST
from batch_scheduler.sending.breaker import Breaker
from batch_scheduler.sending.clock import Clock
from batch_scheduler.sending.instant import parse_instant
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.listing import Listing
from batch_scheduler.sending.pace import Pace
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.verdict import Fate, Verdict, verdict

T = TypeVar("T")
Place = tuple[str, str]
"""Team and post."""

PAGE = 100
MOST_PAGES = 100
"""Of a list that is read for posts whose creation was not answered."""
WORTH_A_PAGE = 20
"""So many posts of one team must be wanted before a page of the list is read for them."""


class Reader:
    """Keeps the pace of everyone's requests, and listens to the service's clock.

    All raise Stopped, and ServiceUnusable when no read has succeeded for `give_up` seconds.
    """

    def __init__(
        self,
        client: OctosparkClient,
        pace: Pace,
        clock: Clock,
        service_clock: ServiceClock,
        give_up: float,
        concurrency: int,
    ) -> None:
        self._free = asyncio.Semaphore(concurrency)
        self._breaker = Breaker(give_up)
        self._client = client
        self._pace = pace
        self._clock = clock
        self._service_clock = service_clock

    async def posts(self, wanted: Collection[Place]) -> dict[Place, Post | CallFailed]:
        """Each place's post, or why it could not be read."""
        found: dict[Place, Post | CallFailed] = {}
        for team in {team for team, _ in wanted}:
            posts = {post for its, post in wanted if its == team}
            if len(posts) >= WORTH_A_PAGE:
                found |= await self._from_list(team, posts)
        left = [place for place in wanted if place not in found]
        answers = await asyncio.gather(*(self.post(*place) for place in left))
        return found | dict(zip(left, answers, strict=True))

    async def post(self, team: str, post: str) -> Post | CallFailed:
        return await self._read(lambda: self._client.post(team, post))

    async def _from_list(self, team: str, posts: set[str]) -> dict[Place, Post | CallFailed]:
        """Reads on as long as pages bring what is wanted; a post that is not there is left out."""
        found: dict[Place, Post | CallFailed] = {}
        cursor = None
        while True:
            page = await self._read(partial(self._client.posts, team, cursor=cursor, limit=PAGE))
            if isinstance(page, CallFailed):
                return found
            here = [post for post in page.posts if post.id.lower() in posts]
            found |= {(team, post.id.lower()): post for post in here}
            cursor = page.cursor
            if not cursor or len(here) < 2 or len(found) == len(posts):
                return found

    async def newest(self, team: str, since: float) -> Listing | CallFailed:
        """The team's posts that can have been created since then (its clock), and more."""
        posts: list[Post] = []
        query: Mapping[str, str] | None = NEWEST_FIRST
        cursor, sorted_ = None, True
        for _ in range(MOST_PAGES):
            ask = partial(self._client.posts, team, cursor=cursor, limit=PAGE, query=query)
            page = await self._read(ask)
            if isinstance(page, CallFailed):
                if not posts and query and verdict(page).fate is Fate.REJECTED:
                    query = None  # it does not know this order: then all is read
                    continue
                return page
            cursor = page.cursor
            sorted_ = sorted_ and _newest_first([*posts[-1:], *page.posts])
            posts += page.posts
            if not cursor or not page.posts:
                return Listing(posts, whole=True)
            oldest = parse_instant(posts[-1].created_at)
            if sorted_ and oldest is not None and oldest < since:
                return Listing(posts, whole=True)
        return Listing(posts, whole=False)

    async def _read(self, ask: Callable[[], Awaitable[Answer[T]]]) -> T | CallFailed:
        async with self._free, self._pace.turn() as turn:
            return await self._heard(ask, turn)

    async def _heard(self, ask: Callable[[], Awaitable[Answer[T]]], turn: Turn) -> T | CallFailed:
        try:
            answer = await self._service_clock.listen(self._clock, ask())
        except CallFailed as failure:
            self._failed(verdict(failure), turn)
            return failure
        self._pace.welcomed(turn)
        self._breaker.good()
        return answer.value

    def _failed(self, what: Verdict, turn: Turn) -> None:
        now = until = self._clock.monotonic()
        if what.fate is Fate.ABORT:
            raise ServiceUnusable(f"the service can't be asked: {what.message}")
        if what.fate is Fate.REJECTED:
            self._pace.welcomed(turn)
            return  # of this post alone
        if what.fate is Fate.REFUSED:
            until = self._pace.refused(turn, what.retry_after)
        self._breaker.bad(now, until, what.message)


def _newest_first(posts: Sequence[Post]) -> bool:
    """Where a time can't be read, nobody knows."""
    times = [parse_instant(post.created_at) for post in posts]
    return None not in times and all(a >= b for a, b in pairwise(times))  # type: ignore[operator]

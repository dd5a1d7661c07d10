"""Which call is next: the soonest of a post that is free, each exactly once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_runs import in_virtual_time

from batch_scheduler.model import Call
from batch_scheduler.sending.feed import MOST_PARKED, Feed


def call(number: int, post: int) -> Call:
    return Call("r1", number, "team", f"post {post}", 1_800_000_000 + number, None, {}, ())


class Shelf:
    """The ledger's planned calls: at first of these posts, in this order."""

    def __init__(self, posts: Sequence[int], most: int = 64) -> None:
        self.planned = {number: call(number, post) for number, post in enumerate(posts, 1)}
        self.fetched = 0
        self._most = most

    async def fetch(self, after: int) -> list[Call]:
        await asyncio.sleep(0)
        numbers = [number for number in sorted(self.planned) if number > after][: self._most]
        calls = [self.planned[number] for number in numbers]
        self.fetched += len(calls)
        await asyncio.sleep(0)
        return calls


async def given_out(feed: Feed) -> int | None:
    one = await feed.next()
    return one.number if one else None


@given(
    posts=st.lists(st.integers(1, 5), max_size=40),
    most=st.integers(1, 10),
    few=st.integers(1, 10),
    workers=st.integers(1, 6),
    pauses=st.lists(st.integers(0, 5), min_size=1, max_size=20),
    again=st.sets(st.integers(1, 40), max_size=10),
    held=st.lists(st.integers(1, 40), max_size=3),
    back=st.booleans(),
)
def test_any_interleaving_gives_every_call_once_and_one_of_a_post_at_a_time(
    posts: list[int],
    most: int,
    few: int,
    workers: int,
    pauses: list[int],
    again: set[int],
    held: list[int],
    back: bool,
) -> None:
    """`again`: calls that are sent once more. `held`: calls that are under way at first; all of
    them come `back`.
    """
    shelf = Shelf(posts, most)
    under_way = {shelf.planned[number].post: number for number in held if number <= len(posts)}
    calls = [shelf.planned.pop(number) for number in under_way.values()]
    given: list[Call] = []
    busy = set(under_way)
    resent = again | {one.number for one in calls if back}
    left = set(resent)
    lengths = cycle(pauses)

    async def pause() -> None:
        for _ in range(next(lengths)):
            await asyncio.sleep(0)

    async def free(feed: Feed, one: Call) -> None:
        await pause()
        if one.number not in left:
            busy.remove(one.post)
            await feed.done(one)
            return
        left.remove(one.number)
        shelf.planned[one.number] = one
        await pause()
        busy.remove(one.post)
        await feed.done(one, one)

    async def work(feed: Feed) -> None:
        while (one := await feed.next()) is not None:
            assert one.post not in busy
            busy.add(one.post)
            given.append(one)
            await pause()
            del shelf.planned[one.number]
            await free(feed, one)

    async def main() -> None:
        feed = Feed(shelf.fetch, few)
        for one in calls:
            feed.hold(one)
        side = [free(feed, one) for one in calls]
        await asyncio.gather(*side, *(work(feed) for _ in range(workers)))

    in_virtual_time(main())
    wanted = Counter({*range(1, len(posts) + 1)} - {one.number for one in calls})
    wanted.update(number for number in resent if number <= len(posts))
    assert Counter(one.number for one in given) == wanted
    assert shelf.planned == {}
    if not held:
        for post in {one.post for one in given}:
            numbers = [one.number for one in given if one.post == post]
            assert numbers == sorted(numbers)
        if workers == 1:
            assert [one.number for one in given] == sorted(one.number for one in given)


def test_while_one_worker_fetches_the_others_are_given_what_is_left() -> None:
    shelf = Shelf(range(1, 9), most=4)
    open_ = asyncio.Event()

    async def fetch(after: int) -> list[Call]:
        await (open_.wait() if after else asyncio.sleep(0))
        return await shelf.fetch(after)

    async def main() -> None:
        feed = Feed(fetch, few=3)
        assert [await given_out(feed), await given_out(feed)] == [1, 2]
        fetching = asyncio.ensure_future(given_out(feed))
        await asyncio.sleep(0)
        assert [await given_out(feed), await given_out(feed)] == [3, 4]
        assert not fetching.done()
        open_.set()
        assert await fetching == 5

    in_virtual_time(main())


def test_the_soonest_call_of_a_free_post_is_next() -> None:
    async def main() -> None:
        shelf = Shelf([1, 1, 2, 1, 2, 3])
        feed = Feed(shelf.fetch)
        assert [await given_out(feed) for _ in range(3)] == [1, 3, 6]
        await feed.done(call(3, 2))
        await feed.done(call(1, 1))
        assert [await given_out(feed) for _ in range(2)] == [2, 5]

    in_virtual_time(main())


def test_what_is_sent_again_keeps_its_turn() -> None:
    async def main() -> None:
        feed = Feed(Shelf([1, 2, 1, 3, 1]).fetch)
        assert [await given_out(feed) for _ in range(3)] == [1, 2, 4]
        await feed.done(call(1, 1), call(1, 1))
        for expected in (1, 3, 5):
            assert await given_out(feed) == expected
            await feed.done(call(expected, 1))

    in_virtual_time(main())


def test_who_finds_only_busy_posts_waits_until_one_is_free() -> None:
    async def main() -> None:
        feed = Feed(Shelf([1, 1]).fetch)
        await feed.next()
        waiting = [asyncio.create_task(feed.next()) for _ in range(2)]
        await asyncio.sleep(1)
        assert not any(one.done() for one in waiting)
        await feed.done(call(1, 1))
        await asyncio.sleep(1)
        assert [one.done() for one in waiting] == [True, False]
        await feed.done(call(2, 1))
        assert await asyncio.gather(*waiting) == [call(2, 1), None]

    in_virtual_time(main())


def test_a_closed_feed_gives_nothing_to_anyone() -> None:
    async def main() -> None:
        feed = Feed(Shelf([1, 1, 2]).fetch)
        await feed.next()
        await feed.next()
        waiting = asyncio.create_task(feed.next())
        await asyncio.sleep(1)
        await feed.close()
        assert await waiting is None
        await feed.done(call(1, 1))
        assert await feed.next() is None

    in_virtual_time(main())


def test_memory_is_bounded_when_all_that_is_left_is_of_one_post() -> None:
    async def main() -> None:
        shelf = Shelf([1] * 5000)
        feed = Feed(shelf.fetch)
        first = await feed.next()
        assert first is not None
        other = asyncio.create_task(feed.next())
        await asyncio.sleep(1)
        assert shelf.fetched <= MOST_PARKED + 64
        await feed.done(first)
        number = 1
        while (one := await other) is not None:
            number += 1
            assert one.number == number
            assert shelf.fetched <= number + MOST_PARKED + 64
            other = asyncio.create_task(feed.next())
            await feed.done(one)
        assert number == 5000

    in_virtual_time(main())


def test_a_ledger_that_fails_is_the_worker_s_error_and_no_deadlock() -> None:
    async def fails(after: int) -> list[Call]:
        await asyncio.sleep(1)
        raise OSError("disk")

    async def main() -> None:
        feed = Feed(fails)
        ended = await asyncio.gather(feed.next(), feed.next(), return_exceptions=True)
        assert [type(one) for one in ended] == [OSError, OSError]

    in_virtual_time(main())


def test_an_empty_run_ends_at_once() -> None:
    assert in_virtual_time(given_out(Feed(Shelf([]).fetch))) is None


def test_it_knows_whether_calls_are_left_beside_those_of_held_posts() -> None:
    async def main() -> None:
        feed = Feed(Shelf([1, 2]).fetch)
        feed.hold(call(9, 9))
        assert feed.has_others(1)
        assert [await given_out(feed) for _ in range(2)] == [1, 2]
        waiting = asyncio.create_task(feed.next())
        await asyncio.sleep(1)
        assert feed.has_others(1)
        await feed.done(call(1, 1))
        await feed.done(call(2, 2))
        assert not feed.has_others(1)
        await feed.done(call(9, 9))
        assert await waiting is None

    in_virtual_time(main())


@pytest.mark.parametrize("team", ["team", "other team"])
def test_a_post_is_one_of_its_team(team: str) -> None:
    async def fetch(after: int) -> list[Call]:
        second = Call("r1", 2, team, "post 1", 0, None, {}, ())
        return [] if after else [call(1, 1), second]

    async def main() -> bool:
        feed = Feed(fetch)
        await feed.next()
        second = asyncio.create_task(feed.next())
        await asyncio.sleep(1)
        given = second.done()
        await feed.close()
        await second
        return given

    assert in_virtual_time(main()) == (team == "other team")

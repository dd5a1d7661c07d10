"""However a run ends early, what was under way is awaited and recorded, and the rest waits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from sending_runs import (
    FastClock,
    accept,
    answering,
    deliveries,
    post_id,
    record_run,
    recorded,
    sending,
    stand_in,
    states,
    the_post,
)

from batch_scheduler.sending.sender import GRACE_S

SPEED = 100.0
"""The grace lasts 0.08 s."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


class Slow:
    """Answers each post's call after so many seconds of its own, and says when they arrive."""

    def __init__(self, **after: float) -> None:
        self._after = {int(name.removeprefix("post")): wait for name, wait in after.items()}
        self._arrived: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.asked: list[int] = []

    async def arrived(self, *posts: int) -> None:
        async with asyncio.timeout(5):
            for post in posts:
                await self._arrived[post].wait()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        post = the_post(request)
        self.asked.append(post)
        self._arrived[post].set()
        await asyncio.sleep(self._after.get(post, 0))
        return await accept(request)


Ending = Callable[[asyncio.Task[None], Callable[[], None]], Awaitable[None]]


async def by_stop(work: asyncio.Task[None], stop: Callable[[], None]) -> None:
    stop()
    await work


async def by_cancel(work: asyncio.Task[None], stop: Callable[[], None]) -> None:
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


@pytest.mark.parametrize("end", [by_stop, by_cancel])
def test_calls_under_way_are_awaited_for_the_grace_and_then_in_doubt(
    path: Path, end: Ending
) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 11)])
    slow = Slow(post1=0.04, post2=60)
    clock = FastClock(SPEED)

    async def main() -> float:
        async with (
            answering(slow) as url,
            sending(path, url, clock=clock, concurrency=2) as one,
        ):
            work = asyncio.create_task(one.send())
            await slow.arrived(1, 2)
            begun = clock.monotonic()
            await end(work, lambda: one.stop.set(RuntimeError("Ctrl-C")))
            lasted = clock.monotonic() - begun
            assert [(row.state, row.code) for row in deliveries(path)] == [
                ("accepted", None),
                ("in_doubt", "no-answer"),
                *[("planned", None)] * 8,
            ]
            return lasted

    assert GRACE_S <= asyncio.run(main()) < GRACE_S * 5
    assert slow.asked == [1, 2]


def test_what_was_ready_to_leave_but_had_no_place_in_flight_is_planned_again(path: Path) -> None:
    """Of four workers one more prepares its call meanwhile; nobody knows of it, so no doubt."""
    record_run(path, [(number, 1, 5) for number in range(1, 11)])
    slow = Slow(post1=60, post2=60, post3=60, post4=60)

    async def main() -> None:
        async with (
            answering(slow) as url,
            sending(path, url, clock=FastClock(SPEED), concurrency=4) as one,
        ):
            work = asyncio.create_task(one.send())
            await slow.arrived(1, 2, 3, 4)
            async with asyncio.timeout(5):
                while states(path).count("sending") < 5:  # noqa: ASYNC110, the ledger tells nobody
                    await asyncio.sleep(0.01)
            one.stop.set(RuntimeError("Ctrl-C"))
            await work

    asyncio.run(main())
    assert sorted(slow.asked) == [1, 2, 3, 4]
    assert states(path) == ["in_doubt"] * 4 + ["planned"] * 6
    assert [row.attempts for row in deliveries(path)] == [1] * 4 + [0] * 6


def test_who_cancels_again_ends_the_waiting_but_not_the_recording(path: Path) -> None:
    record_run(path, [(1, 1, 5), (2, 1, 5)])
    slow = Slow(post1=60)

    async def main() -> None:
        async with (
            answering(slow) as url,
            sending(path, url, clock=FastClock(1), concurrency=1) as one,
        ):
            work = asyncio.create_task(one.send())
            await slow.arrived(1)
            async with asyncio.timeout(GRACE_S / 2):
                for _ in range(2):
                    work.cancel()
                    await asyncio.sleep(0.01)
                with pytest.raises(asyncio.CancelledError):
                    await work
            assert states(path) == ["in_doubt", "planned"]

    asyncio.run(main())


def test_a_run_that_is_stopped_before_it_begins_sends_nothing(path: Path) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 11)])
    slow = Slow()

    async def main() -> None:
        async with answering(slow) as url, sending(path, url) as one:
            one.stop.set(RuntimeError("Ctrl-C"))
            await one.send()

    asyncio.run(main())
    assert slow.asked == []
    assert states(path) == ["planned"] * 10
    assert {row.attempts for row in deliveries(path)} == {0}


def test_a_pause_is_not_waited_for(path: Path) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 11)])

    async def main() -> None:
        options = {"faults": {"429_seconds": 1}, "retry_after": 250}
        async with (
            stand_in(path, **options) as url,
            sending(path, url, clock=FastClock(1)) as one,
        ):
            work = asyncio.create_task(one.send())
            async with asyncio.timeout(5):
                while not one.tally.pause_until:  # noqa: ASYNC110, nobody tells of a pause
                    await asyncio.sleep(0.001)
                one.stop.set(RuntimeError("Ctrl-C"))
                await work

    asyncio.run(main())
    assert set(states(path)) == {"planned"}


def test_a_proof_that_hangs_is_not_waited_for_either(path: Path) -> None:
    record_run(path, [(1, 1, 5)])
    proving = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.Response:
        if not the_post(request):
            proving.set()
            await asyncio.sleep(60)
        return web.Response(status=404)

    async def main() -> None:
        async with answering(answer) as url, sending(path, url, clock=FastClock(SPEED)) as one:
            work = asyncio.create_task(one.send())
            async with asyncio.timeout(3):
                await proving.wait()
                one.stop.set(RuntimeError("Ctrl-C"))
                await work

    asyncio.run(main())
    assert states(path) == ["planned"]


@pytest.mark.parametrize("millis", range(20))
def test_whenever_it_is_cancelled_the_ledger_knows_what_became_of_every_call(
    path: Path, millis: int
) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 61)])

    async def main() -> None:
        async with stand_in(path) as url, sending(path, url, concurrency=3) as one:
            work = asyncio.create_task(one.send())
            await asyncio.sleep(millis / 1000)  # about where it is, the machine decides
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            assert "sending" not in states(path)

    asyncio.run(main())
    done = {one["postId"] for one in recorded(path, "effect")}
    for row in deliveries(path):
        assert row.state in ("planned", "accepted", "in_doubt")
        assert (row.state == "planned") <= (row.post not in done)
        assert (row.state == "accepted") <= (row.post in done)


def by_hand(path: Path, sql: str, number: int) -> None:
    """What another process, or a person with a SQL prompt, can do about a post's delivery."""
    with sqlite3.connect(path) as db:
        assert db.execute(f"{sql} WHERE post = ?", [post_id(number)]).rowcount == 1
    db.close()


HOLD = "UPDATE delivery SET state = 'held', code = 'superseded'"
# No path can hold such an id.
ADD = """
    INSERT INTO delivery (run, source, row, team, post, account, instant, options, settings, state,
                          call)
    SELECT run, source, row, team, '..', account, instant, options, settings, state, call + 1
    FROM delivery
"""


def test_a_call_that_a_later_run_took_over_meanwhile_is_left_to_it(path: Path) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 7)])
    slow = Slow(post1=0.04, post2=0.01)

    async def main() -> None:
        async with (
            answering(slow) as url,
            sending(path, url, clock=FastClock(SPEED), concurrency=2) as one,
        ):
            work = asyncio.create_task(one.send())
            await slow.arrived(1, 2)
            by_hand(path, HOLD, 3)
            await work
            assert states(path) == ["accepted", "accepted", "held", *["accepted"] * 3]

    asyncio.run(main())
    assert sorted(slow.asked) == [1, 2, 4, 5, 6]


def test_a_bug_while_a_call_is_under_way_puts_it_in_doubt(path: Path) -> None:
    record_run(path, [(1, 1, 5), (2, 1, 6)])
    by_hand(path, ADD, 2)
    slow = Slow(post1=0.04)

    async def main() -> None:
        async with (
            answering(slow) as url,
            sending(path, url, clock=FastClock(SPEED), concurrency=2) as one,
        ):
            with pytest.raises(ValueError, match="can't be an id"):
                await one.send()
            assert [(row.state, row.code) for row in deliveries(path)] == [
                ("accepted", None),
                ("accepted", None),
                ("in_doubt", "unknown-failure"),
            ]

    asyncio.run(main())
    assert slow.asked == [1, 2]

"""When requests leave: never faster than the rate, and nobody during a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_runs import LoopClock, in_virtual_time

from batch_scheduler.sending.clock import Stop, Stopped
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.pace import LONGEST_PAUSE_S, Pace, full_jitter

Scenario = Callable[[Pace, Stop], Coroutine[Any, Any, None]]


def play(scenario: Scenario, rate: float | None = None, jitter: float = 1.0) -> None:
    async def main() -> None:
        stop = Stop(LoopClock())
        await asyncio.sleep(100)
        await scenario(Pace(LoopClock(), stop, lambda: jitter, rate), stop)

    in_virtual_time(main())


async def call(pace: Pace) -> None:
    """One that is let in."""
    async with pace.turn() as turn:
        pace.welcomed(turn)


def one_that_left(at: float) -> Turn:
    """One more of the same burst."""
    return Turn(left_at=at, level=1, over=True)


def now() -> float:
    return LoopClock().monotonic()


refusals = st.lists(st.tuples(st.floats(0, 20), st.none() | st.floats(0, 20)), max_size=6)


@given(
    rate=st.none() | st.floats(0.1, 50),
    workers=st.integers(1, 6),
    calls=st.integers(1, 40),
    pauses=refusals,
    idle=st.lists(st.floats(0, 3), min_size=1, max_size=5),
)
def test_over_any_window_the_rate_is_kept_and_no_pause_is_broken(
    rate: float | None,
    workers: int,
    calls: int,
    pauses: list[tuple[float, float | None]],
    idle: list[float],
) -> None:
    departures: list[float] = []
    blocked: list[tuple[float, float]] = []

    async def work(pace: Pace, number: int) -> None:
        for turn in range(number, calls, workers):
            async with pace.turn() as turn_:
                departures.append(now())
                pace.welcomed(turn_)
            await asyncio.sleep(idle[turn % len(idle)])

    async def refuse(pace: Pace, at: float, retry_after: float | None) -> None:
        await asyncio.sleep(at)
        blocked.append((now(), pace.refused(one_that_left(now()), retry_after)))

    async def scenario(pace: Pace, stop: Stop) -> None:
        await asyncio.gather(
            *(work(pace, number) for number in range(workers)),
            *(refuse(pace, at, retry_after) for at, retry_after in pauses),
        )

    play(scenario, rate)
    assert len(departures) == calls
    if rate is not None:
        assert all(later - sooner >= 1 / rate - 1e-6 for sooner, later in pairwise(departures))
    for begin, end in blocked:
        assert not [at for at in departures if begin < at < end - 1e-6]


def test_the_rate_is_also_reached() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        begin = now()
        await asyncio.gather(*(call(pace) for _ in range(11)))
        assert now() - begin == pytest.approx(10 / 4)

    play(scenario, rate=4)


def test_time_that_was_idle_is_not_made_up_for() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        await call(pace)
        await asyncio.sleep(60)
        begin = now()
        for _ in range(4):
            await call(pace)
        assert now() - begin == pytest.approx(3 / 4)

    play(scenario, rate=4)


def test_without_a_rate_nobody_waits() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        begin = now()
        for _ in range(1000):
            await call(pace)
        assert now() == begin

    play(scenario)


@pytest.mark.parametrize("rate", [None, 1000.0])
def test_a_pause_holds_everyone_also_who_already_waits(rate: float | None) -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        begin = now()
        pace.refused(one_that_left(begin), 10)
        left: list[float] = []

        async def leave() -> None:
            await call(pace)
            left.append(now() - begin)

        waiting = [asyncio.create_task(leave()) for _ in range(5)]
        await asyncio.sleep(9)
        assert pace.blocked
        pace.refused(one_that_left(now()), 20)
        await asyncio.gather(*waiting)
        assert not pace.blocked
        assert all(29 <= at < 29.1 for at in left)

    play(scenario, rate)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        until = pace.refused(one_that_left(now()), 30)
        await asyncio.sleep(1)
        assert pace.refused(one_that_left(now()), 1) == until

    play(scenario)


def test_retry_after_comes_first_and_jitter_only_where_it_says_no_time() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        for retry_after, pause in ((31, 31), (None, 3 * 0.75), (0, 9 * 0.75), (3, 3)):
            async with pace.turn() as turn:
                assert pace.refused(turn, retry_after) - now() == pytest.approx(pause)

    play(scenario, jitter=0.5)


@given(draw=st.floats(0, 1), attempt=st.integers(0, 10_000))
def test_backoff_is_full_jitter_that_doubles_and_is_bounded(draw: float, attempt: int) -> None:
    wait = full_jitter(lambda: draw, attempt)
    assert wait == pytest.approx(draw * full_jitter(lambda: 1.0, attempt))
    assert 0 <= wait <= LONGEST_PAUSE_S
    longest = full_jitter(lambda: 1.0, attempt + 1)
    assert longest == pytest.approx(min(LONGEST_PAUSE_S, 2 * full_jitter(lambda: 1.0, attempt)))


def pauses(pace: Pace, bursts: list[int]) -> Coroutine[Any, Any, list[float]]:
    """The pause after each burst of so many refusals, asked together, answered one by one."""

    async def main() -> list[float]:
        lengths = []
        for size in bursts:
            async with pace.turn() as turn:
                refused_at = now()
                for one in [turn, *[one_that_left(turn.left_at)] * (size - 1)]:
                    until = pace.refused(one, None)
                    await asyncio.sleep(0.01)
            lengths.append(until - refused_at)
        return lengths

    return main()


def test_refusals_of_one_burst_count_as_one() -> None:
    """After each it is longer, but for what a window lasts from the start, such as 10 seconds."""

    async def scenario(pace: Pace, stop: Stop) -> None:
        begin = now()
        lengths = await pauses(pace, [1, 8, 8, 1])
        assert lengths[:2] == pytest.approx([1, 3])
        ends = [begin + sum(lengths[: 1 + one]) for one in range(4)]
        assert ends[2:] == pytest.approx([begin + 10, begin + 30])

    play(scenario)


def test_a_good_answer_ends_a_row_of_refusals() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        await pauses(pace, [1, 1, 1])
        await call(pace)
        assert await pauses(pace, [1]) == pytest.approx([1])

    play(scenario)


def test_one_lost_answer_holds_nobody_and_several_in_a_row_hold_everyone() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        lengths = []
        for _ in range(4):
            async with pace.turn() as turn:
                await asyncio.sleep(0.1)
                for one in [turn, *[one_that_left(turn.left_at)] * 7]:
                    pace.lost(one)
            lengths.append(pace.blocked_until - now())
        assert lengths == pytest.approx([0, 1, 2, 4])
        await call(pace)
        async with pace.turn() as turn:
            pace.lost(turn)
        assert not pace.blocked

    play(scenario)


def test_who_waits_for_a_turn_wakes_up_when_the_run_is_to_stop() -> None:
    async def scenario(pace: Pace, stop: Stop) -> None:
        pace.refused(one_that_left(now()), 3600)
        waiting = [asyncio.create_task(call(pace)) for _ in range(3)]
        await asyncio.sleep(1)
        stop.set(RuntimeError("enough"))
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in ended] == [Stopped] * 3
        assert now() == pytest.approx(101)

    play(scenario)

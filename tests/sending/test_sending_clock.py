"""Time as an argument, and the one way to be told to stop."""

from __future__ import annotations

import asyncio
import time

import pytest
from sending_runs import LoopClock, in_virtual_time

from batch_scheduler.sending.clock import Stop, Stopped, SystemClock


def test_the_system_clock_tells_the_time() -> None:
    clock = SystemClock()
    before = time.time(), time.monotonic()
    asyncio.run(clock.sleep(0.001))
    assert before[0] <= clock.time() <= time.time()
    assert before[1] + 0.001 <= clock.monotonic() <= time.monotonic()


def test_a_sleep_that_nothing_stops_lasts_its_time() -> None:
    async def main() -> float:
        stop = Stop(LoopClock())
        await stop.sleep(30)
        await stop.sleep(0)
        await stop.sleep(-1)
        return LoopClock().monotonic()

    assert in_virtual_time(main()) == pytest.approx(30)


def test_everyone_who_sleeps_wakes_up_when_the_run_is_to_stop() -> None:
    async def main() -> None:
        stop = Stop(LoopClock())
        sleepers = [asyncio.create_task(stop.sleep(3600)) for _ in range(3)]
        await asyncio.sleep(1)
        assert not stop
        stop.set(RuntimeError("enough"))
        assert stop
        woken = await asyncio.gather(*sleepers, return_exceptions=True)
        assert [type(one) for one in woken] == [Stopped] * 3
        assert LoopClock().monotonic() == pytest.approx(1)
        with pytest.raises(Stopped):
            await stop.sleep(0)
        await stop.wait()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on sleeping"

    in_virtual_time(main())


def test_the_first_reason_stays() -> None:
    stop = Stop(LoopClock())
    first = RuntimeError("first")
    stop.set(first)
    stop.set(RuntimeError("second"))
    assert stop.reason is first

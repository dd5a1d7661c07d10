"""How many, how fast and when: as the stand-in's record has it."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import chain
from pathlib import Path
from typing import Any

from aiohttp import web
from sending_runs import (
    FastClock,
    accept,
    answering,
    deliveries,
    record_run,
    rehearse,
    seconds,
    sending,
)


def most_at_once(calls: list[dict[str, Any]]) -> int:
    """Ends before beginnings, where the record's milliseconds are the same."""
    ends = ((one["answered"], -1) for one in calls)
    events = sorted(chain(((one["time"], 1) for one in calls), ends))
    most = now = 0
    for _, step in events:
        now += step
        most = max(most, now)
    return most


def test_never_more_than_so_many_calls_are_in_flight_and_never_two_of_one_post(
    tmp_path: Path,
) -> None:
    rows = [(post, 1, hours) for post in range(1, 21) for hours in (5, 6, 7)]
    run = rehearse(tmp_path, rows, limits={"concurrency": 5}, latency=0.02, jitter=0.01)
    assert run.states == ["accepted"] * 60
    assert most_at_once(run.calls) == 5
    for post in {one["path"] for one in run.calls}:
        of_post = [one for one in run.calls if one["path"] == post]
        assert len(of_post) == 3
        assert most_at_once(of_post) == 1
    assert len({one["connection"] for one in run.calls}) <= 5


def test_all_workers_are_busy_although_one_post_has_most_of_the_calls(tmp_path: Path) -> None:
    rows = [(1, 1, hours) for hours in range(5, 45)] + [(post, 1, 50) for post in range(2, 42)]
    run = rehearse(tmp_path, rows, limits={"concurrency": 4}, latency=0.01)
    assert run.states == ["accepted"] * 80
    assert most_at_once(run.calls) == 4


def test_no_request_arrives_while_a_pause_runs(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 41)]
    script = [None] * 10 + ["429_seconds"] + [None] * 10 + ["503_retry_after"]
    pause = 0.3
    run = rehearse(
        tmp_path,
        rows,
        clock=FastClock(10 / pause),
        limits={"concurrency": 4},
        fault_script=script,
        latency=0.002,
        retry_after=10,
    )
    assert run.states == ["accepted"] * 40
    refusals = [one for one in run.calls if one["answer"] in (429, 503)]
    assert len(refusals) == 2
    for refusal in refusals:
        answered = seconds(refusal["answered"])
        arrivals = [seconds(one["time"]) - answered for one in run.calls]
        # What had left before the refusal was read still arrives.
        assert not [after for after in arrivals if pause / 2 < after < pause - 0.002]


def test_a_call_that_was_claimed_when_the_pause_began_is_held_back_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    record_run(path, [(1, 1, 5), (2, 1, 6)])
    arrivals: list[float] = []
    journal_is_free = threading.Event()
    begun = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.Response:
        arrivals.append(time.monotonic())
        if len(arrivals) > 1:
            return await accept(request)
        begun.set()
        await asyncio.sleep(0.15)  # the other worker's turn comes, and its claim has to wait
        asyncio.get_running_loop().call_later(0.05, journal_is_free.set)
        return web.Response(status=429, headers={"Retry-After": "3"})

    async def main() -> None:
        async with (
            answering(answer) as url,
            sending(path, url, clock=FastClock(10), concurrency=2, rate=1.0) as one,
        ):
            work = asyncio.create_task(one.send())
            await begun.wait()
            await one.journal.write(lambda: journal_is_free.wait(10))
            await work

    asyncio.run(main())
    assert arrivals[1] - arrivals[0] >= 0.15 + 3 / 10
    assert [(row.state, row.attempts) for row in deliveries(path)] == [
        ("accepted", 2),
        ("accepted", 1),
    ]


def test_the_rate_is_kept(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 31)]
    step = 1 / 100  # 10 a second, ten times as fast
    begun = time.time()
    run = rehearse(tmp_path, rows, clock=FastClock(10), limits={"rate": 10.0})
    arrivals = [seconds(one["time"]) - begun for one in run.calls]
    assert len(arrivals) == 30
    for number, at in enumerate(sorted(arrivals)):
        assert at >= number * step - 0.002


def test_a_limit_of_the_service_s_own_costs_waiting_and_nothing_else(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 21)]
    limits = {"concurrency": 4}
    run = rehearse(
        tmp_path, rows, clock=FastClock(50), limits=limits, max_in_flight=2, latency=0.02
    )
    assert run.reason is None
    assert run.states == ["accepted"] * 20
    assert len(run.effects) == 20
    assert {one["answer"] for one in run.calls} == {200, 429}

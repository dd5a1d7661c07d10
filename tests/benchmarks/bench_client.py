"""Calls by the program's client alone, or by aiohttp alone. As a program: `NAME URL CALLS` prints
the milliseconds of CPU that one takes, 32 being in flight.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from bench_sheets import TEAM, account_id, at, post_id
from bench_stand_in import TOKEN

from batch_scheduler.octospark import OctosparkClient

ACCOUNTS = [account_id(n) for n in range(20)]
IN_FLIGHT = 32
FIRST = 100
"""So many calls open the connections; they are not counted."""

Body = dict[str, Any]
One = Callable[[str, Body], Awaitable[object]]


async def ours(url: str, calls: int) -> float:
    """A request, and an answer that is typed."""
    async with OctosparkClient(TOKEN, url) as client:
        return await _cpu(lambda post, body: client.schedule_multi(TEAM, post, body), calls)


async def plain_aiohttp(url: str, calls: int) -> float:
    async with plain(url) as one:
        return await _cpu(one, calls)


async def plain_calls_per_second(url: str, calls: int, in_flight: int) -> float:
    """Each of so many makes its next call as soon as its last one is answered."""
    numbers = iter(range(calls))
    started = time.monotonic()

    async def work(one: One) -> None:
        for n in numbers:
            await one(post_id(n), {"socialAccountIds": ACCOUNTS[:1], "scheduledAt": at(n)})

    async with plain(url) as one:
        await asyncio.gather(*(work(one) for _ in range(in_flight)))
    return calls / (time.monotonic() - started)


@asynccontextmanager
async def plain(url: str) -> AsyncIterator[One]:
    """A request, and the bytes of an answer."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    async with aiohttp.ClientSession(headers=headers) as session:

        async def one(post: str, body: Body) -> bytes:
            at = f"{url}/v1/teams/{TEAM}/posts/{post}/schedule-multi"
            async with session.post(at, data=json.dumps(body).encode()) as answer:
                answer.raise_for_status()
                return await answer.read()

        yield one


async def _cpu(one: One, calls: int) -> float:
    numbers = iter(range(FIRST + calls))
    begun: list[float] = []

    async def work() -> None:
        for n in numbers:
            if n == FIRST:
                begun.append(time.process_time())
            await one(post_id(n), {"socialAccountIds": ACCOUNTS, "scheduledAt": at(n)})

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return (time.process_time() - begun[0]) / calls * 1000


if __name__ == "__main__":
    name, url, calls = sys.argv[1:]
    sys.stdout.write(f"{asyncio.run(globals()[name](url, int(calls)))}\n")

"""What of a hidden limit is used: the program on sockets, for two minutes since the service began.

Nothing of the limit is said to it but what the service answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bench_child import LONG, PROGRAM, Child
from bench_client import plain_calls_per_second
from bench_sheets import account_id, at, post_id, write_csv
from bench_stand_in import Request, StandIn, standing_in

TWO_MINUTES = 120.0
LATENCY, JITTER = 0.05, 0.005
BURST, WINDOW = 10, 60.0
NEEDED = ("post_id", "social_account_ids", "scheduled_at")


@dataclass(frozen=True, slots=True)
class Limit:
    """`possible`: the calls that it lets through until the end, for one who began at that second;
    the stand-in is there for a yardstick.
    """

    options: dict[str, Any]
    calls: int
    possible: Callable[[float, StandIn], float]
    concurrency: int = 8


def bucket(rate: float, concurrency: int = 8) -> Limit:
    return Limit(
        {"rate_limit": rate, "rate_burst": BURST},
        int(1.1 * rate * TWO_MINUTES),
        lambda begun, _: BURST + rate * (TWO_MINUTES - begun),
        concurrency,
    )


def halving(rate: float) -> Limit:
    half_way = TWO_MINUTES / 2
    return Limit(
        {"rate_limit": rate, "rate_burst": BURST, "rate_halves_after": half_way},
        int(rate * TWO_MINUTES),
        lambda begun, _: BURST + rate * (half_way - begun) + rate / 2 * half_way,
    )


def windows(calls: int, told: str) -> Limit:
    options = {"rate_kind": "window", "rate_window": WINDOW, "rate_limit": calls / WINDOW}
    return Limit(
        {**options, "rate_retry_after": told}, 4 * calls, lambda *_: calls * TWO_MINUTES / WINDOW
    )


def at_once(most: int) -> Limit:
    """A call is on its way for longer than the service has it: as often as plain aiohttp comes."""

    def possible(begun: float, stand_in: StandIn) -> float:
        plain = asyncio.run(plain_calls_per_second(stand_in.url, 100 * most, most))
        return plain * (TWO_MINUTES - begun)

    return Limit({"max_in_flight": most}, int(1.1 * most / LATENCY * TWO_MINUTES), possible)


LIMITS = {
    "20 calls/s": bucket(20),
    "100 calls/s": bucket(100),
    "500 calls/s": bucket(500, concurrency=64),
    "100 calls/s, halved half way": halving(100),
    "300 a minute, Retry-After": windows(300, "seconds"),
    "300 a minute, no time said": windows(300, "none"),
    "4 at once": at_once(4),
}


@pytest.mark.skipif(not LONG, reason="takes minutes: BATCH_SCHEDULER_LONG=1")
@pytest.mark.parametrize("name", LIMITS)
def test_a_hidden_limit_is_found_and_used(
    tmp_path: Path, say: Callable[[str], None], name: str
) -> None:
    limit = LIMITS[name]
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, ([post_id(n), account_id(0), at(n)] for n in range(limit.calls)), NEEDED)
    with standing_in(tmp_path, latency=LATENCY, jitter=JITTER, **limit.options) as stand_in:
        calls = calls_in_time(stand_in, sheet, limit.concurrency)
        possible = limit.possible(calls[0].at - stand_in.child.started, stand_in)
    let_in = sum(one.let_in for one in calls)
    refused = 1 - let_in / len(calls)
    say(
        f"{name}, {limit.concurrency} in flight: {let_in:,} calls let in of {possible:,.0f} "
        f"possible: {let_in / possible:.1%}; {refused:.2%} refused"
    )
    assert let_in >= 0.9 * possible
    assert refused < 0.03


def calls_in_time(stand_in: StandIn, sheet: Path, concurrency: int) -> list[Request]:
    """Those that came within the two minutes; there were more to make."""
    command = [*PROGRAM, "run", sheet.name, "--yes", "--json", "--concurrency", str(concurrency)]
    environment = stand_in.environment(sheet.with_suffix(".sqlite3"))
    child = Child(command, sheet.parent, environment)
    try:
        child.goes_on_until(stand_in.child.started + TWO_MINUTES)
    finally:
        child.kill()
    return [one for one in stand_in.requests() if one.at < stand_in.child.started + TWO_MINUTES]

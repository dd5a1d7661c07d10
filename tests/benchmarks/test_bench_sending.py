"""As many calls as the service's latency lets through, and no more calls than are needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_child import PROGRAM, Spent, spent
from bench_sheets import TEAM, account_id, at, narrow_rows, post_id, write_csv
from bench_stand_in import TOKEN, StandIn, standing_in
from octospark_sdk.client import OctosparkClient

Say = Callable[[str], None]

POSTS, ACCOUNTS = 2_000, 20
LATENCY = 0.05
NEEDED = ("post_id", "social_account_ids", "scheduled_at")


def official_calls_per_second(stand_in: StandIn, calls: int) -> float:
    """The official client in a loop, on posts of its own."""
    client = OctosparkClient(stand_in.url, TOKEN)
    accounts = [account_id(n) for n in range(ACCOUNTS)]
    started = time.monotonic()
    for n in range(calls):
        body = {"socialAccountIds": accounts, "scheduledAt": at(n)}
        answer = client.social_schedule_multi_post(TEAM, post_id(1_000_000 + n), body)
        assert answer["outcome"]["successCount"] == ACCOUNTS
    return calls / (time.monotonic() - started)


def sent(stand_in: StandIn, sheet: Path, concurrency: int) -> tuple[Spent, float, float]:
    """What it took, the seconds from the first call to the last answer, and the stand-in's CPU."""
    before, busy = len(stand_in.calls()), stand_in.child.cpu()
    command = [*PROGRAM, "run", sheet.name, "--yes", "--json", "--concurrency", str(concurrency)]
    took = spent(command, sheet.parent, stand_in.environment(sheet.with_suffix(".sqlite3")))
    calls = stand_in.calls()[before:]
    assert len(calls) == POSTS
    return took, calls[-1] - calls[0] + LATENCY, stand_in.child.cpu() - busy


@pytest.mark.parametrize("concurrency", [32, 128])
def test_the_latency_is_the_limit(tmp_path: Path, say: Say, concurrency: int) -> None:
    """40,000 rows are 2,000 calls, in at most twice the time that the latency alone takes at 32."""
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, narrow_rows(POSTS, ACCOUNTS), NEEDED)
    with standing_in(tmp_path, latency=LATENCY) as stand_in:
        took, seconds, theirs = sent(stand_in, sheet, concurrency)
        official = official_calls_per_second(stand_in, 100)
    ours, limit = POSTS / seconds, concurrency / LATENCY
    say(
        f"{POSTS:,} calls of {ACCOUNTS} at {concurrency} in flight: {seconds:.1f} s, {ours:.0f} "
        f"calls/s of {limit:.0f} possible, {ours / official:.1f} times the official client's "
        f"{official:.1f}; {took.cpu / POSTS * 1000:.1f} ms of CPU a call with reading and writing, "
        f"the stand-in's {theirs / POSTS * 1000:.1f} ms"
    )
    assert seconds <= 2 * POSTS / 32 * LATENCY

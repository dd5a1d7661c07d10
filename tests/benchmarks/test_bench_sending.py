"""As many calls as the service's latency lets through, each of them durable before it leaves.

Sending is timed by the clock: on a machine that does something else meanwhile it takes longer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from bench_child import LONG, PROGRAM, Child, Spent, least, machine_busy, spent
from bench_sheets import TEAM, account_id, at, listed_rows, narrow_rows, post_id, write_csv
from bench_stand_in import TOKEN, StandIn, standing_in
from octospark_sdk.client import OctosparkClient

Say = Callable[[str], None]

POSTS, ACCOUNTS = 2_000, 20
LATENCY = 0.05
MEMORY = Path("/dev/shm")
NEEDED = ("post_id", "social_account_ids", "scheduled_at")


def official_calls_per_second(stand_in: StandIn, calls: int, each: int = ACCOUNTS) -> float:
    """The official client in a loop, on posts of its own. `each`: accounts of a call."""
    client = OctosparkClient(stand_in.url, TOKEN)
    accounts = [account_id(n) for n in range(each)]
    started = time.monotonic()
    for n in range(calls):
        body = {"socialAccountIds": accounts, "scheduledAt": at(n)}
        answer = client.social_schedule_multi_post(TEAM, post_id(1_000_000 + n), body)
        assert answer["outcome"]["successCount"] == each
    return calls / (time.monotonic() - started)


def command(sheet: Path, concurrency: int) -> list[str]:
    return [*PROGRAM, "run", sheet.name, "--yes", "--json", "--concurrency", str(concurrency)]


def sent(
    stand_in: StandIn, sheet: Path, concurrency: int, posts: int
) -> tuple[Spent, float, float]:
    """What it took, the seconds from the first call to the last one's answer, and the MB that it
    held at most when the first call left.
    """
    environment = stand_in.environment(ledger(sheet))
    child = Child(command(sheet, concurrency), sheet.parent, environment)
    first_call(stand_in, child)
    planned = child.peak()
    took = child.end()
    assert took.code == 0, child.err
    calls = stand_in.calls()
    counts = json.loads(took.out)["counts"]
    assert len(calls) == posts
    assert sum(counts.values()) == counts["accepted"] == posts * ACCOUNTS
    return took, calls[-1] - calls[0] + LATENCY, planned


def first_call(stand_in: StandIn, child: Child) -> float:
    """When it left."""
    while not (calls := stand_in.calls()):
        assert time.time() < child.started + 120, child.err
        time.sleep(0.05)
    return calls[0]


def ledger(sheet: Path) -> Path:
    return sheet.with_suffix(".sqlite3")


@pytest.mark.parametrize(("concurrency", "times"), [(32, 27), (128, 50)])
def test_the_latency_is_the_limit(tmp_path: Path, say: Say, concurrency: int, times: int) -> None:
    """40,000 rows are 2,000 calls: so many times as fast as one after the other."""
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, narrow_rows(POSTS, ACCOUNTS), NEEDED)
    with standing_in(tmp_path, latency=LATENCY) as stand_in:
        busy, machine = stand_in.child.cpu(), machine_busy()
        took, seconds, _ = sent(stand_in, sheet, concurrency, POSTS)
        theirs = stand_in.child.cpu() - busy
        others = (machine_busy() - machine - took.cpu - theirs) / took.seconds
        official = official_calls_per_second(stand_in, 100)
        one_by_one = official_calls_per_second(stand_in, 100, each=1)
    ours, limit = POSTS / seconds, concurrency / LATENCY
    in_all = POSTS * ACCOUNTS / took.seconds
    say(
        f"{POSTS:,} calls of {ACCOUNTS} at {concurrency} in flight: {seconds:.2f} s; "
        f"{ours:.0f} calls/s of {limit:.0f} possible, "
        f"× {ours / official:.1f} of the official client's {official:.1f}; "
        f"{in_all:.0f} deliveries/s with reading and writing, "
        f"× {in_all / one_by_one:.0f} of its {one_by_one:.1f} one by one; "
        f"{took.cpu / POSTS * 1000:.2f} ms of CPU a call with reading and writing, the stand-in's "
        f"{theirs / POSTS * 1000:.2f} ms; {took.peak:.0f} MB; other programs kept "
        f"{max(0.0, others):.1f} cores busy"
    )
    assert ours >= times * official
    assert in_all >= 200 * one_by_one


def test_durability_costs_little(tmp_path: Path, say: Say) -> None:
    """The same run with its ledger on the disk, and in memory, where nothing is waited for."""
    if not MEMORY.is_dir():
        pytest.skip(f"no {MEMORY}")
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, narrow_rows(POSTS, ACCOUNTS), NEEDED)

    def seconds(folder: Path) -> float:
        with (
            TemporaryDirectory(dir=tmp_path) as other,
            TemporaryDirectory(dir=folder) as made,
            standing_in(Path(other), latency=LATENCY) as stand_in,
        ):
            environment = stand_in.environment(Path(made) / "ledger.sqlite3")
            return spent(command(sheet, 32), tmp_path, environment).seconds

    durable, kept_in_memory = least(3, lambda: seconds(tmp_path), lambda: seconds(MEMORY))
    say(
        f"{POSTS:,} calls of {ACCOUNTS} with the ledger on the disk {durable:.2f} s, in memory "
        f"{kept_in_memory:.2f} s: × {durable / kept_in_memory:.3f}"
    )
    assert durable <= 1.1 * kept_in_memory


def test_the_client_alone(tmp_path: Path, say: Say) -> None:
    """Without the ledger, and without the choice of what to send: request, answer, types."""
    script = str(Path(__file__).with_name("bench_client.py"))

    def cpu(name: str) -> float:
        command = [sys.executable, script, name, stand_in.url, "3000"]
        return float(spent(command, tmp_path).out)

    with standing_in(tmp_path, latency=LATENCY, record=False) as stand_in:
        mine, plain = least(3, lambda: cpu("ours"), lambda: cpu("plain_aiohttp"))
    say(
        f"the client alone, {ACCOUNTS} accounts a call: {mine:.2f} ms of CPU, × {mine / plain:.2f} "
        f"of aiohttp's {plain:.2f} without reading the answer"
    )
    assert mine <= 1


def test_the_first_call_of_a_large_sheet_leaves_soon(tmp_path: Path, say: Say) -> None:
    rows = 100_000
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, narrow_rows(rows // ACCOUNTS, ACCOUNTS), NEEDED)
    with standing_in(tmp_path, latency=LATENCY) as stand_in:
        child = Child(command(sheet, 8), tmp_path, stand_in.environment(ledger(sheet)))
        try:
            seconds = first_call(stand_in, child) - child.started
            cpu = child.cpu()
        finally:
            child.kill()
    say(f"first call of {rows:,} rows after {seconds:.2f} s, {cpu:.2f} s of CPU")
    assert seconds < 4


@pytest.mark.skipif(not LONG, reason="takes minutes: BATCH_SCHEDULER_LONG=1")
def test_a_million_deliveries(tmp_path: Path, say: Say) -> None:
    posts = 50_000
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, listed_rows(posts, ACCOUNTS), NEEDED)
    with standing_in(tmp_path) as stand_in:
        busy = stand_in.child.cpu()
        took, seconds, planned = sent(stand_in, sheet, 32, posts)
        theirs, memory = stand_in.child.cpu() - busy, stand_in.child.peak()
        official = official_calls_per_second(stand_in, 500)
    say(
        f"{posts * ACCOUNTS:,} deliveries without latency: {took.seconds:.0f} s, of them sending "
        f"{seconds:.0f} s; {posts / seconds:.0f} calls/s, × {posts / seconds / official:.1f} of "
        f"the official client's {official:.0f}; {took.cpu:.0f} s of CPU, "
        f"{took.cpu / posts * 1000:.2f} ms a call, {planned:.0f} MB when the first call "
        f"left, {took.peak:.0f} MB at the end; the stand-in {theirs:.0f} s and {memory:.0f} MB"
    )
    assert took.seconds <= 240
    assert took.peak <= 1.05 * planned

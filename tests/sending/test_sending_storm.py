"""Everything goes wrong at once; then the ledger is compared with what was really done."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from sending_runs import Delivery, deliveries, record_run, recorded, sending, stand_in, states

from batch_scheduler.sending.clock import SystemClock
from batch_scheduler.simulator import FAULTS

ROWS = [(post, 1 + post % 4, 5) for post in range(1, 81)] + [
    (post, 2, hours) for post in range(81, 101) for hours in (6, 7, 8)
]
DELIVERIES = sum(accounts for _, accounts, _ in ROWS)
ANSWERS: list[dict[str, Any]] = [
    {"answer_instant": "offset", "id_case": "mixed", "shuffle_entries": True},
    {"answer_instant": "milliseconds", "id_case": "upper", "wrong_counts": True},
    {"explicit_nulls": True, "extra_fields": True, "shuffle_entries": True},
    {"sparse": True, "cancel_on_hangup": True, "clock_skew": 5.0},
]


async def storm(path: Path, seed: int) -> int:
    """Sends the run, and what is left of it when it was stopped, until nothing is. How often."""
    options: dict[str, Any] = {
        "seed": seed,
        "faults": {name: 0.005 if name == "redirect" else 0.017 for name in FAULTS},
        "read_faults": 0.3,
        "hang_seconds": 0.02,
        "effect_delay": 0.02,
        **ANSWERS[seed % len(ANSWERS)],
    }
    runs = 0
    async with stand_in(path, **options) as url:
        while "planned" in states(path):
            async with sending(path, url, give_up=3600.0) as one:
                await one.send()
            runs += 1
            assert runs < 50
        await asyncio.sleep(0.05)  # for the effects that come after a reset
    return runs


def done(path: Path) -> dict[tuple[str, str, str], list[str]]:
    """The scheduled posts of each delivery, by the stand-in's record."""
    found = defaultdict(list)
    for one in recorded(path, "effect"):
        key = one["postId"], one["socialAccountId"], one["instant"]
        found[key].append(one["scheduledPostId"])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_done_twice_nothing_is_lost_and_nothing_is_claimed(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "ledger.sqlite3"
    record_run(path, ROWS)
    asyncio.run(storm(path, seed))
    rows, effects = deliveries(path), done(path)

    assert all(len(ids) == 1 for ids in effects.values())
    assert set(effects) <= {one.key for one in rows}
    assert len({one.key for one in rows}) == len(rows) == DELIVERIES
    for one in rows:
        assert agrees(one, effects.get(one.key, [])), one
    counts = Counter(one.state for one in rows)
    assert set(counts) == {"accepted", "rejected", "in_doubt"}
    assert counts["accepted"] > DELIVERIES / 3


def agrees(one: Delivery, ids: list[str]) -> bool:
    """What the ledger says of a delivery, and what was done."""
    if one.state == "accepted":
        return ids == [str(one.scheduled_post_id).lower()]
    return one.state == "in_doubt" or ids == []


def test_the_storm_has_every_fault_in_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    record_run(path, [(post, 1, 5) for post in range(1, 601)])
    asyncio.run(storm(path, 5))
    assert {one["fault"] for one in recorded(path, "request")} >= set(FAULTS)


def test_what_the_service_can_show_is_settled_and_still_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    """In real time, for the service's clock is compared with ours."""
    path = tmp_path / "ledger.sqlite3"
    rows = [(post, 1, 5) for post in range(1, 61)] + [
        (post, 1, hours) for post in range(61, 71) for hours in (6, 7)
    ]
    record_run(path, rows)
    options = {
        "seed": 6,
        "faults": {name: 0.017 for name in FAULTS if name != "redirect"},
        "retry_after": 0.0,
        "hang_seconds": 0.02,
        "effect_delay": 0.05,
    }

    async def main() -> None:
        async with (
            stand_in(path, **options) as url,
            sending(path, url, clock=SystemClock(), jitter=lambda: 0.0, settle=0.5) as one,
        ):
            await one.send()
            assert one.stop.reason is None

    asyncio.run(main())
    found, effects = deliveries(path), done(path)
    assert all(len(ids) == 1 for ids in effects.values())
    assert {one.state for one in found} == {"accepted", "rejected"}
    for one in found:
        assert agrees(one, effects.get(one.key, [])), one
    assert len(recorded(path, "request")) > len(found)

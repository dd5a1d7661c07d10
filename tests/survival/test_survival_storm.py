"""All goes wrong that can, in a fiftieth of the calls each; what is known at the end is true."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from program import LONG, Ended
from survival_world import (
    Key,
    Wish,
    World,
    broken_promises,
    done_by,
    key,
    key_of_effect,
    standing_in,
)

from batch_scheduler.simulator import FAULTS

STORM: dict[str, Any] = {
    # A redirect, and a first 403, mean that no call can succeed: they stop the run.
    "faults": {name: 0.02 for name in FAULTS if name not in ("redirect", "403")},
    "read_faults": 0.02,
    "hang_seconds": 3.0,
    "effect_delay": 0.8,
    "retry_after": 0.5,
    "shuffle_entries": True,
}
REFUSALS = {"429", "429_seconds", "429_date", "503_retry_after", "409"}
"""Of all faults these alone leave no doubt."""
HOW = ("--settle", "1.5", "--timeout", "1", "--concurrency", "32")


@dataclass(frozen=True, slots=True)
class Weathered:
    world: World
    ended: Ended
    effects: list[dict[str, Any]]
    requests: list[dict[str, Any]]

    @property
    def newest(self) -> dict[tuple[str, str], Key]:
        """What the service showed of each call: a post's calls are made one after the other."""
        keys = map(key_of_effect, self.effects)
        return {(place.post, place.instant): place for place in keys}


def weathered(folder: Path, calls: int, accounts: int) -> Weathered:
    """Some of the posts at three instants."""
    rng = random.Random(1)
    wishes: list[Wish] = []
    for post in count(1):
        days = 3 if rng.random() < 0.2 else 1
        numbers = range(post * accounts, (post + 1) * accounts)
        wishes += [Wish(post, numbers, hours=24 * (1 + day)) for day in range(days)]
        if len(wishes) >= calls:
            break
    with standing_in(**STORM) as service:
        world = World(folder, service.url, wishes)
        ended = world.run(*HOW)
        record = service.record()
    assert ended.code in (0, 3), ended.err
    results = world.results
    assert broken_promises(results, done_by(record["effects"])) == []
    assert [key(one) for one in results] == world.keys
    refused = {one["error_code"] for one in results if one["status"] == "rejected"}
    assert refused <= {"http-409"}
    return Weathered(world, ended, record["effects"], record["requests"])


def test_of_calls_with_one_account_none_is_left_in_doubt(tmp_path: Path) -> None:
    storm = weathered(tmp_path, 5_000 if LONG else 250, accounts=1)
    assert {one["status"] for one in storm.world.results} <= {"accepted", "rejected"}
    lost = [one for one in storm.requests if one["fault"] and one["method"] == "POST"]
    lost = [one for one in lost if one["fault"] not in REFUSALS]
    reads = [one for one in storm.requests if one["method"] == "GET" and "/posts" in one["path"]]
    assert len(lost) > len(storm.world.wishes) / 3
    assert len([one for one in reads if one["answer"] == 200]) <= 2 * len(lost)


def test_of_calls_with_many_accounts_only_those_that_the_service_does_not_show(
    tmp_path: Path,
) -> None:
    storm = weathered(tmp_path, 1_000 if LONG else 100, accounts=20)
    in_doubt = {key(one) for one in storm.world.results if one["status"] == "in_doubt"}
    assert in_doubt
    assert {(place.post, place.instant) for place in in_doubt} <= storm.newest.keys()
    assert in_doubt.isdisjoint(storm.newest.values())

"""While the service asks for a pause nobody sends; then no call is lost to an old connection."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from survival_relay import relaying
from survival_world import Wish, World, broken_promises, standing_in

ASKED_S = 4.0
ON_ITS_WAY_S = 0.5
"""A request that was sent before the refusal had been read may arrive after it was written."""


@pytest.mark.parametrize("how", ["429_seconds", "429_date", "503_retry_after"])
def test_all_workers_keep_the_pause_and_then_connect_anew(tmp_path: Path, how: str) -> None:
    script = (*[None] * 12, how)
    with (
        standing_in(latency=0.05, retry_after=ASKED_S, fault_script=script) as service,
        relaying(service.url, idle=ASKED_S / 2) as relay,
    ):
        world = World(tmp_path, relay.url, [Wish(post) for post in range(1, 41)])
        ended = world.run("--concurrency", "8")
        calls, requests = service.calls, service.requests
        assert (ended.code, ended.counts) == (0, {"accepted": 40}), ended.err
        assert broken_promises(world.results, service.done()) == []

    (refusal,) = [one for one in calls if one["fault"]]
    begin = _seconds(refusal["answered"])
    arrivals = [_seconds(one["time"]) - begin for one in requests]
    assert [one for one in arrivals if ON_ITS_WAY_S < one < ASKED_S] == []
    assert len(calls) == 41
    assert [one for one in requests if one["method"] == "GET" and "/posts/" in one["path"]] == []
    before = {one["connection"] for one in requests if _seconds(one["time"]) <= begin}
    after = {one["connection"] for one in requests if _seconds(one["time"]) > begin + ASKED_S}
    assert after
    assert not before & after
    assert relay.stale == 0


def _seconds(time: Any) -> float:
    return datetime.fromisoformat(time).timestamp()

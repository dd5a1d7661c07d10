"""Calls over a limit are refused without effect; an outage begins and ends."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from batch_scheduler.simulator.limits import RateLimit
from batch_scheduler.simulator.options import options_from


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _let_in(limit: RateLimit, calls: int = 50) -> int:
    return sum(limit.take() == 0 for _ in range(calls))


def test_a_bucket_lets_a_burst_in_and_then_its_rate() -> None:
    clock = Clock()
    limit = RateLimit(options_from({"rate_limit": 4, "rate_burst": 6}), clock)
    assert _let_in(limit) == 6
    assert limit.take() == pytest.approx(0.25)
    clock.now += 1
    assert _let_in(limit) == 4
    clock.now += 1000
    assert _let_in(limit) == 6


def test_windows_are_fixed() -> None:
    clock = Clock()
    options = options_from({"rate_limit": 2, "rate_kind": "window", "rate_window": 5})
    limit = RateLimit(options, clock)
    clock.now += 4
    assert _let_in(limit) == 10
    assert limit.take() == pytest.approx(1)
    clock.now += 1
    assert _let_in(limit) == 10


def test_the_rate_can_halve() -> None:
    clock = Clock()
    options = {"rate_limit": 8, "rate_burst": 100, "rate_halves_after": 10}
    limit = RateLimit(options_from(options), clock)
    assert _let_in(limit, 200) == 100
    clock.now += 1
    assert _let_in(limit) == 8
    clock.now += 9
    assert limit.take() == 0  # the bucket filled at half the rate
    assert _let_in(limit) == 35


def test_no_limit_refuses_nothing() -> None:
    assert _let_in(RateLimit(options_from({}), Clock())) == 50


@pytest.mark.parametrize("how", ["none", "seconds", "date"])
def test_a_call_over_the_rate_is_a_429(start: Any, how: str) -> None:
    stand_in = start(rate_limit=0.01, rate_burst=2, rate_retry_after=how)
    answers = [stand_in.schedule() for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert set(answers[2][2]["error"]) == {"code", "message"}
    assert len(stand_in.scheduled()) == 2
    wait = answers[2][1]["Retry-After"]
    if how == "seconds":
        assert 90 <= int(wait) <= 100
    elif how == "date":
        asked = parsedate_to_datetime(wait) - parsedate_to_datetime(answers[2][1]["Date"])
        assert 90 <= asked.total_seconds() <= 102
    else:
        assert wait is None


def test_only_so_many_calls_at_once(start: Any) -> None:
    stand_in = start(max_in_flight=2, latency=0.3)
    with ThreadPoolExecutor(5) as pool:
        statuses = [it[0] for it in pool.map(lambda _: stand_in.schedule(), range(5))]
    assert sorted(statuses) == [200, 200, 429, 429, 429]
    assert stand_in.schedule()[0] == 200


def test_it_can_be_down_and_come_back(start: Any) -> None:
    stand_in = start(down_between=[0, 0.6])
    with pytest.raises(ConnectionResetError):
        stand_in.schedule()

    def is_back() -> bool:
        try:
            return bool(stand_in.schedule()[0] == 200)
        except (OSError, http.client.HTTPException):
            return False

    assert stand_in.soon(is_back)
    assert len(stand_in.scheduled()) == 1
    assert stand_in.requests()[0]["fault"] == "down"


def test_down_can_be_a_503(start: Any) -> None:
    stand_in = start(down_between=[0, 60], down_how="503")
    assert stand_in.schedule()[0] == 503
    assert stand_in.scheduled() == []

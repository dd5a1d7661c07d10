"""Each fault as a caller meets it on a socket, and its effect as the record has it."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from batch_scheduler.simulator import FAULTS

ACCOUNTS = [f"acc00000-0000-4000-8000-0000000000{n:02x}" for n in (1, 2, 3, 4)]
TEAM = "7ea00000-0000-4000-8000-000000000001"

# The fault, the status that arrives, and how many of four accounts took effect.
ANSWERED = [
    ("429", 429, 0),
    ("429_seconds", 429, 0),
    ("429_date", 429, 0),
    ("503_retry_after", 503, 0),
    ("403", 403, 0),
    ("409", 409, 0),
    ("redirect", 302, 0),
    ("408_before", 408, 0),
    ("408_after", 408, 4),
    ("500_before", 500, 0),
    ("500_after", 500, 4),
    ("500_midway", 500, 2),
    ("502_before", 502, 0),
    ("502_after", 502, 4),
    ("503_before", 503, 0),
    ("503_after", 503, 4),
    ("504_before", 504, 0),
    ("504_after", 504, 4),
    ("html_200_before", 200, 0),
    ("html_200_after", 200, 4),
    ("decode_error_response", 400, 4),
    ("account_left_out", 200, 4),
    ("entry_both", 200, 4),
    ("error_code_set", 200, 4),
]

# The fault, what the caller's socket meets, and how many of four accounts took effect.
UNANSWERED = [
    ("reset_before", ConnectionResetError, 0),
    ("reset_after", ConnectionResetError, 4),
    ("reset_midway", ConnectionResetError, 2),
    ("effect_after_reset", ConnectionResetError, 0),
    ("hang_before", TimeoutError, 0),
    ("hang_after", TimeoutError, 4),
    ("half_answer", http.client.IncompleteRead, 4),
]


def test_every_fault_is_tried_here() -> None:
    assert {row[0] for row in (*ANSWERED, *UNANSWERED)} == set(FAULTS)


@pytest.mark.parametrize(("fault", "status", "effects"), ANSWERED)
def test_a_fault_that_answers(start: Any, fault: str, status: int, effects: int) -> None:
    stand_in = start(faults={fault: 1})
    assert stand_in.schedule(*ACCOUNTS)[0] == status
    assert stand_in.scheduled() == ACCOUNTS[:effects]
    assert [(it["answer"], it["fault"]) for it in stand_in.requests()] == [(status, fault)]


@pytest.mark.parametrize(("fault", "error", "effects"), UNANSWERED)
def test_a_fault_that_does_not_answer(
    start: Any, fault: str, error: type[Exception], effects: int
) -> None:
    stand_in = start(faults={fault: 1}, effect_delay=60)
    with pytest.raises(error) as met:
        stand_in.schedule(*ACCOUNTS, timeout=0.2)
    # RemoteDisconnected is an orderly end, which a reset is not.
    assert type(met.value) is error
    assert stand_in.scheduled() == ACCOUNTS[:effects]
    assert [(it["answer"], it["fault"]) for it in stand_in.requests()] == [(None, fault)]


def test_retry_after_is_missing_or_seconds_or_a_date(start: Any) -> None:
    script = ["429", "429_seconds", "429_date", "503_retry_after"]
    stand_in = start(fault_script=script, retry_after=30, clock_skew=-7200)
    none, seconds, date, unavailable = (stand_in.schedule()[1] for _ in script)
    assert none["Retry-After"] is None
    assert seconds["Retry-After"] == unavailable["Retry-After"] == "30"
    wait = parsedate_to_datetime(date["Retry-After"]) - parsedate_to_datetime(date["Date"])
    assert 30 <= wait.total_seconds() <= 32


def test_the_effect_can_come_after_the_reset(start: Any) -> None:
    stand_in = start(faults={"effect_after_reset": 1}, effect_delay=0.2)
    with pytest.raises(ConnectionResetError):
        stand_in.schedule(*ACCOUNTS)
    assert stand_in.scheduled() == []
    assert stand_in.soon(lambda: stand_in.scheduled() == ACCOUNTS)


def test_a_hang_ends_with_a_reset(start: Any) -> None:
    stand_in = start(faults={"hang_before": 1}, hang_seconds=0.1)
    began = time.monotonic()
    with pytest.raises(ConnectionResetError):
        stand_in.schedule()
    assert time.monotonic() - began >= 0.1


def test_a_decode_error_of_the_answer_points_at_data(start: Any) -> None:
    _, _, body = start(faults={"decode_error_response": 1}).schedule()
    assert body["_tag"] == "HttpApiDecodeError"
    assert body["issues"][0]["path"][0] == "data"


def test_an_account_is_left_out(start: Any) -> None:
    _, _, body = start(faults={"account_left_out": 1}).schedule(*ACCOUNTS)
    assert len(body["data"]) == 3
    assert body["outcome"]["totalCount"] == 4


def test_one_entry_is_both(start: Any) -> None:
    _, _, body = start(faults={"entry_both": 1}).schedule(*ACCOUNTS)
    assert sum("scheduledPost" in it and "error" in it for it in body["data"]) == 1


def test_one_scheduled_post_has_an_error_code(start: Any) -> None:
    _, _, body = start(faults={"error_code_set": 1}).schedule(*ACCOUNTS)
    codes = [it["scheduledPost"]["errorCode"] for it in body["data"]]
    assert sorted(map(str, codes)) == ["None", "None", "None", "PLATFORM_UNAVAILABLE"]


@pytest.mark.parametrize("fault", ["502_after", "html_200_after"])
def test_a_proxy_answers_in_html(start: Any, fault: str) -> None:
    _, headers, text = start(faults={fault: 1}).schedule()
    assert headers["Content-Type"] == "text/html"
    assert text.startswith("<!DOCTYPE html>")


def test_a_bad_request_is_refused_whatever_was_to_go_wrong(start: Any) -> None:
    stand_in = start(faults={"reset_after": 1})
    assert stand_in.schedule(scheduledAt="tomorrow")[0] == 400
    assert [it["fault"] for it in stand_in.requests()] == [None]


def test_accounts_can_always_fail(start: Any) -> None:
    stand_in = start(failing_accounts=[ACCOUNTS[1].upper()])
    _, _, body = stand_in.schedule(*ACCOUNTS)
    assert ["error" in it for it in body["data"]] == [False, True, False, False]
    assert ACCOUNTS[1] not in stand_in.scheduled()


def test_a_script_comes_before_chance(start: Any) -> None:
    stand_in = start(fault_script=["500_before", None, "409"])
    assert [stand_in.schedule()[0] for _ in range(4)] == [500, 200, 409, 200]


def _statuses(start: Any, seed: int) -> list[int]:
    stand_in = start(seed=seed, faults={"429": 0.2, "500_after": 0.2, "409": 0.2})
    return [stand_in.schedule()[0] for _ in range(40)]


def test_the_same_seed_gives_the_same_faults(start: Any) -> None:
    first = _statuses(start, 7)
    assert first == _statuses(start, 7) != _statuses(start, 8)
    assert set(first) == {200, 409, 429, 500}


def test_the_same_seed_gives_the_same_ids(start: Any) -> None:
    def made(seed: int) -> str:
        _, _, body = start(seed=seed).schedule()
        ident: str = body["data"][0]["scheduledPost"]["id"]
        return ident

    assert made(1) == made(1) != made(2)


def test_reads_fail_too_if_asked(start: Any) -> None:
    stand_in = start(read_faults=1, seed=3)
    met = set()
    for _ in range(30):
        try:
            met.add(str(stand_in.call("GET", f"/v1/teams/{TEAM}/posts", timeout=0.05)[0]))
        except OSError as error:
            met.add(type(error).__name__)
    assert met == {"429", "500", "ConnectionResetError", "TimeoutError"}
    assert stand_in.schedule()[0] == 200


@pytest.mark.parametrize(("interrupted", "effects"), [(False, 1), (True, 0)])
def test_hanging_up_can_interrupt_a_call(start: Any, interrupted: bool, effects: int) -> None:
    stand_in = start(latency=0.2, cancel_on_hangup=interrupted)
    with pytest.raises(TimeoutError):
        stand_in.schedule(timeout=0.05)
    assert stand_in.soon(lambda: len(stand_in.requests()) == 1)
    assert len(stand_in.scheduled()) == effects

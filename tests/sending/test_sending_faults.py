"""Each fault of the stand-in, and what the ledger says of it: never more than is known."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sending_runs import (
    NOW,
    FastClock,
    account_id,
    record_run,
    recorded,
    rehearse,
    sending,
    stand_in,
    states,
)

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.simulator import FAULTS

# Refused for now: the fault, then it is sent again.
RETRIED = ["429", "429_seconds", "429_date", "503_retry_after"]
# Refused for good.
REJECTED = {"403": "http-403", "409": "http-409"}
# Without a usable answer: the fault, the code, and how many of two accounts took effect.
IN_DOUBT = {
    "408_before": ("http-408", 0),
    "408_after": ("http-408", 2),
    "500_before": ("http-500", 0),
    "500_after": ("http-500", 2),
    "500_midway": ("http-500", 1),
    "502_before": ("http-502", 0),
    "502_after": ("http-502", 2),
    "503_before": ("http-503", 0),
    "503_after": ("http-503", 2),
    "504_before": ("http-504", 0),
    "504_after": ("http-504", 2),
    "reset_before": ("no-answer", 0),
    "reset_after": ("no-answer", 2),
    "reset_midway": ("no-answer", 1),
    "effect_after_reset": ("no-answer", 2),
    "hang_before": ("no-answer", 0),
    "hang_after": ("no-answer", 2),
    "half_answer": ("no-answer", 2),
    "html_200_before": ("unreadable-answer", 0),
    "html_200_after": ("unreadable-answer", 2),
    "decode_error_response": ("http-400", 2),
}
# A 2xx of which one account's part is doubtful.
SPOILT = {
    "account_left_out": "not-in-answer",
    "entry_both": "yes-and-no",
    "error_code_set": "yes-and-no",
}
QUICK: dict[str, Any] = {"hang_seconds": 0.02, "effect_delay": 0.0}


def test_every_fault_is_tried_here() -> None:
    assert {*RETRIED, *REJECTED, *IN_DOUBT, *SPOILT, "redirect"} == set(FAULTS)


@pytest.mark.parametrize("fault", RETRIED)
def test_what_was_refused_for_now_is_sent_again(tmp_path: Path, fault: str) -> None:
    run = rehearse(tmp_path, [(1, 2, 5)], fault_script=[fault, fault])
    assert run.states == ["accepted"] * 2
    assert [one.attempts for one in run.deliveries] == [3, 3]
    assert [one["answer"] for one in run.calls] == [FAULTS[fault].status] * 2 + [200]
    assert [one["socialAccountId"] for one in run.effects] == [account_id(1), account_id(2)]


@pytest.mark.parametrize("fault", REJECTED)
def test_what_was_refused_for_good_is_rejected(tmp_path: Path, fault: str) -> None:
    run = rehearse(tmp_path, [(1, 2, 5), (2, 1, 6)], fault_script=[fault])
    first, second, other = run.deliveries
    assert [first.state, second.state, other.state] == ["rejected", "rejected", "accepted"]
    assert (first.code, first.attempts) == (REJECTED[fault], 1)
    assert "a fault was played" in str(first.error)
    assert len(run.effects) == 1


@pytest.mark.parametrize("fault", IN_DOUBT)
def test_what_has_no_usable_answer_is_in_doubt_and_not_sent_again(
    tmp_path: Path, fault: str
) -> None:
    run = rehearse(tmp_path, [(1, 2, 5), (2, 1, 6)], fault_script=[fault], **QUICK)
    code, effects = IN_DOUBT[fault]
    first, second, other = run.deliveries
    assert [first.state, second.state, other.state] == ["in_doubt", "in_doubt", "accepted"]
    assert (first.code, first.attempts) == (code, 1)
    assert len(run.calls) == 2
    assert len(run.effects) == effects + 1


def test_an_answer_that_does_not_come_in_time_is_in_doubt(tmp_path: Path) -> None:
    run = rehearse(tmp_path, [(1, 1, 5)], patience=0.05, fault_script=["hang_after"])
    assert [(one.state, one.code) for one in run.deliveries] == [("in_doubt", "no-answer")]
    assert len(run.effects) == 1


async def settle_where_it_is_shown_late(path: Path, fault: str) -> list[str]:
    """It is shown 3 s later, of a clock that is ten times as fast; the last look comes after 8."""
    record_run(path, [(1, 1, 5)])
    late = stand_in(path, latest_shown_after=0.3, fault_script=[fault])
    async with (
        late as url,
        sending(path, url, clock=FastClock(10), jitter=lambda: 0.0, settle=8.0) as one,
    ):
        with one.ledger.transaction():
            one.ledger.calibrate(url, NOW)
        await one.send()
    return states(path)


@pytest.mark.parametrize("fault", ["500_after", "decode_error_response", "reset_after"])
def test_what_is_shown_late_but_in_time_to_settle_is_not_sent_again(
    tmp_path: Path, fault: str
) -> None:
    """Also where the service itself spoke: what it shows may come from another place."""
    path = tmp_path / "ledger.sqlite3"
    assert asyncio.run(settle_where_it_is_shown_late(path, fault)) == ["accepted"]
    assert len(recorded(path, "effect")) == 1


@pytest.mark.parametrize("fault", SPOILT)
def test_in_a_good_answer_only_the_doubtful_account_is_in_doubt(tmp_path: Path, fault: str) -> None:
    run = rehearse(tmp_path, [(1, 3, 5)], fault_script=[fault])
    assert sorted(run.states) == ["accepted", "accepted", "in_doubt"]
    assert [one.code for one in run.deliveries if one.state == "in_doubt"] == [SPOILT[fault]]
    assert len(run.calls) == 1


def test_a_redirect_stops_the_run(tmp_path: Path) -> None:
    script = ["redirect"]
    run = rehearse(tmp_path, [(1, 2, 5), (2, 1, 6)], fault_script=script, limits={"concurrency": 1})
    assert isinstance(run.reason, ServiceUnusable)
    assert "base URL" in run.reason.hint
    assert run.states == ["planned"] * 3
    assert len(run.calls) == 1


def test_an_account_that_is_refused_spoils_no_other(tmp_path: Path) -> None:
    run = rehearse(tmp_path, [(1, 3, 5)], failing_accounts=[account_id(2)])
    assert run.states == ["accepted", "rejected", "accepted"]
    refused = run.deliveries[1]
    assert (refused.code, refused.error) == (
        "refused-by-service",
        "The platform refused this account",
    )
    assert [one.scheduled_post_id for one in run.deliveries if one.state == "accepted"] == [
        one["scheduledPostId"] for one in run.effects
    ]

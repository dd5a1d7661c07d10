"""A service that can't be used: the run stops with 6, and what is left is waiting."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import closing

from command_line import Desk, row
from command_services import StandIn, replying
from program import Ended


def _run_of_five(desk: Desk, *options: str) -> Ended:
    desk.sheet("week.csv", *(row(post, accounts=2) for post in range(5)))
    return desk("run", "week.csv", "--json", "--concurrency", "2", *options)


def _is_stopped(desk: Desk, ended: Ended) -> bool:
    """All that was not accepted is waiting, in every place that says so."""
    statuses = desk.statuses("week.results.xlsx")
    assert ended.document["status"] == "aborted"
    assert ended.code == 6
    assert {status: statuses.count(status) for status in set(statuses)} == ended.counts
    assert (
        desk("show", ended.document["run"][:6], "--json").document["counts"]
        == (ended.document["counts"])
    )
    return set(statuses) <= {"waiting", "accepted"}


def test_no_token_follows_a_redirect(desk: Desk, service: StandIn) -> None:
    redirect = (307, {"Location": f"{service.url}/v1/agent/context"}, b"")
    with replying(lambda request, body: redirect) as url:
        desk.uses(url)
        ended = _run_of_five(desk)
    assert _is_stopped(desk, ended)
    assert ended.counts == {"waiting": 10}
    assert "the service answered 307" in ended.document["reason"]
    assert "check the base URL" in ended.document["reason"]
    assert service.requests == []


def test_a_wrong_token_ends_the_run_and_a_right_one_sends_what_is_left(
    desk: Desk, service: StandIn
) -> None:
    token = desk.environment["OCTOSPARK_TOKEN"]
    desk.environment["OCTOSPARK_TOKEN"] = "octo_live_unknown_to_any_stand_in"
    ended = _run_of_five(desk)
    assert _is_stopped(desk, ended)
    assert ended.counts == {"waiting": 10}
    assert "The token is missing or unknown" in ended.document["reason"]
    assert "check OCTOSPARK_TOKEN" in ended.document["reason"]
    assert {one["answer"] for one in service.requests} == {401}
    assert len(service.calls) <= 2
    listed = desk("accounts")
    assert listed.code == 6
    assert "The token is missing or unknown" in listed.err

    desk.environment["OCTOSPARK_TOKEN"] = token
    ended = _run_of_five(desk)
    assert (ended.code, ended.counts) == (0, {"accepted": 10})
    assert set(service.scheduled.values()) == {1}
    earlier = desk("runs", "--json").document[1]["counts"]
    assert (earlier["waiting"], earlier["held"]) == (0, 10)


def test_a_token_that_expires_leaves_what_was_accepted(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    service = start(token_expires_after=4)
    desk.uses(service.url)
    ended = _run_of_five(desk)
    assert _is_stopped(desk, ended)
    assert 0 < ended.counts["accepted"] < 10
    assert ended.counts["accepted"] == len(service.scheduled)


def test_a_service_that_refuses_for_too_long(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(faults={"429": 1})
    desk.uses(service.url)
    began = time.monotonic()
    ended = _run_of_five(desk, "--give-up", "0.5")
    assert time.monotonic() - began < 30
    assert _is_stopped(desk, ended)
    assert ended.counts == {"waiting": 10}
    assert service.effects == []


def test_a_wait_that_is_longer_than_we_wait_at_all(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    service = start(faults={"503_retry_after": 1}, retry_after=3600)
    desk.uses(service.url)
    ended = _run_of_five(desk, "--give-up", "30")
    assert _is_stopped(desk, ended)
    assert len(service.calls) <= 2


def test_a_service_that_is_out_of_reach(desk: Desk) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        desk.uses(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        ended = _run_of_five(desk, "--give-up", "0.5")
    assert _is_stopped(desk, ended)
    assert ended.counts == {"waiting": 10}
    assert "no connection" in ended.document["reason"]


def test_what_is_refused_for_now_is_sent_once_it_is_taken(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    service = start(fault_script=("429", "503_retry_after"))
    desk.uses(service.url)
    ended = _run_of_five(desk)
    assert (ended.code, ended.counts) == (0, {"accepted": 10})
    assert set(service.scheduled.values()) == {1}
    assert len(service.calls) == 7

"""What the sender promises of one run, checked in the ledger and at the other end of the socket."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Container
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sending_runs import (
    HOUR,
    NOW,
    TEAM,
    FastClock,
    HurriedClock,
    accept,
    answering,
    ask_ledger,
    deliveries,
    post_id,
    record_run,
    rehearse,
    sending,
    stand_in,
    states,
    the_post,
)

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Claim, Conclusion, open_ledger
from batch_scheduler.ledger.sqlite import SqliteLedger
from batch_scheduler.model import Outcome, Status, utc_text
from batch_scheduler.sending.asking import MOST_ATTEMPTS, MOST_FORBIDDEN
from batch_scheduler.sending.clock import SystemClock

ONE = {"concurrency": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def send(path: Path, url: str | None = None, answer: Any = None, **how: Any) -> Exception | None:
    """Send the recorded run to the address, or to a server that answers so. Why it stopped."""

    async def to(base_url: str) -> Exception | None:
        async with sending(path, base_url, **how) as one:
            await one.send()
        return one.stop.reason

    async def main() -> Exception | None:
        if url is not None:
            return await to(url)
        async with answering(answer) as base_url:
            return await to(base_url)

    return asyncio.run(main())


# The intent comes first


def test_the_claim_is_on_disk_before_the_request_arrives(path: Path) -> None:
    record_run(path, [(1, 2, 5), (2, 1, 6)])
    seen = {}

    async def answer(request: web.BaseRequest) -> web.Response:
        sql = "SELECT state, attempts FROM delivery WHERE post = ?"
        seen[the_post(request)] = ask_ledger(path, sql, post_id(the_post(request)))
        return await accept(request)

    assert send(path, answer=answer) is None
    assert seen == {1: [("sending", 1)] * 2, 2: [("sending", 1)]}
    assert states(path) == ["accepted"] * 3
    assert ask_ledger(path, "SELECT * FROM under_way") == []


def test_what_was_accepted_has_its_id_and_nothing_is_sent_a_second_time(path: Path) -> None:
    record_run(path, [(1, 2, 5)])
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(await request.json())
        return await accept(request)

    for _ in range(2):
        assert send(path, answer=answer) is None
    assert len(asked) == 1
    assert asked[0]["scheduledAt"] == utc_text(NOW + 5 * HOUR)
    for one, account in zip(deliveries(path), asked[0]["socialAccountIds"], strict=True):
        assert (one.account, one.scheduled_post_id) == (account, f"sp-{account}")


def test_the_soonest_is_sent_first(tmp_path: Path) -> None:
    rows = [(1, 1, 30), (2, 1, 10), (3, 1, 20), (2, 1, 5)]
    run = rehearse(tmp_path, rows, limits=ONE)
    sent = [one["path"].split("/")[5] for one in run.calls]
    assert sent == [post_id(number) for number in (2, 2, 3, 1)]
    assert sorted(one["instant"] for one in run.effects) == [one["instant"] for one in run.effects]


def test_the_tally_counts_what_was_sent_and_what_came_of_it(tmp_path: Path) -> None:
    rows = [(number, 2, 5) for number in range(1, 7)]
    script = ["429_seconds", "500_after", "409"]
    run = rehearse(tmp_path, rows, limits=ONE, fault_script=script)
    assert run.tally.calls == len(run.calls) == 7
    assert run.tally.pause_until > 0
    assert run.tally.by_status == {
        Status.ACCEPTED: 8,
        Status.REJECTED: 2,
        Status.IN_DOUBT: 2,
    }
    assert run.tally.done == len(run.deliveries) == 12


# It gives up


def test_attempts_are_bounded(tmp_path: Path) -> None:
    limits = {"give_up": 1e9}
    run = rehearse(tmp_path, [(1, 1, 24 * 300)], faults={"429": 1}, limits=limits)
    assert len(run.calls) == MOST_ATTEMPTS
    assert [(one.state, one.attempts) for one in run.deliveries] == [("planned", MOST_ATTEMPTS)]
    assert run.reason is None


def test_a_service_that_refuses_for_too_long_is_given_up(tmp_path: Path) -> None:
    clock = HurriedClock()
    begun = clock.monotonic()
    rows = [(number, 1, 5) for number in range(1, 51)]
    run = rehearse(tmp_path, rows, faults={"429": 1}, clock=clock, limits=ONE)
    assert isinstance(run.reason, ServiceUnusable)
    assert clock.monotonic() - begun >= 300 - 30
    assert set(run.states) == {"planned"}
    assert run.effects == []


def test_a_wait_beyond_give_up_is_not_begun(tmp_path: Path) -> None:
    run = rehearse(
        tmp_path, [(1, 1, 5), (2, 1, 5)], limits=ONE, fault_script=["429_seconds"], retry_after=301
    )
    assert isinstance(run.reason, ServiceUnusable)
    assert run.states == ["planned"] * 2
    assert len(run.calls) == 1


def test_a_service_out_of_reach_is_given_up_and_everything_is_waiting(path: Path) -> None:
    record_run(path, [(1, 1, 5), (2, 1, 5)])
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        reason = send(path, f"http://127.0.0.1:{closed.getsockname()[1]}", concurrency=1)
    assert isinstance(reason, ServiceUnusable)
    first, second = deliveries(path)
    assert (first.state, first.code, second.state) == ("planned", "no-connection", "planned")
    assert first.attempts > 5


def test_a_service_that_is_down_does_not_put_all_that_is_left_in_doubt(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 401)]
    run = rehearse(tmp_path, rows, faults={"503_before": 1})
    assert isinstance(run.reason, ServiceUnusable)
    assert run.states.count("planned") > 250
    assert set(run.states) == {"planned", "in_doubt"}


def test_rows_that_are_refused_for_good_are_answers_of_a_service_that_works(tmp_path: Path) -> None:
    rows = [(number, 1, 50) for number in range(1, 7)]
    script = ["429_seconds", "409"] * 5
    run = rehearse(tmp_path, rows, limits=ONE, fault_script=script, retry_after=200)
    assert run.reason is None
    assert run.states == ["rejected"] * 5 + ["accepted"]


# What would fail every call


def test_a_refused_token_stops_the_run_with_everything_else_still_planned(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 101)]
    limits = {"concurrency": 4}
    run = rehearse(tmp_path, rows, clock=FastClock(10), limits=limits, token_expires_after=10)
    assert isinstance(run.reason, ServiceUnusable)
    assert "OCTOSPARK_TOKEN" in run.reason.hint
    assert run.states == ["accepted"] * 10 + ["planned"] * 90
    assert len(run.calls) <= 14
    assert len(run.effects) == 10


def test_no_call_leaves_while_it_is_written_down_that_the_token_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also none that stood ready for the next free place."""
    record_run(path, [(number, 1, number) for number in range(5, 20)])
    arrived = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        arrived.append(the_post(request))
        if len(arrived) == 1:
            await asyncio.sleep(0.1)  # the others are there
            return web.Response(status=401)
        await asyncio.sleep(0.2)
        return await accept(request)

    release = SqliteLedger.release

    def slowly(*args: Any) -> None:
        time.sleep(0.3)
        release(*args)

    monkeypatch.setattr(SqliteLedger, "release", slowly)
    reason = send(path, answer=answer, clock=SystemClock(), concurrency=4)
    assert isinstance(reason, ServiceUnusable)
    assert len(arrived) == 4


def test_a_first_post_that_is_not_there_is_proven_to_be_the_post_s_own_fault(
    tmp_path: Path,
) -> None:
    rows = [(100, 1, 5), (101, 1, 6), (1, 1, 7), (102, 1, 8)]
    run = rehearse(tmp_path, rows, limits=ONE, strict=True)
    assert run.states == ["rejected", "rejected", "accepted", "rejected"]
    assert [one.code for one in run.deliveries] == ["http-404", "http-404", None, "http-404"]
    asked = [one["path"].split("/")[-1] for one in run.requests]
    assert asked == ["schedule-multi", "context", *["schedule-multi"] * 3]


@pytest.mark.parametrize(
    ("status", "context", "hint"),
    [
        (403, 403, "OCTOSPARK_TOKEN"),
        (403, 401, "OCTOSPARK_TOKEN"),
        (404, 401, "OCTOSPARK_TOKEN"),
        (404, 404, "base URL"),
        (405, 200, "base URL"),  # some web server: its page is no context
        (404, 302, "base URL"),
    ],
)
def test_a_refusal_that_means_every_call_stops_the_run(
    path: Path, status: int, context: int, hint: str
) -> None:
    record_run(path, [(number, 1, 5) for number in range(1, 21)])
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        if the_post(request):
            return web.Response(status=status)
        return web.Response(status=context, text="<html></html>", content_type="text/html")

    reason = send(path, answer=answer, clock=FastClock(10), concurrency=2)
    assert isinstance(reason, ServiceUnusable)
    assert hint in reason.hint
    assert states(path) == ["planned"] * 20
    assert len(asked) <= 8


@pytest.mark.parametrize("trouble", [500, 429])
def test_a_refusal_that_can_t_be_proven_yet_is_not_believed_yet(path: Path, trouble: int) -> None:
    record_run(path, [(1, 1, 5)])
    contexts = [trouble, trouble, 200]

    async def answer(request: web.BaseRequest) -> web.Response:
        if the_post(request):
            return web.Response(status=404)
        return web.json_response({"user": {}}, status=contexts.pop(0))

    assert send(path, answer=answer) is None
    assert contexts == []
    [one] = deliveries(path)
    assert (one.state, one.code, one.attempts) == ("rejected", "http-404", 3)


def test_a_service_that_never_proves_a_refusal_holds_up_no_other_post(path: Path) -> None:
    record_run(path, [(1, 1, 5), (2, 1, 6), (3, 1, 7)])

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if the_post(request) > 1:
            return await accept(request)
        return web.Response(status=404 if the_post(request) else 500)

    assert send(path, answer=answer, concurrency=1) is None
    assert states(path) == ["rejected", "accepted", "accepted"]


def test_a_token_that_is_good_for_nothing_that_is_to_be_done_stops_the_run(path: Path) -> None:
    """It shows who it is, and every call is refused."""
    record_run(path, [(number, 1, number) for number in range(5, 105)])
    reason = send(path, answer=forbidding(range(1000)), clock=SystemClock())
    assert isinstance(reason, ServiceUnusable)
    assert "OCTOSPARK_TOKEN" in reason.hint
    found = states(path)
    assert found == ["rejected"] * found.count("rejected") + ["planned"] * found.count("planned")
    assert found.count("rejected") == MOST_FORBIDDEN - 1


def test_some_posts_that_are_forbidden_stop_nothing(path: Path) -> None:
    record_run(path, [(number, 1, number) for number in range(5, 45)])
    mine = {number for number in range(5, 45) if number % 8 < 4}
    assert send(path, answer=forbidding(mine), concurrency=1) is None
    assert states(path).count("rejected") == len(mine)


def forbidding(posts: Container[int]) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if not the_post(request):
            return web.json_response({"user": {}})
        return web.Response(status=403) if the_post(request) in posts else await accept(request)

    return answer


# Too late


def test_an_instant_that_comes_too_near_while_waiting_is_rejected_and_not_sent(
    tmp_path: Path,
) -> None:
    run = rehearse(
        tmp_path,
        [(1, 2, 1), (2, 1, 3)],
        limits={"concurrency": 1, "give_up": 1e6},
        fault_script=["429_seconds"],
        retry_after=HOUR - 50,
    )
    first, second, other = run.deliveries
    assert [first.state, second.state, other.state] == ["rejected", "rejected", "accepted"]
    assert (first.code, first.attempts) == ("too-late", 1)
    assert utc_text(NOW + HOUR) in str(first.error)
    assert len(run.calls) == 2
    assert len(run.effects) == 1


@pytest.mark.parametrize(("lead", "state"), [(HOUR - 60, "accepted"), (HOUR + 1, "rejected")])
def test_the_lead_says_how_near_is_too_near(tmp_path: Path, lead: float, state: str) -> None:
    run = rehearse(tmp_path, [(1, 1, 1)], limits={"lead": lead})
    assert run.states == [state]
    assert len(run.calls) == (state == "accepted")


# Beside another run


def test_a_post_that_another_run_is_at_work_on_is_waited_for(path: Path) -> None:
    record_run(path, [(1, 1, 5)])
    record_run(path, [(1, 1, 6)], run="r2")
    other = open_ledger(str(path))
    [call] = other.calls("r2", 0, 10)
    with other.transaction():
        assert other.claim([Claim(call, NOW)]) == [True]

    async def main() -> None:
        async with (
            stand_in(path) as url,
            sending(path, url, clock=FastClock(100)) as one,
        ):
            work = asyncio.create_task(one.send())
            await asyncio.sleep(0.1)
            assert states(path) == ["planned", "sending"]
            assert one.tally.calls == 0
            with other.transaction():
                other.conclude(
                    [Conclusion(call, {call.deliveries[0].id: Outcome(Status.ACCEPTED, "x")}, NOW)]
                )
            await work

    asyncio.run(main())
    other.close()
    assert [(one.state, one.attempts) for one in deliveries(path)] == [("accepted", 1)] * 2


def test_a_post_that_another_run_never_leaves_stays_waiting(path: Path) -> None:
    record_run(path, [(1, 1, 5), (2, 1, 5)])
    record_run(path, [(1, 1, 6)], run="r2")
    ledger = open_ledger(str(path))
    [call] = ledger.calls("r2", 0, 10)
    with ledger.transaction():
        assert ledger.claim([Claim(call, NOW)]) == [True]
    ledger.close()
    assert send(path, answer=accept) is None
    waiting, accepted, other = deliveries(path)
    assert (waiting.state, waiting.attempts) == ("planned", 0)
    assert (accepted.state, other.state) == ("accepted", "sending")
    assert ask_ledger(path, "SELECT t.id, post FROM under_way JOIN team t ON t.number = team") == [
        (TEAM, post_id(1))
    ]

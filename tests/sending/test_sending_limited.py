"""The stand-in's own limits, on a real socket: found, kept to, and known to the next run."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from sending_runs import (
    LIMITS,
    RUN,
    TOKEN,
    FastClock,
    ask_ledger,
    record_run,
    rehearse,
    seconds,
    stand_in,
)

from batch_scheduler.ledger import open_ledger
from batch_scheduler.sending.service import Service
from batch_scheduler.sending.session import Session
from batch_scheduler.sending.tally import Tally


def test_a_hidden_rate_is_found_and_used(tmp_path: Path) -> None:
    rate = 25.0  # few enough for a machine that does something else as well
    rows = [(number, 1, 5) for number in range(1, 401)]
    run = rehearse(tmp_path, rows, rate_limit=rate, rate_burst=10, latency=0.02, clock=FastClock(1))
    assert run.states == ["accepted"] * 400
    answers = [one["answer"] for one in run.calls]
    took = seconds(run.calls[-1]["time"]) - seconds(run.calls[0]["time"])
    assert len(run.effects) == 400
    assert answers.count(429) < 0.06 * len(answers)  # in sixteen seconds, not in two minutes
    assert 390 / took > 0.6 * rate
    assert run.tally.rate is not None
    assert 0.6 * rate < run.tally.rate < 1.3 * rate
    assert run.tally.waited >= 1


def test_calls_at_once_are_counted(tmp_path: Path) -> None:
    rows = [(number, 1, 5) for number in range(1, 201)]
    run = rehearse(tmp_path, rows, max_in_flight=4, latency=0.05, retry_after=1)
    assert run.states == ["accepted"] * 200
    assert [one["answer"] for one in run.calls].count(429) <= 12
    assert run.tally.pace is not None
    assert run.tally.pace.found is not None
    assert run.tally.pace.found.in_flight == 4


def test_the_next_run_of_the_same_token_begins_with_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    refused = []

    async def send(run: str, url: str, first: int) -> None:
        record_run(path, [(number, 1, 5) for number in range(first, first + 80)], run)
        ledger, tally = open_ledger(str(path)), Tally()
        async with Session(ledger, Service(url, TOKEN), LIMITS, tally) as session:
            assert await session.send(run, []) is None
        ledger.close()
        refused.append(tally.calls - 80)

    async def main() -> None:
        async with stand_in(path, max_in_flight=3, latency=0.03) as url:
            await send(RUN, url, 1)
            await send("r2", url, 2001)

    asyncio.run(main())
    assert refused[0] > 0
    assert refused[1] == 0
    ((holder, in_flight),) = ask_ledger(path, "SELECT token, in_flight FROM allowance")
    assert holder == hashlib.sha256(TOKEN.encode()).hexdigest()
    assert in_flight == 3
    assert TOKEN.encode() not in path.read_bytes()

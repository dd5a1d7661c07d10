"""The ledger's writes: many share one commit, each fails alone, and a return means on disk."""

from __future__ import annotations

import asyncio
import math
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sending_runs import RUN, TEAM, ask_ledger, record_run

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger import CallOutdated, Claim, Conclusion, Ledger, open_ledger
from batch_scheduler.model import Outcome, SocialAccount, Status
from batch_scheduler.sending.journal import MOST_AT_ONCE, MOST_PUT_OFF, Journal, Shared


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    record_run(path, [(1, 1, 1)])
    return path


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Journal, Ledger]]:
    ledger = open_ledger(str(path))
    journal = Journal(ledger)
    try:
        yield journal, ledger
    finally:
        await journal.close()
        ledger.close()


def seen(ledger: Ledger, number: int) -> Callable[[], None]:
    """A write that leaves one row."""
    one = SocialAccount(f"account {number}", "x", "", "Acme", "connected")
    return partial(ledger.save_accounts, "http://service", TEAM, [one], 0.0)


_UNKEEPABLE = SocialAccount(None, "", "", "", "")  # type: ignore[arg-type]


def impossible(ledger: Ledger, number: int) -> Callable[[], None]:
    """A write that leaves a row, and then fails as the database does."""

    def write() -> None:
        seen(ledger, number)()
        ledger.save_accounts("http://service", TEAM, [_UNKEEPABLE], 0.0)

    return write


def written(path: Path) -> list[int]:
    rows = ask_ledger(path, "SELECT id FROM account")
    return sorted(int(row[0].split()[1]) for row in rows)


def commits(path: Path) -> int:
    """As the write-ahead log has them: the last page of each commit says the database's size."""
    log = path.with_name(path.name + "-wal").read_bytes()
    step = 24 + struct.unpack(">I", log[8:12])[0]
    return sum(log[at + 4 : at + 8] != bytes(4) for at in range(32, len(log), step))


def test_what_returned_is_on_disk_and_seen_by_a_second_connection(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            for number in range(5):
                await journal.write(seen(ledger, number))
                assert written(path) == [*range(number + 1)]

    asyncio.run(main())


def test_a_write_returns_what_the_operation_does(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            [call] = await journal.write(partial(ledger.calls, RUN, 0, 10))
            assert await journal.write(partial(ledger.claim, [Claim(call, 0.0)])) == [True]
            assert await journal.write(partial(ledger.claim, [Claim(call, 0.0)])) == [False]

    asyncio.run(main())


def test_writes_that_wait_together_share_commits(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            for number in range(3):
                await journal.write(seen(ledger, number))
            assert commits(path) == 3
            await queued_behind(journal, *(seen(ledger, number) for number in range(1000)))
            assert commits(path) == 3 + math.ceil(1000 / MOST_AT_ONCE)
        assert written(path) == [*range(1000)]

    asyncio.run(main())


@asynccontextmanager
async def at_work(journal: Journal) -> AsyncIterator[None]:
    """All that is asked for meanwhile has to wait."""
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert ended.wait(10)

    busy = asyncio.create_task(journal.write(work))
    await asyncio.to_thread(begun.wait, 10)
    yield
    ended.set()
    await busy


def test_what_can_wait_is_written_after_what_cannot_unless_there_is_much_of_it(path: Path) -> None:
    order: list[int] = []

    async def main() -> None:
        async with opened(path) as (journal, ledger):

            def noted(number: int) -> None:
                order.append(number)
                seen(ledger, number)()

            async def commits_of(now: int, *later: int) -> int:
                """Of one that can't wait, and comes last, and those that can."""
                before = commits(path)
                async with at_work(journal):
                    writes = [journal.write(partial(noted, n), can_wait=True) for n in later]
                    writes.append(journal.write(partial(noted, now)))
                    tasks = [asyncio.create_task(write) for write in writes]
                    await asyncio.sleep(0)
                await asyncio.gather(*tasks)
                return commits(path) - before

            await journal.write(partial(noted, 0))
            assert await commits_of(4, 1, 2, 3) == 2
            assert order == [0, 4, 1, 2, 3]
            many = range(101, 102 + MOST_PUT_OFF)
            assert await commits_of(5, *many) == 1
            assert order[5:] == [5, *many]

    asyncio.run(main())


async def queued_behind(journal: Journal, *writes: Callable[[], object] | Shared) -> list[object]:
    """What came of these writes, when they waited together behind another."""
    async with at_work(journal):
        waiting = [asyncio.create_task(journal.write(one)) for one in writes]
        await asyncio.sleep(0)
    return list(await asyncio.gather(*waiting, return_exceptions=True))


def test_a_write_that_fails_leaves_nothing_and_spoils_no_other(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            writes = [seen(ledger, 1), impossible(ledger, 2), seen(ledger, 3), lambda: 1 // 0]
            first, second, third, fourth = await queued_behind(journal, *writes)
            assert (first, third) == (None, None)
            assert isinstance(second, LedgerError)
            assert isinstance(fourth, ZeroDivisionError)
            assert written(path) == [1, 3]
            await journal.write(seen(ledger, 4))
        assert written(path) == [1, 3, 4]

    asyncio.run(main())


def test_what_is_shared_is_done_at_once_and_still_fails_alone(path: Path) -> None:
    at_once: list[int] = []

    async def main() -> None:
        async with opened(path) as (journal, ledger):

            def see_all(numbers: list[int]) -> list[int]:
                at_once.append(len(numbers))
                for number in numbers:
                    (impossible if number == 7 else seen)(ledger, number)()
                return [10 * number for number in numbers]

            shared = [Shared(see_all, number) for number in range(5)]
            ended = await queued_behind(journal, seen(ledger, 90), *shared)
            assert ended == [None, 0, 10, 20, 30, 40]
            assert at_once == [5]
            ended = await queued_behind(journal, *(Shared(see_all, n) for n in (5, 7, 6)))
            assert (ended[0], ended[2]) == (50, 60)
            assert isinstance(ended[1], LedgerError)
        assert written(path) == [0, 1, 2, 3, 4, 5, 6, 90]

    asyncio.run(main())


def test_calls_are_claimed_and_concluded_as_one_alone_would_be(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    record_run(path, [(1, 1, 1), (2, 1, 2), (3, 1, 1)])

    async def main() -> None:
        async with opened(path) as (journal, ledger):
            calls = ledger.calls(RUN, 0, 10)
            claims = [Shared(ledger.claim, Claim(call, 5.0)) for call in calls]
            outdated = Shared(ledger.claim, Claim(replace(calls[0], number=99), 5.0))
            ended = await queued_behind(journal, *claims[1:], outdated, claims[0], claims[1])
            assert ended[:2] == [True, True]
            assert ended[3:] == [True, False]
            assert isinstance(ended[2], CallOutdated)
            said = [
                {one.id: Outcome(Status.ACCEPTED, f"s{one.id}") for one in call.deliveries}
                for call in calls
            ]
            await queued_behind(
                journal,
                *(
                    Shared(ledger.conclude, Conclusion(call, outcomes, 6.0))
                    for call, outcomes in zip(calls, said, strict=True)
                ),
            )
        rows = ask_ledger(path, "SELECT id, state, scheduled_post_id, attempts FROM delivery")
        assert all(row[1:] == ("accepted", f"s{row[0]}", 1) for row in rows)
        assert ask_ledger(path, "SELECT * FROM under_way") == []

    asyncio.run(main())


def test_a_commit_that_fails_fails_all_its_writers_and_leaves_nothing(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            writes = [seen(ledger, 1), seen(ledger, 2), ledger.close]
            ended = await queued_behind(journal, *writes)
            assert all(isinstance(one, LedgerError) for one in ended)
            with pytest.raises(LedgerError):
                await journal.write(seen(ledger, 3))
        assert written(path) == []

    asyncio.run(main())


def test_after_close_everything_is_on_disk(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            waiting = [asyncio.create_task(journal.write(seen(ledger, n))) for n in range(50)]
            await asyncio.sleep(0)
            await journal.close()
            assert written(path) == [*range(50)]
            await asyncio.gather(*waiting)
            await journal.close()
            with pytest.raises(RuntimeError, match="closed"):
                await journal.write(seen(ledger, 50))
        assert written(path) == [*range(50)]

    asyncio.run(main())


def test_who_is_cancelled_while_a_write_waits_has_written_all_the_same(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as (journal, ledger):
            async with at_work(journal):
                waiting = asyncio.create_task(journal.write(seen(ledger, 1)))
                await asyncio.sleep(0)
                waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert written(path) == [1]

    asyncio.run(main())

"""What is over is taken out of a ledger; what may still be to come stays, by its own rules."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from upkeep_ledgers import (
    DAY,
    NOW,
    SERVICE,
    TEAM,
    a_run,
    ask,
    begin,
    conclude,
    dump,
    end,
    locks,
    opened,
    plan,
    program,
    prune,
    results,
    row,
    sizes,
)

from batch_scheduler.errors import HeldByAnotherRun, UsageError
from batch_scheduler.ledger import Claim, Ledger, LedgerDamaged, NewRun, Owner, PlanOutdated
from batch_scheduler.ledger.upkeep import PIECE, Upkeep
from batch_scheduler.model import Status, key_of, utc_text

KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)
SETTINGS: Any = {"platform_settings": '{"privacyLevel": "PUBLIC"}'}


def deleted(path: Path, before: float = -1) -> list[str]:
    return [run.id for run in prune(path, before).deleted]


def kept(path: Path, before: float = -1) -> dict[str, str]:
    """Which runs of that time stay, and why."""
    return {run.id: run.why for run in prune(path, before).kept}


def test_what_is_over_goes_with_all_that_belongs_to_it(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1, accounts=3, **SETTINGS), row(2))
    a_run(ledger, "r2", row(3), status=Status.REJECTED)
    done = prune(path)
    assert [(run.id, run.deliveries) for run in done.deleted] == [("r2", 1), ("r1", 4)]
    assert (done.kept, done.later) == ([], 0)
    assert sizes(path) == {"team": 1}
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert (ledger.runs(9), ledger.run("r1"), ledger.match("r")) == ([], None, [])


def test_what_a_post_was_created_from_goes_but_not_that_it_was(ledger: Ledger, path: Path) -> None:
    text = {"post_id": "", "text": "Doors open", "media_urls": "https://example.com/a.jpg"}
    (call,) = begin(ledger, "r1", {**row(1), **text})
    with ledger.transaction():
        ledger.save_asset(call, "https://example.com/a.jpg", "a1")
        ledger.created(ledger.take(call, NOW), "p1", NOW)
    conclude(ledger, [replace(call, post="p1")])
    end(ledger, "r1")
    (made,) = ledger.made(SERVICE, [(TEAM, key_of(call.post))], [])
    assert (made.post, "Doors open" in (made.body or "")) == ("p1", True)
    assert deleted(path) == ["r1"]
    assert sizes(path) == {"team": 1, "content": 1}
    assert ledger.made(SERVICE, [], [(TEAM, "p1")]) == [made._replace(body=None)]
    assert ask(path, "PRAGMA foreign_key_check") == []


def test_what_ended_later_stays_as_it_is(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1, **SETTINGS), days=-30)
    a_run(ledger, "r2", row(2, accounts=2, **SETTINGS), row(3), days=-10)
    a_run(ledger, "r3", row(4), days=-5)
    before = [results(ledger, run) for run in ("r2", "r3")]
    done = prune(path, before=-20)
    assert ([run.id for run in done.deleted], done.later) == (["r1"], 2)
    assert [results(ledger, run) for run in ("r2", "r3")] == before
    assert ask(path, "PRAGMA foreign_key_check") == []
    a_run(ledger, "r4", row(5, **SETTINGS))
    assert ledger.counts("r4") == {"accepted": 1}
    assert ask(path, "PRAGMA foreign_key_check") == []


# what stays


def ahead(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1), row(2, days=9))


def in_doubt_ahead(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1, days=9), status=Status.IN_DOUBT)


def soon(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1, days=60 / DAY))


def recurring_for_ever(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1, recurrence_interval_days="7"))


def recurring_still(ledger: Ledger) -> None:
    ends = utc_text(NOW + 9 * DAY)
    a_run(ledger, "r1", row(1, recurrence_interval_days="7", recurrence_ends_at=ends))


def recurring_in_doubt(ledger: Ledger) -> None:
    recurs = row(1, recurrence_interval_days="7")
    a_run(ledger, "r1", recurs, status=Status.IN_DOUBT)


def undo_unconfirmed(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1, days=9))
    with ledger.transaction():
        assert ledger.begin_undo("r1", ledger.scheduled("r1"), NOW) == ""
        ledger.end_undo("r1", ledger.scheduled("r1"))


def sent_again(ledger: Ledger) -> None:
    """Its own place is taken, but who says that it was cancelled?"""
    a_run(ledger, "r1", row(1, days=9))
    a_run(ledger, "r2", row(1, days=9), again=True, days=0)


def running(ledger: Ledger) -> None:
    conclude(ledger, begin(ledger, "r1", row(1)))


def waiting(ledger: Ledger) -> None:
    first, _ = begin(ledger, "r1", row(1), row(2))
    conclude(ledger, [first])
    end(ledger, "r1", "interrupted")


def cut_off(ledger: Ledger) -> None:
    (call,) = begin(ledger, "r1", row(1))
    with ledger.transaction():
        assert ledger.claim([Claim(call, NOW)]) == [True]


def killed_at_its_end(ledger: Ledger) -> None:
    """All is sent, but its results were never written."""
    conclude(ledger, begin(ledger, "r1", row(1)))
    with ledger.transaction():
        ledger.adopt("r1", NOW)


def referred_to(ledger: Ledger) -> None:
    a_run(ledger, "r1", row(1))
    a_run(ledger, "r2", row(1), days=0)


STAYS: dict[Callable[[Ledger], None], str] = {
    **dict.fromkeys((ahead, in_doubt_ahead, soon, undo_unconfirmed, sent_again), "ahead"),
    **dict.fromkeys((recurring_for_ever, recurring_still, recurring_in_doubt), "ahead"),
    **dict.fromkeys((running, waiting, cut_off, killed_at_its_end), "unfinished"),
    referred_to: "referred-to",
}


@pytest.mark.parametrize("make", STAYS)
def test_it_stays(ledger: Ledger, path: Path, make: Callable[[Ledger], None]) -> None:
    make(ledger)
    before = dump(path)
    done = prune(path)
    assert {run.id: run.why for run in done.kept} == {"r1": STAYS[make]}
    assert done.kept[0].said
    assert done.deleted == []
    assert dump(path) == before


@pytest.mark.parametrize("make", [one for one in STAYS if one is not killed_at_its_end])
def test_its_rules_keep_it_from_a_person_at_a_prompt(
    ledger: Ledger, path: Path, make: Callable[[Ledger], None]
) -> None:
    make(ledger)
    before = dump(path)
    changes = ["UPDATE run SET status = 'pruned' WHERE number = 1"]
    if STAYS[make] != "referred-to":
        changes += ["DELETE FROM delivery WHERE run = 1", "DELETE FROM run WHERE number = 1"]
    for change in changes:
        with pytest.raises(sqlite3.IntegrityError):
            ask(path, change)
    assert dump(path) == before


def test_a_run_that_a_process_holds_stays(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1))
    with Owner(locks(path), "r1"):
        assert kept(path) == {"r1": "at-work"}
    assert deleted(path) == ["r1"]


# what goes


@pytest.mark.parametrize("status", [Status.REJECTED, Status.IN_DOUBT, Status.ACCEPTED])
def test_what_was_decided_and_is_past_goes(ledger: Ledger, path: Path, status: Status) -> None:
    a_run(ledger, "r1", row(1), status=status)
    assert deleted(path) == ["r1"]


def test_what_was_refused_goes_though_its_time_lies_ahead(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1, days=9), status=Status.REJECTED)
    assert deleted(path) == ["r1"]


def test_what_was_taken_back_goes_though_its_time_lies_ahead(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1, days=9))
    rows = ledger.scheduled("r1")
    with ledger.transaction():
        assert ledger.begin_undo("r1", rows, NOW) == ""
        ledger.undone("r1", rows, "in words", NOW)
    assert deleted(path) == ["r1"]


def test_a_run_that_a_later_one_took_over_from_goes(ledger: Ledger, path: Path) -> None:
    begin(ledger, "r1", row(1))
    with ledger.transaction():
        ledger.adopt("r1", NOW)
    a_run(ledger, "r2", row(1))
    assert deleted(path) == ["r2", "r1"]


def test_a_recurrence_that_came_to_its_end_goes(ledger: Ledger, path: Path) -> None:
    ends = utc_text(NOW - 2 * DAY)
    a_run(ledger, "r1", row(1, recurrence_interval_days="7", recurrence_ends_at=ends))
    assert deleted(path) == ["r1"]


def test_a_run_that_sent_nothing_goes(ledger: Ledger, path: Path) -> None:
    unsent = NewRun("r1", "https://api.example.com", NOW - 30 * DAY, {}, [], sends=False)
    ledger.record(unsent, plan(ledger, [row(1, days=9), {**row(2), "scheduled_at": "soon"}]))
    end(ledger, "r1", "invalid")
    assert deleted(path) == ["r1"]
    assert sizes(path) == {"team": 1}


def test_what_another_run_speaks_for_goes_while_that_one_stays(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1, days=9))
    a_run(ledger, "r2", row(1, days=9))
    assert deleted(path) == ["r2"]
    assert plan(ledger, [row(1, days=9)]).entries["state"].tolist() == ["already_accepted"]


def test_a_chain_of_runs_goes_together(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1), row(2))
    a_run(ledger, "r2", row(1), row(2), row(3))
    a_run(ledger, "r3", row(3), row(1))
    assert deleted(path) == ["r3", "r2", "r1"]
    assert sizes(path) == {"team": 1}


# how it goes


def test_a_dry_run_says_the_same_and_deletes_nothing(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1))
    a_run(ledger, "r2", row(1), row(2))
    a_run(ledger, "r3", row(3, days=9))
    before = dump(path)
    would = prune(path, dry_run=True)
    assert dump(path) == before
    done = prune(path)
    assert ([one.id for one in would.deleted], would.kept) == (["r2", "r1"], done.kept)
    assert would.deleted == done.deleted


def test_who_says_no_loses_nothing(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1))
    before = dump(path)
    with Upkeep(path, locks(path)) as upkeep:
        assert upkeep.prune(NOW, lambda found: False) is None
    assert dump(path) == before


def test_the_file_gets_smaller(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", *(row(number, accounts=10) for number in range(500)))
    a_run(ledger, "r2", row(9_000, days=9))
    done = prune(path)
    assert done.size_after < done.size_before / 2
    assert path.stat().st_size < done.size_before / 2
    assert (done.unshrunk, ledger.counts("r2")) == ("", {"accepted": 1})
    ledger.close()
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == [path.name]


def test_while_a_run_is_at_work_the_file_stays_as_big(ledger: Ledger, path: Path) -> None:
    """To make it smaller would keep the run waiting; the next time it is made up for."""
    a_run(ledger, "r1", *(row(number, accounts=10) for number in range(500)))
    with Owner(locks(path), "r2"):
        done = prune(path)
        assert [run.id for run in done.deleted] == ["r1"]
        assert "at work" in done.unshrunk
        assert path.stat().st_size >= done.size_before / 2
    done = prune(path)
    assert (done.deleted, done.unshrunk) == ([], "")
    assert done.size_after < done.size_before / 2


def test_others_write_in_between(ledger: Ledger, path: Path) -> None:
    """The times that it sleeps are theirs."""
    rows = [row(number, accounts=50, **SETTINGS) for number in range(3 * PIECE // 50)]
    a_run(ledger, "r1", *rows)
    calls = begin(ledger, "r2", *(row(10_000 + number, days=9) for number in range(20)))
    between = []

    def write(seconds: float) -> None:
        between.append(calls.pop())
        conclude(ledger, between[-1:])

    assert [run.id for run in prune(path, sleep=write).deleted] == ["r1"]
    assert len(between) >= 4
    assert ledger.counts("r2") == {"accepted": len(between), "waiting": 20 - len(between)}
    assert ask(path, "PRAGMA foreign_key_check") == []


def test_a_kill_on_the_way_leaves_no_half_run(path: Path) -> None:
    """Nobody sees what is left of it, and the next time it goes."""
    with opened(path) as ledger:
        a_run(ledger, "r1", row(9_000))
        a_run(ledger, "r2", *(row(number, accounts=50) for number in range(2 * PIECE // 50)))
        a_run(ledger, "r3", row(9_001, days=9))
    for step in range(1, 5):
        assert program(path, "prune(path)", kill_at="commit:2") == KILLED, step
        with opened(path) as ledger:
            assert ledger.runs(9)[0].id == "r3"
            assert (ledger.run("r2"), ledger.match("r2")) == (None, [])
            assert ledger.counts("r3") == {"accepted": 1}
            assert "r2" not in [*ledger.unfinished(), *ledger.resumable("https://api.example.com")]
        if not ask(path, "SELECT 1 FROM run WHERE id = 'r2'"):
            break
        assert ask(path, "SELECT status FROM run WHERE id = 'r2'") == [("pruned",)]
    assert kept(path) == {"r3": "ahead"}
    tables = ("run", "source", "line", "team", "document", "delivery", "tally")
    assert sizes(path) == dict.fromkeys(tables, 1)
    assert ask(path, "PRAGMA foreign_key_check") == []


def test_a_run_that_is_being_deleted_stays_so(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1))
    ask(path, "UPDATE run SET status = 'pruned'")
    for change in ("UPDATE run SET status = 'running'", "DELETE FROM run"):
        with pytest.raises(sqlite3.IntegrityError):
            ask(path, change)
    assert plan(ledger, [row(1)]).entries["state"].tolist() == ["planned"]
    assert deleted(path) == ["r1"]


@pytest.mark.parametrize("gone", [False, True], ids=["being deleted", "gone"])
def test_a_plan_that_counts_on_what_goes_is_made_anew(
    ledger: Ledger, path: Path, gone: bool
) -> None:
    a_run(ledger, "r1", row(1))
    made = plan(ledger, [row(1)])
    assert made.entries["state"].tolist() == ["already_accepted"]
    if gone:
        assert deleted(path) == ["r1"]
        a_run(ledger, "r2", row(2))
        assert ask(path, "SELECT id FROM delivery") == [(1,)]  # the same number, another delivery
    else:
        ask(path, "UPDATE run SET status = 'pruned'")
    with pytest.raises(PlanOutdated):
        ledger.record(NewRun("r3", "https://api.example.com", NOW, {}, []), made)
    assert ledger.run("r3") is None


def test_settings_that_are_wanted_again_meanwhile_stay(ledger: Ledger, path: Path) -> None:
    """They were the deleted run's alone, until another run came in between."""
    settings: list[Any] = [{"platform_settings": f'{{"n": {n}}}'} for n in range(PIECE + 9)]
    a_run(ledger, "r1", *(row(number, **one) for number, one in enumerate(settings)))
    count = "SELECT count(*) FROM document"
    ((before,),) = ask(path, count)

    def record(seconds: float) -> None:
        if ask(path, count)[0][0] < before and ledger.run("r2") is None:
            a_run(ledger, "r2", row(9_000, days=9, **settings[-1]))

    prune(path, sleep=record)
    assert ask(path, count) == [(2,)]  # these settings, and no options
    assert ask(path, "PRAGMA foreign_key_check") == []
    assert len(results(ledger, "r2")) == 1


def test_of_two_prunes_at_the_same_time_the_second_is_told_so(ledger: Ledger, path: Path) -> None:
    a_run(ledger, "r1", row(1))
    said: list[str] = []

    def meanwhile(seconds: float) -> None:
        if not said:
            with pytest.raises(HeldByAnotherRun) as error:
                prune(path)
            said.append(error.value.message)

    prune(path, sleep=meanwhile)
    assert "prune" in said[0]
    assert sizes(path) == {"team": 1}


# locks


def test_the_locks_of_runs_that_are_gone_go(ledger: Ledger, path: Path) -> None:
    for run, days in (("r1", -30.0), ("r2", 0.0)):
        with Owner(locks(path), run):
            a_run(ledger, run, row(int(run[1])), days=days)
    prune(path)
    names = {file.name for file in locks(path).glob("r*")}
    assert names == {"r2.lock"}


def test_a_lock_of_a_run_that_the_ledger_does_not_know_goes_when_it_is_old(
    ledger: Ledger, path: Path
) -> None:
    """A young one may be of a run that begins, and one that is held is."""
    long_ago = time.time() - 2 * DAY
    for run in ("old", "held", "young"):
        with Owner(locks(path), run):
            pass
        if run != "young":
            os.utime(locks(path) / f"{run}.lock", (long_ago, long_ago))
    with Owner(locks(path), "held"):
        os.utime(locks(path) / "held.lock", (long_ago, long_ago))
        prune(path)
        names = {file.stem for file in locks(path).iterdir()} - {"prune"}
        assert names == {"held", "young"}


# what is no ledger


def test_a_ledger_that_is_not_there_is_not_made(path: Path) -> None:
    with pytest.raises(UsageError, match="no ledger"):
        Upkeep(path, locks(path))
    assert not path.parent.exists()


def overwritten(whole: bytes) -> bytes:
    return whole[:8192] + b"\xff" * (len(whole) - 8192)


def cut_short(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("damage", [overwritten, cut_short])
def test_a_damaged_ledger_is_left_as_it_is(path: Path, damage: Callable[[bytes], bytes]) -> None:
    with opened(path) as ledger:
        a_run(ledger, "r1", *(row(number) for number in range(300)))
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(LedgerDamaged) as error:
        prune(path)
    assert error.value.hint
    assert path.read_bytes() == before

"""A run looked at afterwards: its results, its counts, and the list of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_plans import (
    CORE,
    LATER,
    NOW,
    SERVICE,
    SOON,
    TEAM,
    account,
    claim,
    new_run,
    outcomes,
    plan,
    post,
    record,
    row,
    send,
    sheet,
)

from batch_scheduler.ledger import Conclusion, Ledger, SourceRecord
from batch_scheduler.ledger.sqlite import SqliteLedger
from batch_scheduler.model import (
    RESULT_COLUMNS,
    Outcome,
    Severity,
    SocialAccount,
    Status,
    utc_text,
)

Cells = Sequence[str | int | None]


def results(ledger: Ledger, run: str = "r1", source: int = 0) -> list[dict[str, str | int | None]]:
    """Each row by the names of its columns."""
    one = ledger.sources(run)[source]
    header = [*RESULT_COLUMNS, *one.columns]
    return [dict(zip(header, cells, strict=True)) for cells in ledger.results(run, one)]


def test_a_row_has_the_columns_of_a_results_sheet_and_then_its_own(ledger: Ledger) -> None:
    header = ["#mark", *CORE, "timezone", "first_comment", "note"]
    cells = ["!", *row(1), "Asia/Tokyo", '{"text":"hi"}', "Grüße, 🎉"]
    (call,) = record(ledger, sheets=[sheet(cells, header=header)])
    assert claim(ledger, call)
    with ledger.transaction():
        ledger.conclude([Conclusion(call, outcomes(call, Status.ACCEPTED), NOW + 7.9)])
    assert results(ledger) == [
        {
            "sheet": None,
            "row": 2,
            "team_id": TEAM,
            "post_id": post(1),
            "social_account_id": account(1),
            "scheduled_at": utc_text(SOON),
            "timezone": "Asia/Tokyo",
            "status": "accepted",
            "scheduled_post_id": f"scheduled-{call.deliveries[0].id}",
            "error_code": None,
            "error": None,
            "attempts": 1,
            "call_id": "r1-1",
            "finished_at": utc_text(NOW + 7),
            "#mark": "!",
            "first_comment": '{"text":"hi"}',
            "note": "Grüße, 🎉",
        }
    ]


def test_rows_come_in_the_order_of_the_input(ledger: Ledger) -> None:
    record(
        ledger,
        row(1, instant=LATER),
        ("no id", account(1), utc_text(SOON)),
        row(3, accounts=(2, 1)),
        row(2),
    )
    found = [(line["row"], line["post_id"], line["social_account_id"]) for line in results(ledger)]
    assert found == [
        (2, post(1), account(1)),
        (3, "no id", account(1)),
        (4, post(3), account(2)),
        (4, post(3), account(1)),
        (5, post(2), account(1)),
    ]


def test_an_invalid_row_shows_its_own_texts(ledger: Ledger) -> None:
    header = [*CORE, "timezone", "note"]
    wrong = ["no id", "nobody", "tomorrow", "EST5", "kept"]
    record(ledger, sheets=[sheet((*row(1), "", "fine"), wrong, header=header)])
    fine, line = results(ledger)
    assert (fine["status"], fine["note"]) == ("waiting", "fine")
    assert [line[name] for name in RESULT_COLUMNS[1:8]] == [
        *(3, TEAM, "no id", "nobody", "tomorrow", "EST5"),
        "invalid",
    ]
    assert (line["note"], line["attempts"], line["call_id"]) == ("kept", 0, None)
    assert line["error_code"] == "bad-id"
    assert "unknown-timezone" not in str(line["error"])
    assert '"EST5" is not the name of a time zone' in str(line["error"])


def test_of_a_row_that_is_too_late_the_accepted_account_keeps_its_own_texts(
    ledger: Ledger,
) -> None:
    (call,) = record(ledger, row(1, accounts=(1,)))
    send(ledger, call)
    record(ledger, row(1, accounts=(1, 2)), run="r2", now=SOON)
    accepted, late = results(ledger, "r2")
    assert (accepted["social_account_id"], late["social_account_id"]) == (account(1), account(2))
    assert (accepted["status"], late["status"]) == ("already_accepted", "invalid")
    assert late["error_code"] == "too-late"


def test_what_an_earlier_run_got_accepted_shows_that_runs_call(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        said = Outcome(Status.ACCEPTED, "s1", "other-instant", "an hour later")
        ledger.conclude([Conclusion(call, {call.deliveries[0].id: said}, NOW + 5)])
    record(ledger, row(1), run="r2")
    (line,) = results(ledger, "r2")
    assert [line[name] for name in RESULT_COLUMNS[7:]] == [
        *("already_accepted", "s1", "other-instant", "an hour later"),
        *(0, "r1-1", utc_text(NOW + 5)),
    ]
    assert [line["status"] for line in results(ledger, "r1")] == ["accepted"]


@pytest.mark.parametrize(
    ("settled", "shown"),
    [(Status.ACCEPTED, "already_accepted"), (Status.REJECTED, "rejected"), (None, "waiting")],
)
def test_what_an_earlier_run_left_in_doubt_shows_what_became_of_it(
    ledger: Ledger, settled: Status | None, shown: str
) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        ledger.doubt(call, outcomes(call, Status.IN_DOUBT), NOW, answered=False, settles=True)
    record(ledger, row(1), run="r2")
    (line,) = results(ledger, "r2")
    assert (line["status"], line["call_id"]) == ("in_doubt", "r1-1")
    with ledger.transaction():
        if settled is None:
            ledger.nothing_happened(call)
        else:
            ledger.settle(call, outcomes(call, settled), NOW + 60, ask_again=False)
    (line,) = results(ledger, "r2")
    assert line["status"] == shown
    assert ledger.counts("r2") == {shown: 1}
    assert line["scheduled_post_id"] == ("scheduled-1" if settled is Status.ACCEPTED else None)


def test_what_is_held_says_why_and_shows_nothing_of_the_other(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    send(ledger, call)
    record(ledger, row(1, instant=LATER), run="r2")
    (line,) = results(ledger, "r2")
    assert (line["status"], line["error_code"]) == ("held", "moved")
    assert (line["scheduled_post_id"], line["call_id"], line["finished_at"]) == (None, None, None)
    assert utc_text(SOON) in str(line["error"])


def test_what_is_under_way_is_in_doubt_for_who_looks_now(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    assert [line["status"] for line in results(ledger)] == ["in_doubt"]
    assert ledger.counts("r1") == {"in_doubt": 1}


def test_every_sheet_of_a_run_has_its_own_results(ledger: Ledger) -> None:
    week = sheet([*row(1), "a"], [*row(2), "b"], header=[*CORE, "note"], path="week.csv")
    plain = sheet(row(3), ("no id", "", ""), path="plain.csv")
    both = plan(ledger, sheets=[week, plain])
    ledger.record(new_run("r1", results=["week.results.xlsx"]), both)
    assert ledger.sources("r1") == [
        SourceRecord(0, "week.csv", None, ["note"], "week.results.xlsx"),
        SourceRecord(1, "plain.csv", None, [], None),
    ]
    assert [(line["row"], line["note"]) for line in results(ledger)] == [(2, "a"), (3, "b")]
    assert [line["status"] for line in results(ledger, source=1)] == ["waiting", "invalid"]
    assert ledger.counts("r1") == {"waiting": 3, "invalid": 1}
    assert ledger.counts("r1", 1) == {"waiting": 1, "invalid": 1}
    assert list(ledger.results("none", SourceRecord(0, "", None, [], None))) == []
    assert (ledger.counts("none"), ledger.sources("none")) == ({}, [])


class Counting(SqliteLedger):
    """A ledger that counts what it makes SQLite do."""

    def steps_for(self, run: str, source: SourceRecord) -> int:
        """Its results and counts, as they are asked for when a run has just ended."""
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        self._db.set_progress_handler(step, 10)
        shown = len(list(self.results(run, source)))
        assert sum(self.counts(run, source.number).values()) == shown
        assert sum(one[-1] for one in self.counts_by_account(run, source.number)) == shown
        self._db.set_progress_handler(None, 10)
        return steps


def test_of_many_sheets_each_takes_as_long_as_one_alone(tmp_path: Path) -> None:
    with closing(Counting(tmp_path / "ledger.sqlite3")) as ledger:
        sheets = [
            sheet(*(row(20 * n + own) for own in range(20)), path=f"{n}.csv") for n in range(61)
        ]
        record(ledger, run="r1", sheets=sheets[:1])
        record(ledger, run="r2", sheets=sheets[1:])
        (alone,) = (ledger.steps_for("r1", source) for source in ledger.sources("r1"))
        of_many = [ledger.steps_for("r2", source) for source in ledger.sources("r2")]
    assert sum(of_many) < 1.5 * alone * len(of_many)


def test_counts_by_account_have_names_where_they_are_known(ledger: Ledger) -> None:
    first = sheet(row(1, accounts=(2, 1)), row(2, accounts=(1,)))
    second = sheet(row(3, accounts=(3,)), ("no id", account(9), ""), path="next.csv")
    calls = record(ledger, sheets=[first, second])
    send(ledger, calls[0])
    send(ledger, calls[1], Status.REJECTED)
    seen = [SocialAccount(account(1), "x", "one", "", "connected")]
    with ledger.transaction():
        ledger.save_accounts(SERVICE, TEAM, seen, NOW)
    assert ledger.counts_by_account("r1", None) == [
        (account(2), "", "", "accepted", 1),
        (account(1), "@one", "x", "accepted", 1),
        (account(1), "@one", "x", "rejected", 1),
        (account(3), "", "", "waiting", 1),
    ]
    assert ledger.counts_by_account("r1", 1) == [(account(3), "", "", "waiting", 1)]
    renamed = [replace(one, handle="new") for one in seen]
    with ledger.transaction():
        ledger.save_accounts(SERVICE, TEAM, renamed, NOW + 1)
    assert {line[1] for line in ledger.counts_by_account("r1", 0)} == {"", "@new"}


def test_what_was_counted_at_the_end_of_a_run_is_counted_anew_when_it_changes(
    ledger: Ledger,
) -> None:
    def as_listed(run: str) -> bool:
        listed = Counter(line["status"] for line in results(ledger, run))
        of_accounts = Counter[object]()
        for *_, status, count in ledger.counts_by_account(run, None):
            of_accounts[status] += count
        return ledger.counts(run) == listed == of_accounts

    first, second, _ = record(ledger, row(1), row(2), row(3, accounts=(1, 2)))
    send(ledger, first)
    assert claim(ledger, second)
    with ledger.transaction():
        ledger.doubt(second, outcomes(second, Status.IN_DOUBT), NOW, answered=False, settles=True)
        ledger.finish("r1", "partial", None, NOW)
    assert as_listed("r1")
    assert ledger.counts("r1") == {"accepted": 1, "in_doubt": 1, "waiting": 2}

    record(ledger, row(1), row(2), row(3, accounts=(1,)), run="r2")  # it has one of what waited
    with ledger.transaction():
        ledger.finish("r2", "partial", None, NOW)
    assert as_listed("r1")
    assert as_listed("r2")
    with ledger.transaction():
        ledger.settle(second, outcomes(second, Status.ACCEPTED), NOW, ask_again=False)
    assert as_listed("r1")
    assert as_listed("r2")
    assert ledger.counts("r2")["already_accepted"] == 2
    with ledger.transaction():
        ledger.reopen("r1")
        ledger.finish("r1", "complete", None, NOW)
        ledger.finish("r1", "complete", None, NOW)
    assert as_listed("r1")


def test_accounts_can_be_saved_before_anything_is_planned(ledger: Ledger) -> None:
    with ledger.transaction():
        one = SocialAccount(account(1), "x", "one", "One", "ok")
        ledger.save_accounts(SERVICE, TEAM, [one], NOW)
    record(ledger, row(1))
    assert ledger.counts_by_account("r1", None) == [(account(1), "@one", "x", "waiting", 1)]


def test_a_run_tells_what_it_was(ledger: Ledger) -> None:
    made = plan(ledger, row(1), ("no id", "", ""))
    ledger.record(new_run("r1", settings={"lead": 60}), made)
    found = ledger.run("r1")
    assert found is not None
    assert (found.id, found.service, found.status, found.reason) == ("r1", SERVICE, "running", None)
    assert (found.settings, found.rows, found.started_at) == ({"lead": 60}, 2, NOW)
    assert found.finished_at is None
    assert (found.issues, len(found.issues)) == (made.issues, 3)
    assert {issue.severity for issue in found.issues} == {Severity.ERROR}
    with ledger.transaction():
        ledger.finish("r1", "partial", "why it stopped", NOW + 60)
    found = ledger.run("r1")
    assert found is not None
    assert (found.status, found.reason) == ("partial", "why it stopped")
    assert found.finished_at == NOW + 60
    assert ledger.run("none") is None


def test_the_newest_runs_come_first(ledger: Ledger) -> None:
    for number in range(1, 5):
        record(ledger, row(number), run=f"r{number}")
    assert [run.id for run in ledger.runs(3)] == ["r4", "r3", "r2"]
    assert [run.id for run in ledger.runs(9)][-1] == "r1"


def test_runs_are_found_by_how_their_id_begins(ledger: Ledger) -> None:
    for number, run in enumerate(["ab", "abc", "abd", "b_c", "bxc", "b%", "b\\"], 1):
        record(ledger, row(number), run=run)
    assert ledger.match("abc") == ["abc"]
    assert ledger.match("c") == []
    assert ledger.match("b_") == ["b_c"]
    assert ledger.match("b%") == ["b%"]
    assert ledger.match("b\\") == ["b\\"]
    assert ledger.match("ab")[0] == "ab"  # who writes the whole id means it
    assert len(ledger.match("")) == 2


def test_a_run_is_unfinished_until_it_is_finished(ledger: Ledger) -> None:
    record(ledger, row(1))
    record(ledger, row(2), run="r2")
    assert ledger.unfinished() == ["r1", "r2"]
    with ledger.transaction():
        ledger.finish("r1", "complete", None, NOW)
        ledger.adopt("r2", NOW)
    assert ledger.unfinished() == []
    with ledger.transaction():
        ledger.reopen("r2")
    assert ledger.unfinished() == ["r2"]
    found = ledger.run("r2")
    assert found is not None
    assert (found.status, found.reason, found.finished_at) == ("running", None, None)


def test_a_run_that_ended_amid_a_call_is_unfinished_until_it_is_adopted(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        ledger.finish("r1", "aborted", "a bug", NOW)
    assert ledger.unfinished() == ["r1"]
    (blocked,) = record(ledger, row(1, accounts=(2,)), run="r2")
    assert not claim(ledger, blocked)
    with ledger.transaction():
        ledger.adopt("r1", NOW)
    assert ledger.unfinished() == ["r2"]
    assert claim(ledger, blocked)


def test_a_run_is_resumable_while_something_is_left_of_it(ledger: Ledger) -> None:
    first, second = record(ledger, row(1), row(2))
    with ledger.transaction():
        ledger.finish("r1", "interrupted", None, NOW)
    assert ledger.resumable(SERVICE) == ["r1"]
    assert ledger.resumable("https://api-staging.example.com") == []
    send(ledger, first)
    assert claim(ledger, second)
    with ledger.transaction():
        ledger.doubt(second, outcomes(second, Status.IN_DOUBT), NOW, answered=True, settles=False)
    assert ledger.resumable(SERVICE) == ["r1"]
    with ledger.transaction():
        ledger.settle(second, outcomes(second, Status.ACCEPTED), NOW, ask_again=False)
    assert ledger.resumable(SERVICE) == []


def test_a_run_that_sent_nothing_or_is_superseded_is_not_resumable(ledger: Ledger) -> None:
    ledger.record(new_run("r1", sends=False), plan(ledger, row(1), ("no id", "", "")))
    record(ledger, row(2), run="r2")
    record(ledger, row(2), run="r3")
    with ledger.transaction():
        ledger.finish("r1", "invalid", None, NOW)
        ledger.finish("r2", "interrupted", None, NOW)
    assert ledger.resumable(SERVICE) == ["r3"]


def test_results_can_be_read_while_another_process_writes(ledger: Ledger, other: Ledger) -> None:
    calls = record(ledger, *(row(number) for number in range(1, 51)))
    rows = ledger.results("r1", ledger.sources("r1")[0])
    statuses = [next(rows)[7]]
    for call in calls:
        send(other, call)
    statuses += [line[7] for line in rows]
    assert statuses == ["waiting"] * 50  # one moment's view, not half of each
    assert ledger.counts("r1") == {"accepted": 50}


def test_texts_of_any_kind_come_back(ledger: Ledger) -> None:
    said = "'; DROP TABLE run; -- \\u0041 \u202e 🎉\n=1+1"
    note = '=2+2\n"x" \t\\'
    (call,) = record(ledger, sheets=[sheet([*row(1), note], header=[*CORE, "note"])])
    assert claim(ledger, call)
    with ledger.transaction():
        outcome = Outcome(Status.REJECTED, code="http-400", error=said)
        ledger.conclude([Conclusion(call, {call.deliveries[0].id: outcome}, NOW)])
    (line,) = results(ledger)
    assert (line["error"], line["note"]) == (said, note)


def test_an_answer_with_half_of_a_character_is_no_reason_to_lose_it(ledger: Ledger) -> None:
    (call,) = record(ledger, row(1))
    assert claim(ledger, call)
    with ledger.transaction():
        said = Outcome(Status.REJECTED, code="http-400", error="cut \ud83d here, and \0")
        ledger.conclude([Conclusion(call, {call.deliveries[0].id: said}, NOW)])
        ledger.finish("r1", "aborted", "cut \udce4 there", NOW)
    assert results(ledger)[0]["error"] == "cut \ufffd here, and \ufffd"
    found = ledger.run("r1")
    assert found is not None
    assert found.reason == "cut \ufffd there"

"""Every problem is reported: all at once, at its cell, with what to write instead."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from planning_sheets import ACCOUNT, CORE, OTHER, POST, TEAM, TIME, one_row, places, plan, sheet

from batch_scheduler.model import CUT, RESULT_COLUMNS, Severity
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet


@pytest.mark.parametrize(
    ("column", "value", "code", "hint"),
    [
        ("post_id", "", "missing-id", "UUID"),
        ("post_id", "  ", "missing-id", "UUID"),
        ("post_id", POST[:-4], "bad-id", "cut short"),
        ("post_id", POST + "0", "bad-id", "too long"),
        ("post_id", "1.78E+16", "bad-id", "number"),
        ("post_id", POST.replace("-", " "), "bad-id", POST),
        ("post_id", "1,78E+16", "bad-id", "paste the id again"),
        ("post_id", f"https://app.octospark.ai/posts/{POST}", "bad-id", POST),
        ("post_id", POST + "%2F", "bad-id", POST),
        ("post_id", f"{POST}, {OTHER}", "bad-id", "own row"),
        ("post_id", "../" + POST, "bad-id", "alone"),
        ("post_id", POST + "\r\nX: 1", "bad-id", "own row"),
        ("social_account_ids", " ; ", "missing-id", "batch-scheduler accounts"),
        ("social_account_ids", "@acme", "bad-id", "batch-scheduler accounts"),
        ("social_account_ids", f"{ACCOUNT} {OTHER}", "bad-id", "commas"),
        ("social_account_ids", f"{ACCOUNT},acme", "bad-id", "UUID"),
        ("team_id", "acme", "bad-id", "UUID"),
        ("scheduled_at", "", "missing-time", "2027-05-01T09:00Z"),
        ("scheduled_at", "10-00", "bad-time", "2027-05-01T09:00Z"),
        ("scheduled_at", "tomorrow", "bad-time", "2027-05-01T09:00Z"),
        ("scheduled_at", "2027-05-01", "bad-time", "2027-05-01T09:00"),
        ("scheduled_at", "1969-12-31T23:59Z", "bad-time", "1970"),
        ("scheduled_at", "2201-01-01T00:00Z", "bad-time", "2200"),
        ("scheduled_at", "0000-01-01T00:00Z", "bad-time", "2027"),
        ("scheduled_at", "2026-09-20T09:00Z", "too-late", "2026-09-21T14:14:20Z"),
        ("scheduled_at", "2045-01-01T09:00Z", "too-far", "year"),
        ("scheduled_at", "2027-05-01 09:00", "missing-timezone", "--timezone"),
        ("timezone", "EST5", "unknown-timezone", "America/New_York"),
        ("timezone", "EST", "unknown-timezone", "America/New_York"),
        ("timezone", "UTC+2", "unknown-timezone", "2027-05-01T09:00+02:00"),
        ("timezone", "-05:30", "unknown-timezone", "2027-05-01T09:00-05:30"),
        ("timezone", "Berlin", "unknown-timezone", "Europe/Berlin"),
        ("timezone", "Europe/Berlim", "unknown-timezone", "Europe/Berlin"),
        ("timezone", "../../etc/passwd", "unknown-timezone", "Europe/Berlin"),
        ("platform_settings", '{"a": 1', "bad-json", "{"),
        ("platform_settings", '{“a": 1}', "bad-json", "straight"),
        ("platform_settings", "{“a”: “say “hi””}", "bad-json", "straight"),
        ("platform_settings", "{‘a’: 1}", "bad-json", "straight"),
        ("platform_settings", '{"a": 0.1234567890123456789}', "bad-json", "quotes"),
        ("platform_settings", '{"a": 1e-400}', "bad-json", "quotes"),
        ("platform_settings", '{"a": "\x1b[31m"}', "bad-json", "{"),
        ("platform_settings", '{"a": "' + '\\"' * 100_000, "bad-json", "{"),
        ("platform_settings", '{"a": "' + "[" * 4_000_000, "bad-json", "{"),
        ("platform_settings", "[" * 4_000_000, "bad-json", "flatter"),
        ("platform_settings", "{'a': 1}", "bad-json", "double quotes"),
        ("platform_settings", '{"a": 1,}', "bad-json", "comma"),
        ("platform_settings", "[1]", "bad-json", "{"),
        ("platform_settings", '{"a": NaN}', "bad-json", "quotes"),
        ("platform_settings", '{"a": -Infinity}', "bad-json", "quotes"),
        ("platform_settings", '{"a": 1e999}', "bad-json", "quotes"),
        ("platform_settings", '{"a": 1, "a": 2}', "bad-json", "out"),
        ("platform_settings", '{"a": "\\ud800"}', "bad-json", "out"),
        ("platform_settings", '{"a":' + "[" * 5000, "bad-json", "flatter"),
        ("platform_settings", '{"a":' * 900 + "1" + "}" * 900, "bad-json", "flatter"),
        ("platform_settings", '{"a": ' + "1" * 5000 + "}", "bad-json", "out"),
        ("platform_settings.level", "1e999", "bad-json", "smaller"),
        ("platform_settings.level", "1" * 5000, "bad-json", "smaller"),
        ("platform_settings.level", "1.78E+16", "lost-digits", "as text"),
        ("platform_settings.level", "1,78E+16", "lost-digits", "as text"),
        ("platform_settings.level", "17841405822304900", "lost-digits", "as text"),
        ("first_comment", '{"text": ', "bad-json", "{"),
        ("engagement_comment_trigger", "hello", "bad-json", "{"),
        ("repost_after", "7", "bad-json", "{"),
        ("recurrence_interval_days", "0", "bad-interval", "365"),
        ("recurrence_interval_days", "366", "bad-interval", "365"),
        ("recurrence_interval_days", "7.5", "bad-interval", "365"),
        ("recurrence_interval_days", "weekly", "bad-interval", "365"),
        ("recurrence_ends_at", TIME, "missing-interval", "recurrence_interval_days"),
    ],
)
def test_a_bad_cell_is_an_issue_at_that_cell(column: str, value: str, code: str, hint: str) -> None:
    made = plan(one_row(column, value))
    assert places(made.issues) == [(code, 2, column)]
    (issue,) = made.issues
    assert hint in issue.hint
    assert issue.message
    assert issue.value is not None
    assert len(issue.value) <= 100
    assert not made.valid
    assert (made.rows, made.deliveries, made.calls) == (1, 0, 0)
    assert made.entries["state"].tolist() == ["invalid"]
    assert made.entries["code"].tolist() == [code]


@pytest.mark.parametrize(
    ("header", "code", "column", "hint"),
    [
        ([*CORE, "timezon"], "unknown-column", "timezon", '"timezone"'),
        ([*CORE, "platform_setting.level"], "unknown-column", "platform_setting.level", ".level"),
        ([*CORE, "platform_settings."], "unknown-column", "platform_settings.", "#"),
        ([*CORE, "timezone.x"], "unknown-column", "timezone.x", "timezone"),
        ([*CORE, "status"], "unknown-column", "status", "#status"),
        ([*CORE, "Post ID"], "duplicate-column", "Post ID", "#"),
        ([*CORE, "social_account_id"], "duplicate-column", "social_account_id", "#"),
        ([*CORE, "repost_after.x", "repostAfter.x"], "duplicate-column", "repostAfter.x", "#"),
        (CORE[:2], "missing-column", None, '"scheduled_at"'),
        (CORE[1:], "missing-column", None, '"post_id"'),
    ],
)
def test_a_header_that_is_not_understood_spoils_the_sheet(
    header: list[str], code: str, column: str | None, hint: str
) -> None:
    cells = dict(zip(CORE, (POST, ACCOUNT, TIME), strict=True))
    made = plan(sheet(header, [cells.get(name, "") for name in header]))
    assert places(made.issues) == [(code, None, column)]
    assert hint in made.issues[0].hint
    assert made.deliveries == 0
    assert made.entries["state"].tolist() == ["invalid"]


def test_an_empty_file_lacks_its_columns() -> None:
    made = plan(read_sheet("-", io.BytesIO(b"")))
    assert [issue.code for issue in made.issues] == ["missing-column"] * 3


def test_a_sheet_without_rows_is_valid_and_said() -> None:
    made = plan(sheet(CORE))
    assert places(made.issues) == [("no-rows", None, None)]
    assert made.valid


def test_a_post_above_the_header_is_an_issue() -> None:
    """Someone sorted the sheet, and the header with it."""
    text = f"Launch,,\n{POST},{ACCOUNT},{TIME}\n{','.join(CORE)}\n{OTHER},{ACCOUNT},{TIME}\n"
    made = plan(read_sheet("-", io.BytesIO(text.encode()), likeness))
    assert places(made.issues) == [("row-above-header", 2, "post_id")]
    assert (made.rows, made.deliveries, made.valid) == (1, 1, False)


def test_a_cell_below_no_header_is_an_issue() -> None:
    made = plan(sheet([*CORE, ""], [POST, ACCOUNT, TIME, ""], [OTHER, ACCOUNT, TIME, "what?"]))
    assert places(made.issues) == [("unnamed-column", 3, "")]
    assert made.deliveries == 1


def test_a_missing_team_is_said_once_when_the_column_is_absent() -> None:
    rows = [[POST, ACCOUNT, TIME], [OTHER, ACCOUNT, TIME]]
    made = plan(sheet(CORE, *rows), team=None)
    assert places(made.issues) == [("missing-team", None, None)]
    assert "--team-id" in made.issues[0].hint
    assert made.entries["state"].tolist() == ["invalid", "invalid"]


def test_a_missing_team_is_said_per_row_when_the_column_is_there() -> None:
    rows = [[POST, ACCOUNT, TIME, ""], [OTHER, ACCOUNT, TIME, TEAM.upper()]]
    made = plan(sheet([*CORE, "team_id"], *rows), team=None)
    assert places(made.issues) == [("missing-team", 2, "team_id")]
    assert made.deliveries == 1


@pytest.mark.parametrize(
    ("time", "code", "hints"),
    [
        ("2027-10-31 02:30", "ambiguous-time", ("02:30+02:00", "02:30+01:00")),
        ("2027-03-28T02:30", "nonexistent-time", ("2027-03-28T03:30+02:00",)),
        ("2055-10-31 02:30", "ambiguous-time", ("02:30+02:00", "02:30+01:00")),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_refused(
    time: str, code: str, hints: tuple[str, ...]
) -> None:
    row = [POST, ACCOUNT, time, "Europe/Berlin"]
    made = plan(sheet([*CORE, "timezone"], row))
    assert places(made.issues) == [(code, 2, "scheduled_at")]
    assert all(hint in made.issues[0].hint for hint in hints)


def test_a_missing_zone_is_reported_where_it_belongs() -> None:
    made = plan(sheet([*CORE, "timezone"], [POST, ACCOUNT, "2027-05-01 09:00", ""]))
    assert places(made.issues) == [("missing-timezone", 2, "timezone")]


def test_a_key_given_twice_is_an_issue_at_the_dotted_column() -> None:
    header = [*CORE, "platform_settings", "platform_settings.a"]
    made = plan(sheet(header, [POST, ACCOUNT, TIME, '{"a": 1}', "1"]))
    assert places(made.issues) == [("duplicate-key", 2, "platform_settings.a")]


def test_a_recurrence_may_not_end_at_no_time() -> None:
    header = [*CORE, "recurrence_interval_days", "recurrence_ends_at"]
    made = plan(sheet(header, [POST, ACCOUNT, TIME, "7", "never"]))
    assert places(made.issues) == [("bad-time", 2, "recurrence_ends_at")]


def test_a_recurrence_may_not_end_before_it_begins() -> None:
    header = [*CORE, "recurrence_interval_days", "recurrence_ends_at"]
    rows = [[POST, ACCOUNT, TIME, "7", "2027-04-30T09:00Z"], [OTHER, ACCOUNT, TIME, "7", TIME]]
    made = plan(sheet(header, *rows))
    assert places(made.issues) == [("ends-early", 2, "recurrence_ends_at")]
    assert made.deliveries == 1


def test_plain_text_as_first_comment_is_said_once_to_be_an_assumption() -> None:
    rows = [[POST, ACCOUNT, TIME, "Hi"], [OTHER, ACCOUNT, TIME, "Ho"]]
    made = plan(sheet([*CORE, "first_comment"], *rows))
    assert places(made.issues) == [("assumed-first-comment", None, "first_comment")]
    assert made.valid
    assert "2 rows" in made.issues[0].hint
    assert '{"firstComment":{"text":"Hi"}}' in made.documents


def test_the_assumption_does_not_count_cells_that_are_no_text() -> None:
    rows = [[POST, ACCOUNT, TIME, "Hi"], [OTHER, ACCOUNT, TIME, "#N/A"]]
    issues = plan(sheet([*CORE, "first_comment"], *rows)).issues
    assert [issue.code for issue in issues] == ["assumed-first-comment", "error-value"]
    assert "1 row." in issues[0].hint


@pytest.mark.parametrize("said", ["rejected", "waiting"])
def test_a_text_that_a_results_sheet_had_to_cut_is_not_sent(said: str) -> None:
    results = sheet([*RESULT_COLUMNS, "first_comment.text"], result(said, "x" * 32_000 + CUT))
    made = plan(replace(results, name="Results"))
    assert places(made.issues) == [("cut-text", 2, "first_comment.text")]
    assert made.deliveries == 0


def test_a_text_that_was_cut_is_no_problem_where_it_is_sent_already() -> None:
    results = sheet([*RESULT_COLUMNS, "first_comment.text"], result("accepted", "x" * 32_000 + CUT))
    made = plan(replace(results, name="Results"))
    assert made.valid
    assert made.entries["state"].tolist() == ["held"]


@pytest.mark.parametrize(
    "moved", [lambda row: [row[7], *row[:7], *row[8:]], lambda row: [row[-1], *row[:-1]]]
)
def test_a_results_sheet_is_one_wherever_a_person_moves_its_columns(
    moved: Callable[[list[str]], list[str]],
) -> None:
    header = [*RESULT_COLUMNS, "first_comment.text"]
    made = plan(sheet(moved(header), moved(result("accepted", "Hi"))))
    assert made.valid
    assert made.entries[["state", "code"]].values.tolist() == [["held", "known-elsewhere"]]


def test_a_results_sheet_without_all_of_its_columns_is_no_invitation_to_send_again() -> None:
    header, row = [*RESULT_COLUMNS], result("accepted", "")[:-1]
    at = header.index("call_id")
    made = plan(sheet(header[:at] + header[at + 1 :], row[:at] + row[at + 1 :]))
    assert {issue.code for issue in made.issues} == {"unknown-column"}
    assert all('"call_id"' in issue.message for issue in made.issues)
    assert not any("--map" in issue.hint for issue in made.issues)


def result(said: str, comment: str) -> list[str]:
    known = {"team_id": TEAM, "post_id": POST, "social_account_id": ACCOUNT, "scheduled_at": TIME}
    cells = dict.fromkeys(RESULT_COLUMNS, "") | known | {"status": said}
    return [*cells.values(), comment]


def test_a_header_that_stands_there_again_is_said_once_for_its_row() -> None:
    header = [*CORE, "timezone", "first_comment", "note"]
    rows = [[POST, ACCOUNT, TIME, "", "", "Hi"], header, [OTHER, ACCOUNT, TIME, "", "", ""]]
    made = plan(sheet(header, *rows))
    assert places(made.issues) == [("repeated-header", 3, "post_id")]
    assert made.deliveries == 2


def test_a_delivery_that_no_body_can_hold_is_too_large() -> None:
    most = (1 << 20) - 1000
    rows = [[POST, ACCOUNT, TIME, "x" * most], [OTHER, ACCOUNT, TIME, "é" * (most // 2 + 1000)]]
    made = plan(sheet([*CORE, "platform_settings.text"], *rows))
    assert places(made.issues) == [("too-large", 3, None)]
    assert made.deliveries == 1


def test_all_problems_are_found_at_once_in_the_order_of_the_sheet() -> None:
    header = ["note", *CORE, "timezone", "repost_after"]
    good = ["", POST, ACCOUNT, TIME, "", ""]
    bad = ["", "x", "y", "z", "EST", "{"]
    made = plan(sheet(header, bad, good, bad), sheet(CORE, [POST, ACCOUNT, ""]))
    of_row = [
        ("bad-id", "post_id"),
        ("bad-id", "social_account_ids"),
        ("bad-time", "scheduled_at"),
        ("unknown-timezone", "timezone"),
        ("bad-json", "repost_after"),
    ]
    assert places(made.issues) == [
        *[(code, 2, column) for code, column in of_row],
        *[(code, 4, column) for code, column in of_row],
        ("missing-time", 2, "scheduled_at"),
    ]
    assert (made.rows, made.deliveries, made.calls) == (4, 1, 1)


def test_the_same_row_twice_is_a_warning_and_one_delivery() -> None:
    row = [POST, ACCOUNT, TIME]
    same = [POST.upper(), f"{ACCOUNT}; {OTHER}", "2027-05-01 11:00+02:00"]
    made = plan(sheet(CORE, row, same))
    assert places(made.issues) == [("duplicate-row", 3, None)]
    assert "row 2" in made.issues[0].message
    assert made.issues[0].severity is Severity.WARNING
    assert made.entries[["row", "account"]].values.tolist() == [[2, ACCOUNT], [3, OTHER]]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("platform_settings.level", "1", "platformSettings.level: nothing → 1"),
        ("first_comment.text", "Hi", 'firstComment.text: nothing → "Hi"'),
        ("timezone", "Europe/Berlin", "timezone"),
    ],
)
def test_rows_that_want_one_delivery_differently_conflict(
    column: str, value: str, shown: str
) -> None:
    rows = [[POST, ACCOUNT, TIME, ""], [POST, f"{OTHER},{ACCOUNT}", TIME, value]]
    made = plan(sheet([*CORE, column], *rows))
    assert places(made.issues) == [("conflicting-rows", 3, None)]
    assert "row 2" in made.issues[0].message
    assert shown in made.issues[0].message
    assert made.entries["state"].tolist() == ["planned", "invalid"]


def test_a_conflict_between_two_sheets_names_the_other_one() -> None:
    plain = sheet(CORE, [POST, ACCOUNT, TIME])
    made = plan(plain, sheet([*CORE, "repost_after.days"], [POST, ACCOUNT, TIME, "2"]))
    assert places(made.issues) == [("conflicting-rows", 2, None)]
    assert "row 2 of -" in made.issues[0].message


def test_a_row_that_conflicts_does_not_take_another_rows_delivery_with_it() -> None:
    header = [*CORE, "repost_after.days"]
    rows = [
        [POST, ACCOUNT, TIME, ""],
        [POST, f"{ACCOUNT},{OTHER}", TIME, "2"],  # conflicts with the row before
        [POST, OTHER, TIME, "2"],  # what was OTHER's second wish is now its only one
    ]
    made = plan(sheet(header, *rows))
    assert places(made.issues) == [("conflicting-rows", 3, None)]
    planned = made.entries[made.entries["state"] == "planned"]
    assert planned[["row", "account"]].values.tolist() == [[2, ACCOUNT], [4, OTHER]]


def test_a_results_sheets_own_columns_are_known_there_and_nowhere_else() -> None:
    cells = dict.fromkeys(RESULT_COLUMNS, "") | {
        "post_id": POST,
        "social_account_id": ACCOUNT,
        "scheduled_at": TIME,
        "status": "rejected",
    }
    header = [*cells, "note", "repost_after.days"]
    made = plan(sheet(header, [*cells.values(), "mine", "2"]))
    assert made.issues == []
    assert made.sources[0].columns == ("note", "repost_after.days")
    assert made.sources[0].cells.to_numpy().tolist()[0] == ["mine", "2"]
    again = plan(sheet(header[1:], [*cells.values(), "mine", "2"][1:]))
    assert {issue.code for issue in again.issues} == {"unknown-column"}

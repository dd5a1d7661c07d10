"""`check`: what is wrong with a sheet, and what would be sent. Nothing is."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import Desk, account_id, at, post_id, row
from command_services import StandIn


@pytest.mark.parametrize("name", ["week.csv", "week.tsv", "week.xlsx"])
def test_every_kind_of_sheet_is_read(desk: Desk, name: str) -> None:
    desk.sheet(name, row(1, accounts=3), row(2, accounts=2, hours=25))
    ended = desk("check", name, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert _without_columns(ended.document) == {
        "valid": True,
        "rows": 2,
        "deliveries": 5,
        "calls": 2,
        "issues": [],
    }


def _without_columns(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "columns"}


def test_standard_input_is_a_sheet(desk: Desk) -> None:
    accounts = f"{account_id(1)};{account_id(2)}"
    text = f"Post-ID;Social Account IDs;SCHEDULED_AT\n{post_id(1)};{accounts!r};{at(24)}\n"
    ended = desk("check", "-", "--json", stdin=text.replace("'", '"'))
    assert _without_columns(ended.document) == {
        "valid": True,
        "rows": 1,
        "deliveries": 2,
        "calls": 1,
        "issues": [],
    }


def test_the_network_is_not_used_and_no_ledger_made(desk: Desk, service: StandIn) -> None:
    desk.forget("OCTOSPARK_TOKEN")
    assert desk("check", desk.sheet("week.csv", row())).code == 0
    assert service.requests == []
    assert not desk.ledger.exists()


def test_a_ledger_that_can_not_be_read_is_no_missing_one(desk: Desk) -> None:
    """Else a check would call sendable what was sent long ago."""
    desk.environment["BATCH_SCHEDULER_LEDGER"] = "postgresql://localhost/posts"
    ended = desk("check", desk.sheet("week.csv", row()), "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "PostgreSQL" in ended.err


def test_an_issue_says_where_it_is(desk: Desk) -> None:
    desk.sheet("week.xlsx", row(1), row(2), row(3, timezone="EST5", scheduled_at="2027-05-01 9:00"))
    ended = desk("check", "week.xlsx", "--json")
    assert (ended.code, ended.err) == (4, "")
    document = ended.document
    said = {"valid", "rows", "deliveries", "calls", "columns", "issues", "marked"}
    assert set(document) == said
    assert document["valid"] is False
    issues = {issue["column"]: issue for issue in document["issues"]}
    zone = issues["timezone"]
    assert zone.pop("message")
    assert "America/New_York" in zone.pop("hint")
    assert zone == {
        "severity": "error",
        "code": "unknown-timezone",
        "path": "week.xlsx",
        "sheet": "Posts",
        "row": 4,
        "column": "timezone",
        "value": "EST5",
    }


def test_a_row_of_csv_is_numbered_as_the_spreadsheet_program_shows_it(desk: Desk) -> None:
    good, bad = (",".join(row(post).values()) for post in (1, 2))
    desk.folder.joinpath("week.csv").write_text(
        "\n"
        "post_id,social_account_ids,scheduled_at,note\n"
        f'{good},"a note\nof three\nlines"\n'
        "\n"
        f"{bad.replace(at(24), 'soon')},\n",
        encoding="utf-8",
    )
    document = desk("check", "week.csv", "--json").document
    assert document["rows"] == 2
    assert [(one["code"], one["row"], one["sheet"]) for one in document["issues"]] == [
        ("bad-time", 5, None)
    ]


def test_all_problems_of_all_sheets_are_said_at_once(desk: Desk) -> None:
    desk.sheet("a.csv", row(1, social_account_ids="@acme"), row(2, recurrence_interval_days="400"))
    desk.sheet("b.xlsx", row(3), row(4, scheduled_at="tomorrow", platform_settings="{"))
    ended = desk("check", "a.csv", "b.xlsx", "--json")
    assert ended.code == 4
    found = [
        (one["path"], one["row"], one["column"], one["code"]) for one in ended.document["issues"]
    ]
    assert found == [
        ("a.csv", 2, "social_account_ids", "bad-id"),
        ("a.csv", 3, "recurrence_interval_days", "bad-interval"),
        ("b.xlsx", 3, "scheduled_at", "bad-time"),
        ("b.xlsx", 3, "platform_settings", "bad-json"),
    ]
    said = desk("check", "a.csv", "b.xlsx").out
    for path, number, column, code in found:
        (line,) = [line for line in said.splitlines() if code in line]
        assert all(part in line for part in (path, f"row {number}", column))


def test_a_column_that_nobody_knows_is_an_error(desk: Desk) -> None:
    """The service would drop it without a word."""
    issues = desk("check", desk.sheet("a.csv", row(time_zone="UTC", timezon="UTC")), "--json")
    named = {one["column"]: one for one in issues.document["issues"]}
    assert set(named) == {"timezon"}
    assert named["timezon"]["code"] == "unknown-column"
    assert '"timezone"' in named["timezon"]["hint"]
    assert named["timezon"]["row"] is None


def _locked(desk: Desk) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def _half_a_workbook(desk: Desk) -> bytes:
    whole = io.BytesIO()
    openpyxl.Workbook().save(whole)
    return whole.getvalue()[:2000]


UNREADABLE = {
    "page.xlsx": b"<html><body><table><tr><td>post_id</td></tr></table></body></html>",
    "picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "mixed.csv": b"post_id,social_account_ids,scheduled_at,note\n,,,Zo\xc3\xab\n,,,Zo\xeb\n",
    "quote.csv": b'post_id,social_account_ids,scheduled_at\n"never closed,,\n',
    "half.xlsx": None,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_sheet_is_said_to_be_none(desk: Desk, name: str) -> None:
    content = UNREADABLE[name]
    path = desk.folder / name
    path.write_bytes(_half_a_workbook(desk) if content is None else content)
    ended = desk("check", name, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert name in ended.err
    assert "Traceback" not in ended.err


def test_what_can_not_be_opened_is_said(desk: Desk, tmp_path: Path) -> None:
    (desk.folder / "folder.csv").mkdir()
    (desk.folder / "loop.csv").symlink_to("loop.csv")
    whys = {"missing.csv": "no such file", "folder.csv": "is a folder", "loop.csv": "symbolic"}
    for name, why in whys.items():
        ended = desk("run", name, "--json")
        assert (ended.code, ended.out) == (2, "")
        assert name in ended.err
        assert why in ended.err
    assert not desk.ledger.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_is_said(desk: Desk) -> None:
    (desk.folder / desk.sheet("week.csv", row())).chmod(0)
    ended = desk("check", "week.csv", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "no permission" in ended.err


def test_of_very_many_problems_a_text_shows_the_first_and_counts_all(desk: Desk) -> None:
    desk.sheet(
        "week.csv", *(row(post, timezone="Mars", scheduled_at="soon") for post in range(800))
    )
    ended = desk("check", "week.csv", "--json")
    assert ended.code == 4
    assert [one["row"] for one in ended.document["issues"]] == sorted([*range(2, 802)] * 2)
    lines = desk("check", "week.csv", "--no-marked").out.splitlines()
    assert sum(line.startswith("error week.csv, row ") for line in lines) == 1000
    assert "… and 600 more: --json has them all. All together:" in lines
    assert "      800 error timezone [unknown-timezone]" in lines
    assert "      800 error scheduled_at [bad-time]" in lines

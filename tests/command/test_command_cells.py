"""What people and their programs write into cells, as `check` judges it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from command_line import Desk, account_id, post_id, row

YEAR = datetime.now(UTC).year + 1
MENDED = {
    "post_id": f"{{{post_id(1)}}}",
    "social_account_ids": account_id(1).replace("-", "\u2011"),
    "scheduled_at": f"\u00a0{YEAR}-05-01T09:00Z",
    "timezone": "europe/berlin\u200b",
    "platform_settings": "{“a”: 1}",
}
BROKEN = {
    "post_id": ("../" + post_id(1), "bad-id"),
    "social_account_ids": ("1.78E+16", "bad-id"),
    "scheduled_at": ("10-00", "bad-time"),
    "timezone": ("UTC+2", "unknown-timezone"),
    "platform_settings": ('{"a": NaN, "b": "\x1b[31m"}', "bad-json"),
    "recurrence_ends_at": ("03/04/2035 09:00", "ambiguous-date"),
}


def found(document: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    return [(one["severity"], one["code"], one["row"], one["column"]) for one in document["issues"]]


@pytest.mark.parametrize("name", ["week.csv", "week.xlsx"])
def test_what_can_only_mean_one_thing_is_mended_and_said(desk: Desk, name: str) -> None:
    desk.sheet(name, row(2, timezone="", platform_settings=""), MENDED)
    ended = desk("check", name, "--json")
    assert ended.code == 0
    assert (ended.document["valid"], ended.document["deliveries"]) == (True, 2)
    assert found(ended.document) == [
        ("warning", "mended-id", 3, "post_id"),
        ("warning", "mended-characters", 3, "social_account_ids"),
        ("warning", "mended-characters", 3, "scheduled_at"),
        ("warning", "mended-characters", 3, "timezone"),
        ("warning", "mended-json", 3, "platform_settings"),
    ]
    assert [one["value"] for one in ended.document["issues"]] == list(MENDED.values())


def test_what_is_not_sure_is_an_issue_at_its_cell(desk: Desk) -> None:
    cells = {column: text for column, (text, _) in BROKEN.items()}
    good = row(2, recurrence_interval_days="7") | dict.fromkeys([*cells][3:], "")
    desk.sheet("week.csv", good, good | row(1) | cells)
    ended = desk("check", "week.csv", "--json", "--timezone", "Europe/Berlin")
    assert (ended.code, ended.document["deliveries"]) == (4, 1)
    assert found(ended.document) == [
        ("error", code, 3, column)
        for column, (_, code) in sorted(BROKEN.items(), key=lambda one: [*good].index(one[0]))
    ]
    said = desk("check", "week.csv", "--timezone", "Europe/Berlin").out
    assert "\x1b" not in said


def test_a_column_tells_its_order_of_dates_or_is_refused(desk: Desk) -> None:
    dates = [f"03/04/{YEAR} 09:00", f"25/04/{YEAR} 09:00"]
    rows = [row(n, scheduled_at=text) for n, text in enumerate(dates)]
    zone = ("--timezone", "UTC", "--json")
    told = desk("check", desk.sheet("told.csv", *rows), *zone)
    assert found(told.document) == [("warning", "inferred-date-order", 3, "scheduled_at")]
    assert (told.code, told.document["deliveries"]) == (0, 2)
    open_ = desk("check", desk.sheet("open.csv", rows[0]), *zone)
    assert found(open_.document) == [("error", "ambiguous-date", 2, "scheduled_at")]
    hint = open_.document["issues"][0]["hint"]
    assert f"{YEAR}-04-03T09:00" in hint
    assert f"{YEAR}-03-04T09:00" in hint
    assert desk("check", "open.csv", *zone, "--date-order", "mdy").code == 0


def test_date_and_time_in_two_columns_are_sent_and_come_back_as_one(desk: Desk) -> None:
    apart = {"date": f"1 May {YEAR}", "time": "9 am", "timezone": "Europe/Berlin"}
    rows = [row(1) | apart, row(2) | apart | {"time": ""}]
    for one in rows:
        del one["scheduled_at"]
    desk.sheet("week.csv", *rows)
    ended = desk("check", "week.csv", "--json")
    assert (ended.code, ended.document["deliveries"]) == (4, 1)
    assert found(ended.document) == [("error", "missing-time", 3, "time")]
    ended = desk("run", "week.csv", "--valid-only", "--yes", "--results", "results.csv")
    assert ended.code == 3
    again = desk("check", "results.csv", "--json")
    assert again.document["deliveries"] == 1
    assert found(again.document) == [("error", "bad-time", 3, "scheduled_at")]
    assert again.document["issues"][0]["value"] == f"1 May {YEAR}"


def test_a_hostile_cell_ends_in_words(desk: Desk) -> None:
    deep = '{"a":' * 5_000 + "1" + "}" * 5_000
    long = '{"a": "' + "x" * 5_000_000 + '"}'
    rows = [row(n, platform_settings=text) for n, text in enumerate([deep, long])]
    ended = desk("check", desk.sheet("week.csv", *rows), "--json")
    assert (ended.code, ended.document["deliveries"]) == (4, 0)
    assert found(ended.document) == [
        ("error", "bad-json", 2, "platform_settings"),
        ("error", "too-large", 3, None),
    ]
    assert all(len(str(one["value"])) <= 100 for one in ended.document["issues"])

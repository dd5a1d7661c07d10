"""Cells of every kind of workbook are read as a person sees them, at the rows that it shows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from checking import check_bytes
from workbook_files import (
    DAY,
)
from workbook_writers import KINDS, each_kind, posts, texts

NINE = datetime.combine(DAY, time(9))


@each_kind
@pytest.mark.parametrize("from_1904", [False, True])
def test_spreadsheet_dates_are_local_times(tmp_path: Path, name: str, from_1904: bool) -> None:
    cells = posts(rows=3)
    cells |= {"C2": NINE, "C3": NINE - timedelta(microseconds=100), "C4": NINE + timedelta(days=1)}
    # 08:59:59.9999 is 09:00, as it is shown: so the first two ask for the same.
    cells["A3"] = cells["A2"]
    checked = check_bytes(tmp_path, name, KINDS[name](cells, from_1904))
    assert checked.document["deliveries"] == 2
    assert {code for _, code, *_ in checked.issues()} == {"duplicate-row"}
    read = texts(KINDS[name](cells, from_1904))
    assert [line[2] for line in read.values()] == [
        f"{DAY}T09:00:00",
        f"{DAY}T09:00:00",
        f"{DAY + timedelta(days=1)}T09:00:00",
    ]


@each_kind
@pytest.mark.parametrize("from_1904", [False, True])
def test_a_date_without_a_time_and_a_time_without_a_date_are_issues(
    tmp_path: Path, name: str, from_1904: bool
) -> None:
    cells = posts() | {"C2": DAY, "C3": time(9, 0)}
    checked = check_bytes(tmp_path, name, KINDS[name](cells, from_1904))
    assert checked.code == 4
    assert [(row, column) for _, row, column in checked.errors] == [
        (2, "scheduled_at"),
        (3, "scheduled_at"),
    ]
    values = [one["value"] for one in checked.document["issues"]]
    assert values == [f"{DAY}", "09:00:00"]
    assert checked.document["deliveries"] == 1


@each_kind
def test_error_cells_are_issues_where_they_mean_something(tmp_path: Path, name: str) -> None:
    cells = posts(first=3) | {"E3": "note", "F3": "first_comment", "A4": "#N/A", "E5": "#REF!"}
    checked = check_bytes(tmp_path, name, KINDS[name](cells | {"F6": "#DIV/0!"}))
    assert checked.code == 4
    assert checked.errors == [
        ("error-value", 4, "post_id"),
        ("error-value", 6, "first_comment"),
    ]
    assert {"#N/A", "#DIV/0!"} <= {value for (value,) in checked.issues("value")}
    assert checked.document["deliveries"] == 1


@each_kind
def test_truth_and_numbers(name: str) -> None:
    cells = {
        "A1": "post_id",
        "A2": True,
        "A3": 1,
        "A4": False,
        "A5": 1.5,
        "A6": 1.7841400001234567e16,
    }
    read = texts(KINDS[name](cells | {"A7": 123456789012345.0, "A8": 0.1 + 0.2, "A9": -7}))
    assert [line[0] for line in read.values()] == [
        *("true", "1", "false", "1.5", "1.78414000012346E+16", "123456789012345", "0.3", "-7"),
    ]


@each_kind
def test_rows_have_the_numbers_that_are_shown(tmp_path: Path, name: str) -> None:
    cells = {f"{chr(ord(place[0]) + 2)}{place[1:]}": text for place, text in posts(4).items()}
    cells |= {"C9": "x", "C2": "Spring"}
    checked = check_bytes(tmp_path, name, KINDS[name](cells))
    assert [rest[:2] for rest in checked.errors] == [
        ("bad-id", 9),
        ("missing-id", 9),
        ("missing-time", 9),
    ]
    assert checked.document["rows"] == 4

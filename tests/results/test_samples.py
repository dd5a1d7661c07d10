"""The sample sheets are what their script says, and stay good for years."""

from __future__ import annotations

import runpy
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_sheets"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    runpy.run_path(str(SAMPLES / "make_samples.py"))["write_samples"](folder)
    return folder


def cells(path: Path) -> dict[str, list[tuple[object, str]]]:
    return {
        sheet.title: [(cell.value, cell.number_format) for row in sheet.rows for cell in row]
        for sheet in openpyxl.load_workbook(path)
    }


@pytest.mark.parametrize("name", ["launch_week.xlsx", "with_mistakes.xlsx"])
def test_a_sample_workbook_is_what_the_script_says_cell_by_cell(made: Path, name: str) -> None:
    assert cells(SAMPLES / name) == cells(made / name)


def test_the_sample_csv_is_what_the_script_says(made: Path) -> None:
    name = "evening_posts.csv"
    theirs, ours = ((at / name).read_text(encoding="utf-8") for at in (made, SAMPLES))
    assert ours == theirs


def test_the_launch_week_is_what_a_marketing_team_would_lay_out() -> None:
    posts = openpyxl.load_workbook(SAMPLES / "launch_week.xlsx")["Posts"]
    header, *rows = posts.iter_rows(values_only=True)
    column = dict(zip(header, zip(*rows, strict=True), strict=True))
    assert len(set(column["post_id"])) == 12
    assert set(column["timezone"]) == {"Europe/Berlin", "America/New_York"}
    assert all(isinstance(when, datetime) for when in column["scheduled_at"])
    assert {when.year for when in column["scheduled_at"]} == {2035}
    accounts = {a for text in column["social_account_ids"] for a in text.replace(",", "\n").split()}
    assert len(accounts) == 8


def test_the_mistakes_are_more_than_ten_and_each_is_explained() -> None:
    posts = openpyxl.load_workbook(SAMPLES / "with_mistakes.xlsx")["Posts"]
    notes = [cell.value for cell in posts["H"][1:]]
    assert all(notes)
    assert len(set(notes)) == len(notes) > 10

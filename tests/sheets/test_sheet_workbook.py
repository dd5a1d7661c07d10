"""Workbooks are read as the spreadsheet program shows them, and hostile ones are refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet


def save(path: Path, **sheets: dict[str, Any]) -> str:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for place, value in cells.items():
            sheet[place] = value
    book.save(path)
    return str(path)


def rows(sheet: Sheet) -> dict[int, list[str]]:
    return {int(row): list(cells) for row, *cells in sheet.frame.itertuples()}


def test_cells_are_texts_as_a_person_reads_them(tmp_path: Path) -> None:
    cells = {
        "A1": "post_id",
        "B1": "note",
        "A2": 7.0,
        "B2": True,
        "A3": 1.5,
        "B3": datetime(2027, 5, 1, 8, 59, 59, 999_900),
        "A4": date(2027, 5, 1),
        "B4": time(9, 0),
        "A5": " x\ny ",
        "B5": False,
    }
    sheet = read_sheet(save(tmp_path / "a.xlsx", Posts=cells))
    assert sheet.name == "Posts"
    assert rows(sheet) == {
        2: ["7", "true"],
        3: ["1.5", "2027-05-01T09:00:00"],
        4: ["2027-05-01", "09:00:00"],
        5: [" x\ny ", "false"],
    }


def test_one_and_true_in_a_column_stay_apart(tmp_path: Path) -> None:
    cells = {"A1": "post_id", "A2": 1, "A3": True, "A4": 0, "A5": False}
    sheet = read_sheet(save(tmp_path / "a.xlsx", Posts=cells))
    assert rows(sheet) == {2: ["1"], 3: ["true"], 4: ["0"], 5: ["false"]}


def test_row_numbers_are_those_of_the_program(tmp_path: Path) -> None:
    cells = {"C4": "post_id", "D4": "note", "C6": "1", "D6": "a", "C9": "2"}
    sheet = read_sheet(save(tmp_path / "a.xlsx", Posts=cells))
    assert sheet.header == ("post_id", "note")
    assert rows(sheet) == {6: ["1", "a"], 9: ["2", ""]}


def test_the_worksheet_with_post_ids_is_found_behind_a_cover(tmp_path: Path) -> None:
    posts = {"A1": "Post ID", "A2": "1"}
    path = save(tmp_path / "a.xlsx", Cover={"B2": "Spring campaign"}, Empty={}, Week=posts)
    assert read_sheet(path, likeness=likeness).name == "Week"


def test_without_post_ids_the_first_worksheet_with_cells_is_taken(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", Empty={}, First={"A1": "x"}, Second={"A1": "y"})
    assert read_sheet(path).name == "First"


def test_a_workbook_without_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no visible worksheet"):
        read_sheet(save(tmp_path / "a.xlsx", Empty={}))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    (tmp_path / "a.ods").write_bytes(buffer.getvalue())
    with pytest.raises(UsageError, match="damaged"):
        read_sheet(str(tmp_path / "a.ods"))


def test_the_header_says_where_it_stands(tmp_path: Path) -> None:
    sheet = read_sheet(save(tmp_path / "a.xlsx", Posts={"C4": "post_id", "D4": "note", "D7": "x"}))
    assert (sheet.header, sheet.header_row, sheet.first_column) == (("post_id", "note"), 4, 3)
    assert rows(sheet) == {7: ["", "x"]}


def test_the_problems_at_the_front_of_a_marked_copy_are_not_the_sheet(tmp_path: Path) -> None:
    listed = {"A1": "Problems that batch-scheduler found in a.xlsx", "A3": "post_id"}
    posts = {"A1": "scheduled_at", "A2": "soon"}
    assert read_sheet(save(tmp_path / "a.xlsx", Problems=listed, Posts=posts)).name == "Posts"

"""What is hidden or merged counts and is said; also where such things meet."""

from __future__ import annotations

import io
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import xlwt
from checking import check, check_bytes
from workbook_files import (
    DAY,
    HEADER,
    ZONE,
    account_id,
    cell,
    ods,
    ods_cell,
    ods_row,
    post_id,
    row,
    sheet_data,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
    zipped,
)
from workbook_writers import Cells, each_kind, in_xlsx, posts

NINE = datetime.combine(DAY, time(9))


def hidden_and_merged_xlsx(cells: Cells, hidden: int, merged: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(in_xlsx(cells)))
    sheet = book.active
    assert sheet is not None
    sheet.row_dimensions[hidden].hidden = True
    sheet.merge_cells(merged)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_hidden_rows_are_sent_with_a_warning(tmp_path: Path) -> None:
    data = sheet_data(table(9))
    for number in (4, 6, 7, 8):
        data = data.replace(f'<row r="{number}"', f'<row r="{number}" hidden="1"')
    data += '<row r="40" hidden="1"/>'
    for opening in ("", "<!-- so that no pattern knows it -->"):
        checked = check_bytes(tmp_path, "a.xlsx", xlsx(data, opening=opening))
        assert (checked.code, checked.document["deliveries"]) == (0, 9)
        assert checked.issues() == [("warning", "hidden-rows", 4, None)]
        assert "4, 6 to 8." in checked.document["issues"][0]["message"]


def test_hidden_rows_of_ods_too(tmp_path: Path) -> None:
    hidden, filtered = (f' table:visibility="{how}"' for how in ("collapse", "filter"))
    rows = "".join(map(ods_row, table(1))) + ods_row(row(2), hidden) + ods_row(row(3), filtered)
    checked = check_bytes(tmp_path, "a.ods", ods(rows))
    assert checked.issues() == [("warning", "hidden-rows", 3, None)]
    assert "3 to 4." in checked.document["issues"][0]["message"]


def test_hidden_rows_of_xls_too(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Posts")
    for number, cells in enumerate(table(4)):
        for column, text in enumerate(cells):
            sheet.write(number, column, text)
    sheet.row(2).hidden = True
    sheet.col(3).hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    checked = check_bytes(tmp_path, "a.xls", buffer.getvalue())
    assert sorted(checked.issues(), key=str) == [
        ("warning", "hidden-column", None, "timezone"),
        ("warning", "hidden-rows", 3, None),
    ]
    assert (checked.code, checked.document["deliveries"]) == (0, 4)


def test_hidden_columns_are_said_if_they_mean_something(tmp_path: Path) -> None:
    data = sheet_data([[*HEADER, "note"], [*row(1), "x"]])
    before = '<cols><col min="4" max="16384" width="9" hidden="1" customWidth="1"/></cols>'
    checked = check_bytes(tmp_path, "a.xlsx", xlsx(data, before=before))
    assert checked.issues() == [("warning", "hidden-column", None, "timezone")]


def merged_times(kind: str) -> bytes:
    """One time for three rows; the header too is made of merged cells."""
    rows = [[*HEADER, "note"], ["", "", "", "", "x"], *([*row(n), "n"] for n in (1, 2, 3))]
    if kind == "a.ods":
        down = {"table__number_rows_spanned": "3", "table__number_columns_spanned": "1"}
        lines = [ods_row(rows[0])]
        for number, cells in enumerate(rows[2:]):
            cells[2] = ods_cell(cells[2], **down) if not number else "<table:covered-table-cell/>"
            lines.append(ods_row(cells))
        return ods("".join(lines))
    for cells in rows[3:]:
        cells[2] = ""
    if kind == "a.xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("Posts")
        for number, cells in enumerate([rows[0], *rows[2:]]):
            for column, text in enumerate(cells):
                if not (column == 2 and number):
                    sheet.write(number, column, text)
        sheet.write_merge(1, 3, 2, 2, rows[2][2])
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()
    merges = '<mergeCells count="1"><mergeCell ref="C2:C4"/></mergeCells>'
    return xlsx(sheet_data([rows[0], *rows[2:]]), after=merges)


@each_kind
def test_a_merged_time_counts_for_all_its_rows_and_is_said(tmp_path: Path, name: str) -> None:
    checked = check_bytes(tmp_path, name, merged_times(name))
    assert (checked.code, checked.document["deliveries"]) == (0, 3)
    assert checked.issues() == [("warning", "merged-cells", 2, "scheduled_at")]
    assert "2 to 4" in checked.document["issues"][0]["message"]


def test_what_is_merged_in_other_ways_does_no_harm(tmp_path: Path) -> None:
    """Beside each other, in a note, over empty rows, and above the header."""
    rows = [["Spring", "", "", "", ""], [*HEADER, "note"], [*row(1), "x"], [*row(2), ""]]
    places = ("A1:E1", "E3:E4", "A5:A900", "C3:D3", "XFD1:XFD3", "A2:A2", "B4:A3")
    merges = "".join(f'<mergeCell ref="{place}"/>' for place in places)
    content = xlsx(sheet_data(rows), after=f'<mergeCells count="7">{merges}</mergeCells>')
    checked = check_bytes(tmp_path, "a.xlsx", content)
    assert (checked.code, checked.issues(), checked.document["deliveries"]) == (0, [], 2)


def test_a_merged_header_of_two_rows_in_a_workbook_of_1904(tmp_path: Path) -> None:
    """ "When" stands above both the time and the zone; ids have names of two rows."""
    cells: dict[str, Any] = {"A1": "post_id", "B1": "social_account_ids", "C1": "When"}
    cells |= {"C2": "scheduled_at"}
    cells |= {"D2": "timezone", "A3": post_id(1), "B3": account_id(1), "D3": ZONE}
    cells |= {"C3": NINE}
    book = openpyxl.load_workbook(io.BytesIO(in_xlsx(cells, from_1904=True)))
    assert book.active is not None
    for place in ("A1:A2", "B1:B2", "C1:D1"):
        book.active.merge_cells(place)
    book.save(tmp_path / "a.xlsx")
    checked = check(tmp_path, "a.xlsx")
    assert (checked.code, checked.document["rows"], checked.document["deliveries"]) == (0, 1, 1)
    assert checked.issues() == []


def test_hidden_rows_below_a_header_at_row_5_with_an_error_in_one(tmp_path: Path) -> None:
    cells = posts(first=5) | {"A1": "Launch", "B7": "#N/A"}
    content = hidden_and_merged_xlsx(cells, hidden=7, merged="A1:D2")
    checked = check_bytes(tmp_path, "a.xlsx", content)
    assert checked.issues() == [
        ("warning", "hidden-rows", 7, None),
        ("error", "error-value", 7, "social_account_ids"),
    ]
    assert (checked.code, checked.document["deliveries"]) == (4, 2)


def test_a_formula_without_value_in_a_worksheet_that_was_named(tmp_path: Path) -> None:
    data = sheet_data(table(2)).replace(cell("C3", row(2)[2]), '<c r="C3"><f>NOW()</f></c>')
    sheets = {"Other": worksheet(sheet_data(table(1))), "Mine": worksheet(data)}
    content = zipped(xlsx_parts(sheets, hidden=["Mine"]))
    checked = check_bytes(tmp_path, "a.xlsx", content, "--sheet", "mine")
    assert checked.errors == [("formula-without-value", 3, "scheduled_at")]
    assert checked.document["issues"][0]["sheet"] == "Mine"

"""A worksheet is read, or refused, as what it says, however its XML is written."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets import read_sheet

POST_ID = '<c r="A1" t="inlineStr"><is><t>post_id</t></is></c>'
TEXT = 't="inlineStr"><is><t>x</t></is></c>'


def save(path: Path, rows: str, before: str = "", prefix: str = "") -> str:
    """A workbook whose one worksheet has this XML for its rows."""
    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    space = f"xmlns{prefix and ':' + prefix}"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    colon = prefix and f"{prefix}:"
    members["xl/worksheets/sheet1.xml"] = (
        f'{before}<{colon}worksheet {space}="{main}"><{colon}sheetData>{rows}'
        f"</{colon}sheetData></{colon}worksheet>"
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


FAR = {
    "cells that do not say where they stand": (
        f'<row r="1">{("<c " + TEXT) * 16_384}</row><row r="1048576"><c {TEXT}</row>'
    ),
    "white space where none is usual": (f'<row r="1">{POST_ID}<c\nr\t=\n"XFD1048576" {TEXT}</row>'),
    "another order of attributes": f'<row r="1">{POST_ID}<c s="0" r="XFD1048576" {TEXT}</row>',
    "a reference written in another way": (
        f'<row r="1">{POST_ID}<c r="&#88;FD1048576" {TEXT}</row>'
    ),
    "a stray cell behind many usual ones": (
        f'<row r="1">{POST_ID}</row>'
        + "".join(f'<row r="{n}"><c r="A{n}" {TEXT}</row>' for n in range(2, 20_000))
        + f'<row r="1048576"><c r="XFD1048576" {TEXT}</row>'
    ),
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR.keys())
def test_a_cell_far_right_of_all_others_is_refused_by_its_place(tmp_path: Path, rows: str) -> None:
    with pytest.raises(UsageError, match=r"column XFD, in row [\d,]+"):
        read_sheet(save(tmp_path / "a.xlsx", rows))


def test_names_with_a_prefix_are_looked_at(tmp_path: Path) -> None:
    cells = '<x:c r="{}" t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c>'
    rows = "".join(
        f'<x:row r="{row}">{cells.format(f"B{row}", text)}</x:row>'
        for row, text in ((1, "post_id"), (7, "a"), (1_048_576, "b"))
    )
    sheet = read_sheet(save(tmp_path / "a.xlsx", rows, prefix="x"))
    assert sheet.header == ("post_id",)
    assert sheet.frame[0].to_dict() == {7: "a", 1_048_576: "b"}


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE worksheet [<!ATTLIST c r CDATA "A1">]>',
        '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/a.dtd">',
    ],
)
def test_a_document_type_is_refused(tmp_path: Path, document_type: str) -> None:
    """It could give cells places that they themselves do not say, or fetch something."""
    rows = f'<row r="1">{("<c " + TEXT) * 3}</row>'
    with pytest.raises(UsageError, match="document type"):
        read_sheet(save(tmp_path / "a.xlsx", rows, before=document_type))


@pytest.mark.parametrize("row", ["0", "-1", "1048577", "4294967290", "x", ""])
def test_a_row_that_there_can_not_be_is_refused(tmp_path: Path, row: str) -> None:
    rows = f'<row r="1">{POST_ID}</row><row r="{row}"><c {TEXT}</row>'
    with pytest.raises(UsageError, match="damaged"):
        read_sheet(save(tmp_path / "a.xlsx", rows))


@pytest.mark.parametrize("second", [1, 2])
def test_rows_in_disorder_are_refused(tmp_path: Path, second: int) -> None:
    rows = [f'<row r="{row}"><c r="A{row}" {TEXT}</row>' for row in (1, 2, second)]
    with pytest.raises(UsageError, match="damaged"):
        read_sheet(save(tmp_path / "a.xlsx", "".join(rows)))


def test_cells_that_do_not_say_where_they_stand_follow_each_other(tmp_path: Path) -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = (
        f'<row r="1">{cell.format("post_id")}{cell.format("note")}</row>'
        f'<row r="5">{cell.format("a")}</row><row>{cell.format("b")}{cell.format("c")}</row>'
    )
    sheet = read_sheet(save(tmp_path / "a.xlsx", rows))
    assert sheet.header == ("post_id", "note")
    assert sheet.frame.T.to_dict("list") == {5: ["a", ""], 6: ["b", "c"]}


@pytest.mark.parametrize("last", ["ALL1048576", "CZ399999", "A1048576"])
def test_rows_that_are_not_there_take_no_room(tmp_path: Path, last: str) -> None:
    row = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rows = f'<row r="1">{POST_ID}</row><row r="{row}"><c r="{last}" {TEXT}</row>'
    sheet = read_sheet(save(tmp_path / "a.xlsx", rows))
    assert sheet.frame.index.tolist() == [int(row)]
    assert sheet.frame.iat[0, -1] == "x"


def test_a_wide_sheet_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["post_id", *(f"note {n}" for n in range(2, 61))])
    book.active.append([str(n) for n in range(1, 61)])
    book.save(tmp_path / "a.xlsx")
    sheet = read_sheet(str(tmp_path / "a.xlsx"))
    assert sheet.frame.to_numpy().tolist() == [[str(n) for n in range(1, 61)]]


@pytest.mark.parametrize("piece", [7, 64, 1_000])
def test_a_tag_that_two_pieces_share_is_looked_at_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    for module in ("xml_pieces", "markup"):
        monkeypatch.setattr(f"batch_scheduler.sheets.{module}._PIECE", piece)
    path = save(tmp_path / "a.xlsx", f'<row r="1">{POST_ID}</row><row r="2"><c r="A2" {TEXT}</row>')
    assert len(read_sheet(path).frame) == 1
    with pytest.raises(UsageError, match="column XFD"):
        read_sheet(save(tmp_path / "b.xlsx", FAR["another order of attributes"]))

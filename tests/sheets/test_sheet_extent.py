"""A worksheet that would not fit into memory is refused, however its cells say where they stand."""

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
    "a row that says it is the last of four thousand million": (
        f'<row r="1">{POST_ID}</row><row r="4294967290"><c {TEXT}</row>'
    ),
    "white space where none is usual": (f'<row r="1">{POST_ID}<c\nr\t=\n"XFD1048576" {TEXT}</row>'),
    "another order of attributes": f'<row r="1">{POST_ID}<c s="0" r="XFD1048576" {TEXT}</row>',
    "a reference written in another way": (
        f'<row r="1">{POST_ID}<c r="&#88;FD1048576" {TEXT}</row>'
    ),
    "a long column and a wide row, each of them small": (
        f'<row r="1">{POST_ID}<c r="CZ1" {TEXT}</row><row r="1040000"><c r="A1040000" {TEXT}</row>'
    ),
    "a stray cell behind many usual ones": (
        f'<row r="1">{POST_ID}</row>'
        + "".join(f'<row r="{n}"><c r="A{n}" {TEXT}</row>' for n in range(2, 20_000))
        + f'<row r="1048576"><c r="XFD1048576" {TEXT}</row>'
    ),
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR.keys())
def test_too_large_a_rectangle_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(UsageError, match="too many cells"):
        read_sheet(save(tmp_path / "a.xlsx", rows))


def test_names_with_a_prefix_are_looked_at(tmp_path: Path) -> None:
    cells = '<x:c r="{}" t="inlineStr"><x:is><x:t>post_id</x:t></x:is></x:c>'
    rows = f'<x:row r="1">{cells.format("A1")}{cells.format("XFD1048576")}</x:row>'
    with pytest.raises(UsageError, match="too many cells"):
        read_sheet(save(tmp_path / "a.xlsx", rows, prefix="x"))


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    """It could give cells places that they themselves do not say."""
    doctype = '<!DOCTYPE worksheet [<!ATTLIST c r CDATA "A1">]>'
    rows = f'<row r="1">{("<c " + TEXT) * 3}</row>'
    with pytest.raises(UsageError, match="document type"):
        read_sheet(save(tmp_path / "a.xlsx", rows, before=doctype))


def test_what_is_written_in_an_unusual_way_but_small_is_read(tmp_path: Path) -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = (
        f'<row r="1">{cell.format("post_id")}{cell.format("note")}</row>'
        f'<row r="5">{cell.format("a")}</row><row>{cell.format("b")}{cell.format("c")}</row>'
    )
    sheet = read_sheet(save(tmp_path / "a.xlsx", rows))
    assert sheet.header == ("post_id", "note")
    assert sheet.frame.T.to_dict("list") == {5: ["a", ""], 6: ["b", "c"]}


@pytest.mark.parametrize("last", ["Z1048576", "CZ399999", "ZZ69999"])
def test_a_sheet_that_fits_is_not_refused(tmp_path: Path, last: str) -> None:
    row = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    path = save(tmp_path / "a.xlsx", f'<row r="{row}"><c r="{last}" {TEXT}</row>')
    assert read_sheet(path).header == ("x",)  # one cell alone is a rectangle of one


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
    monkeypatch.setattr("batch_scheduler.sheets.workbook._PIECE", piece)
    path = save(tmp_path / "a.xlsx", f'<row r="1">{POST_ID}</row><row r="2"><c r="A2" {TEXT}</row>')
    assert len(read_sheet(path).frame) == 1
    with pytest.raises(UsageError, match="too many cells"):
        read_sheet(save(tmp_path / "b.xlsx", FAR["another order of attributes"]))

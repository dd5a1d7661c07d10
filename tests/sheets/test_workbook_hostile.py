"""Workbooks that were made to do harm are refused or read: soon, in little memory, and said."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from checking import check_bytes
from workbook_bombs import archive, bomb
from workbook_files import (
    HEADER,
    MIMETYPE,
    Parts,
    cell,
    ods,
    ods_cell,
    ods_content,
    ods_parts,
    ods_row,
    ods_table,
    row,
    sheet_data,
    strings,
    styles,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
    zipped,
)

LONG = os.environ.get("BATCH_SCHEDULER_LONG") == "1"
SIZE = (1 << 32) if LONG else (1 << 30) + (1 << 27)
"""More than any workbook is taken to unpack to."""
OUTSIDE = "/tmp/batch-scheduler-outside"
SHEET = "xl/worksheets/sheet1.xml"
GOOD = xlsx_parts({"Posts": worksheet(sheet_data(table(3)))})
FULL = xlsx_parts(
    {"Posts": worksheet(sheet_data(table(3)))}, strings=strings("<t>a</t>"), styles=styles("d.m.yy")
)
OPENING, _, CLOSING = worksheet("@").partition(b"@")
SPACES = "".join(
    (
        "<table:table-cell><text:p>",
        '<text:s text:c="32767"/>' * 3_000,
        "</text:p></table:table-cell>",
    )
)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
ROWS = "".join(map(ods_row, table(2)))


def with_member(name: str, *of_bomb: bytes, size: int = SIZE, said: int | None = None) -> bytes:
    before, unit, *after = of_bomb
    return archive({**FULL, name: bomb(before, unit, size, *after)}, said)


def ods_bomb(before: str, unit: bytes) -> bytes:
    start = ods_content(ods_table("@")).partition(b"@")[0] + before.encode()
    return archive({"mimetype": MIMETYPE, "content.xml": bomb(start, unit, SIZE)})


REFUSED: dict[str, Callable[[], bytes]] = {
    "zeros.xlsx": lambda: with_member(SHEET, OPENING, b"\0"),
    "spaces.xlsx": lambda: with_member(SHEET, OPENING, b" ", CLOSING),
    "spaces, said to be few.xlsx": lambda: with_member(SHEET, OPENING, b" ", CLOSING, said=900),
    "zeros, said to be none.xlsx": lambda: with_member(SHEET, OPENING, b"\0", CLOSING, said=0),
    "rows.xlsx": lambda: with_member(SHEET, OPENING, b'<row r="5"/>', CLOSING),
    "cells.xlsx": lambda: with_member(SHEET, OPENING + b"<row>", b'<c r="A5"/>', b"</row>"),
    "one text.xlsx": lambda: with_member(
        SHEET, OPENING + b'<row r="1"><c r="A1" t="inlineStr"><is><t>', b"a"
    ),
    "one attribute.xlsx": lambda: with_member(SHEET, OPENING + b'<row r="', b"1"),
    "one comment.xlsx": lambda: with_member(SHEET, OPENING + b"<!--", b"a"),
    "one formula.xlsx": lambda: with_member(SHEET, OPENING + b'<row r="1"><c r="A1"><f>', b"a"),
    "elements in each other.xlsx": lambda: with_member(SHEET, OPENING, b"<a>"),
    "texts.xlsx": lambda: with_member("xl/sharedStrings.xml", b"<sst>", b"<si><t>a</t></si>"),
    "one shared text.xlsx": lambda: with_member("xl/sharedStrings.xml", b"<sst><si><t>", b"a"),
    "styles.xlsx": lambda: with_member("xl/styles.xml", b"<styleSheet>", b"<xf/>"),
    "worksheets.xlsx": lambda: with_member("xl/workbook.xml", b"<workbook>", b"<sheet/>"),
    "relationships.xlsx": lambda: with_member("_rels/.rels", b"<a>", b'<Relationship Id="a"/>'),
    "hidden columns.xlsx": lambda: with_member(
        SHEET, b"<worksheet><cols>", b'<col min="1" max="9" hidden="1"/>'
    ),
    "merged cells.xlsx": lambda: with_member(
        SHEET, OPENING + b"</sheetData><mergeCells>", b'<mergeCell ref="A1:A9"/>'
    ),
    "one attribute with a prefix.xlsx": lambda: with_member(
        SHEET, b"<x:worksheet><x:sheetData><x:row r='", b"1"
    ),
    "one worksheet many times.xlsx": lambda: many_worksheets(300),
    "hidden columns.ods": lambda: ods_bomb(
        "", b'<table:table-column table:visibility="collapse"/>'
    ),
    "one text.ods": lambda: ods_bomb("<table:table-row><table:table-cell><text:p>", b"a"),
    "spaces.ods": lambda: ods(ods_row([SPACES])),
    "many members.xlsx": lambda: zipped({f"{n:065000}": b"" for n in range(66)}),
    "a stray cell.xlsx": lambda: xlsx(sheet_data(table(3)) + stray("XFD1048576")),
    "16,384 columns.xlsx": lambda: xlsx(
        sheet_data([[*HEADER, *(f"c{n}" for n in range(5, 16_385))], row(1)])
    ),
    "a text without number.xlsx": lambda: shared_text("1000000000"),
    "a text before the first.xlsx": lambda: shared_text("-1"),
    "filled to the bottom.ods": lambda: ods(
        ROWS + ods_row(["x"], ' table:number-rows-repeated="1048573"')
    ),
    "filled to the right.ods": lambda: ods(
        ROWS + ods_row([ods_cell("x", table__number_columns_repeated="16384")])
    ),
    "filled far beyond.ods": lambda: ods(
        ROWS + ods_row([ods_cell("x", table__number_columns_repeated="999999999")])
    ),
    "filled in both ways.ods": lambda: ods(
        ROWS
        + ods_row(
            [ods_cell("x", table__number_columns_repeated="900")],
            ' table:number-rows-repeated="22"',
        )
        * 2_600
    ),
    "a worksheet that is the workbook.xlsx": lambda: related_to("workbook.xml"),
    "a worksheet that is not there.xlsx": lambda: related_to("../../../../etc/passwd"),
    "a password on members.xlsx": lambda: with_header(zipped(GOOD), 6, 1),
    "an unknown compression.xlsx": lambda: with_header(zipped(GOOD), 8, 99),
}
READ: dict[str, Callable[[], bytes]] = {
    "a bomb that nobody asks for.xlsx": lambda: with_member("xl/media/a.bin", b"", b" "),
    "a million hidden rows of nothing.xlsx": lambda: xlsx(
        sheet_data(table(3)) + "".join(f'<row r="{n}" hidden="1"/>' for n in range(5, 1_048_577))
    ),
    "a million rows of formats.xlsx": lambda: xlsx(
        sheet_data(table(3))
        + "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(5, 1_048_577))
    ),
    "a dimension that is not so.xlsx": lambda: xlsx(
        sheet_data(table(3)), before='<dimension ref="A1:XFD1048576"/>'
    ),
    "another dimension that is not so.xlsx": lambda: xlsx(
        sheet_data(table(3)), before='<dimension ref="B7:A1"/>'
    ),
    "texts that are fewer than said.xlsx": lambda: zipped(
        {
            **FULL,
            "xl/sharedStrings.xml": strings("<t>a</t>").replace(
                b'uniqueCount="1"', b'uniqueCount="99999999999999"'
            ),
        }
    ),
    "names that lead out of the archive.xlsx": lambda: zipped(
        {**GOOD, f"../../../../../..{OUTSIDE}": b"x", OUTSIDE: b"x", "C:\\out": b"x"}
    ),
    "rows of nothing.ods": lambda: ods(
        ROWS + ods_row([""], ' table:number-rows-repeated="1048573"') + ods_row(row(3))
    ),
    "columns of nothing.ods": lambda: ods(
        "".join(
            ods_row([*cells, ods_cell("", table__number_columns_repeated="16380")])
            for cells in table(3)
        )
    ),
    "a name that is there twice.xlsx": lambda: with_twice(GOOD, SHEET, worksheet("")),
}
each_entity = pytest.mark.parametrize(
    "document_type", [LAUGHS, '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'], ids=len
)


def stray(place: str) -> str:
    return f'<row r="{place.lstrip("XFD")}">{cell(place, "x")}</row>'


def shared_text(number: str) -> bytes:
    part = worksheet(f'<row r="1"><c r="A1" t="s"><v>{number}</v></c></row>')
    return zipped(xlsx_parts({"Posts": part}, strings=strings("<t>post_id</t>")))


def related_to(part: str) -> bytes:
    rels = "xl/_rels/workbook.xml.rels"
    target = b"worksheets/sheet1.xml"
    return zipped({**GOOD, rels: GOOD[rels].replace(target, part.encode())})


def many_worksheets(count: int) -> bytes:
    """All of them are the one part, which has a million rows that look like nothing."""
    parts = xlsx_parts({"Posts": worksheet("<row/>" * 1_000_000)})
    sheet = b'<sheet name="Posts" sheetId="1" r:id="rId1"/>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(sheet, sheet * count)
    return zipped(parts)


def with_twice(parts: Parts, name: str, first: bytes) -> bytes:
    """The later one of two counts, for all who read it."""
    other = f"{name[:-1]}_"
    both = {other: first, **parts}
    content = zipped(
        {**{key: value for key, value in both.items() if key != name}, name: parts[name]}
    )
    return content.replace(other.encode(), name.encode())


def with_header(content: bytes, offset: int, value: int) -> bytes:
    """Each member has another value there, before it and in the archive's list."""
    changed = bytearray(content)
    for signature, place in ((b"PK\3\4", offset), (b"PK\1\2", offset + 2)):
        for found in re.finditer(re.escape(signature), content):
            changed[found.start() + place] = value
    return bytes(changed)


def test_a_cell_of_another_row_among_those_of_one_is_not_taken_for_one_of_it(
    tmp_path: Path,
) -> None:
    """Where each row is whole they are read many at a time."""
    content = sheet_data(table(9000)).replace('r="B8000"', 'r="B8500"')
    assert check_bytes(tmp_path, "sheet.xlsx", xlsx(content)).refuses(
        "row 8000 comes after row 8500"
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_workbook_is_refused_soon_and_in_little_memory(tmp_path: Path, name: str) -> None:
    assert check_bytes(tmp_path, name, REFUSED[name]()).refuses(name)


def test_what_is_read_again_for_each_worksheet_counts_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an ODS all of them are in one part, and each is looked for from its beginning."""
    monkeypatch.setattr("batch_scheduler.sheets.ods._MOST_TAGS", 400_000)
    many = ods_content(ods_table(ods_row(["x", "y"]) * 40) * 300)
    unusual = many.replace(b"<table:table ", b"<!-- --><table:table ", 1)
    content = zipped(ods_parts(unusual))
    assert check_bytes(tmp_path, "a.ods", content).refuses("more than 400,000 XML tags")
    ended = check_bytes(tmp_path, "b.ods", zipped(ods_parts(many)))
    assert ended.code == 4  # each was found where it begins, and none has a post


@pytest.mark.parametrize("name", READ)
def test_what_only_looks_dangerous_is_read(tmp_path: Path, name: str) -> None:
    checked = check_bytes(tmp_path, name, READ[name]())
    assert (checked.code, checked.issues(), checked.document["deliveries"]) == (0, [], 3), (
        checked.err
    )
    assert not Path(OUTSIDE).exists()


@pytest.mark.parametrize("part", [name for name in FULL if name != "[Content_Types].xml"])
@each_entity
def test_entities_are_refused_in_every_part(tmp_path: Path, part: str, document_type: str) -> None:
    """Nothing is expanded, and nothing is fetched."""
    content = FULL[part].replace(b"?>", f"?>{document_type}".encode(), 1)
    if not content.startswith(b"<?xml"):
        content = document_type.encode() + content
    assert check_bytes(tmp_path, "a.xlsx", zipped({**FULL, part: content})).refuses(
        "a.xlsx", "document type"
    )


@each_entity
def test_entities_are_refused_in_ods(tmp_path: Path, document_type: str) -> None:
    content = ods_content(ods_table(ods_row(["&l9;"])), opening=document_type)
    assert check_bytes(
        tmp_path, "a.ods", zipped(ods_parts(content.replace(b"&amp;", b"&")))
    ).refuses("a.ods", "document type")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_cell_of_5_mb_is_an_issue_like_another(tmp_path: Path, kind: str) -> None:
    rows = [*table(2), [row(3)[0], "x" * 5_000_000, *row(3)[2:]]]
    content = xlsx(sheet_data(rows)) if kind == "xlsx" else ods("".join(map(ods_row, rows)))
    checked = check_bytes(tmp_path, f"a.{kind}", content)
    assert checked.errors == [("bad-id", 4, "social_account_ids")]
    assert len(checked.out) < 5_000

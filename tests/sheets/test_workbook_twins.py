"""The quick reader of XLSX, the thorough one, and another library find the same in a workbook."""

from __future__ import annotations

import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from workbook_files import (
    cell,
    letters,
    ods_cell,
    ods_content,
    ods_parts,
    ods_row,
    ods_table,
    otherwise,
    worksheet,
    xlsx_parts,
    zipped,
)

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets import read_sheet

# What XML has no place for is escaped, which other libraries do not read back.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
VALUE = st.one_of(
    TEXT, st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9).map(lambda x: round(x, 3))
)
GRID = st.dictionaries(
    st.tuples(st.integers(2, 300), st.integers(1, 40)), VALUE, min_size=1, max_size=60
)
WIDTH = 40
Texts = dict[int, list[str]]


def texts(sheet: Sheet) -> Texts:
    return {int(number): list(cells) for number, *cells in sheet.frame.itertuples()}


def read(content: bytes) -> Sheet:
    return read_sheet("-", io.BytesIO(content))


def by_openpyxl(cells: dict[tuple[int, int], str | float]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for column in range(1, WIDTH + 1):
        sheet.cell(1, column, f"column {column}")
    for (number, column), value in cells.items():
        at = sheet.cell(number, column, value)
        if isinstance(value, str):
            at.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def expected(cells: dict[tuple[int, int], str | float]) -> Texts:
    rows: Texts = {}
    for (number, column), value in sorted(cells.items()):
        text = value if isinstance(value, str) else f"{value:.15G}"
        if text.strip():
            rows.setdefault(number, [""] * WIDTH)[column - 1] = text
    return rows


@given(GRID)
@settings(max_examples=30, deadline=None)
def test_all_readers_agree(cells: dict[tuple[int, int], str | float]) -> None:
    content = by_openpyxl(cells)
    assert texts(read(content)) == expected(cells)
    assert texts(read(otherwise(content))) == expected(cells)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    found = {
        number: [text if isinstance(text, str) else f"{text:.15G}" for text in line]
        for number, line in enumerate(theirs.to_python(skip_empty_area=False), 1)
        if number > 1 and any(str(text).strip() for text in line)
    }
    assert {number: [text.strip() for text in line] for number, line in found.items()} == {
        number: [text.strip() for text in line] for number, line in expected(cells).items()
    }


CELLS = {
    "as usual": '<c r="B2" t="inlineStr"><is><t>x</t></is></c>',
    "without a place": '<c t="inlineStr"><is><t>x</t></is></c>',
    "single quotes": "<c r='B2' t='inlineStr'><is><t>x</t></is></c>",
    "white space": '<c\n r="B2"\tt="inlineStr" ><is ><t >x</t ></is ></c >',
    "other order": '<c t="inlineStr" s="0" r="B2"><is><t>x</t></is></c>',
    "comment within": '<c r="B2" t="inlineStr"><is><t>x<!-- y --></t></is></c>',
    "characters as they are": '<c r="B2" t="inlineStr"><is><t><![CDATA[x]]></t></is></c>',
    "an extension": '<c r="B2" t="inlineStr"><is><t>x</t></is><extLst><ext/></extLst></c>',
    "more attributes": '<c r="B2" s="0" t="inlineStr" cm="1" vm="1"><is><t>x</t></is></c>',
    "lower case": '<c r="b2" t="inlineStr"><is><t>x</t></is></c>',
    "a formula": '<c r="B2" t="str"><f aca="1">"x"</f><v>x</v></c>',
    "an unknown kind": '<c r="B2" t="rich"><v>x</v></c>',
}


@pytest.mark.parametrize("how", CELLS)
@pytest.mark.parametrize("prefix", ["", "x"])
def test_a_cell_is_read_however_it_is_written(how: str, prefix: str) -> None:
    before = "" if "place" not in how else '<c r="A2"/>'
    data = f'<row r="1">{cell("B1", "post_id")}</row><row r="2">{before}{CELLS[how]}</row>'
    part = worksheet(data).decode()
    if prefix:
        for name in ("worksheet", "sheetData", "row", "c", "is", "t", "v", "f"):
            for after in " >/\n\t":
                part = part.replace(f"<{name}{after}", f"<x:{name}{after}")
                part = part.replace(f"</{name}{after}", f"</x:{name}{after}")
        part = part.replace("xmlns=", "xmlns:x=")
    assert texts(read(zipped(xlsx_parts({"Posts": part.encode()})))) == {2: ["x"]}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_rows_in_any_order_are_read_right_or_refused(numbers: list[int]) -> None:
    data = f'<row r="1">{cell("A1", "post_id")}</row>' + "".join(
        f'<row r="{number}">{cell(f"{letters(1)}{number}", f"text {place}")}</row>'
        for place, number in enumerate(numbers)
    )
    content = zipped(xlsx_parts({"Posts": worksheet(data)}))
    ordered = numbers == sorted(set(numbers)) and numbers[0] > 1
    try:
        found = texts(read(content))
    except UsageError:
        assert not ordered
    else:
        assert ordered
        assert found == {number: [f"text {place}"] for place, number in enumerate(numbers)}


ODS_CELL = st.one_of(
    TEXT.filter(lambda text: not text.startswith("<")),  # else it is taken for markup
    st.sampled_from(["<table:table-cell/>", "a\nb", "&", " x  y ", "<table:table-cell/>"]),
    st.floats(-1e9, 1e9).map(
        lambda x: ods_cell("shown", office__value_type="float", office__value=str(x))
    ),
    st.datetimes().map(
        lambda x: ods_cell("1:30", office__value_type="date", office__date_value=x.isoformat())
    ),
    st.just(ods_cell("x", office__value_type="string", table__number_columns_repeated="3")),
)
ODS_ROW = st.tuples(
    st.lists(ODS_CELL, min_size=1, max_size=5),
    st.sampled_from(["", "", ' table:style-name="ro1"', ' table:number-rows-repeated="2"']),
)


@given(st.lists(ODS_ROW, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_rows_of_ods_are_the_same_by_pattern_and_parsed(rows: list[tuple[list[str], str]]) -> None:
    written = "".join(ods_row(cells, attributes) for cells, attributes in rows)
    header = ods_row(["one", "two", "three"])
    before, sheet = ods_table(ods_row(["no", "post"]), "Other"), ods_table(header + written)
    usual = ods_content(before + sheet)
    unusual = usual.replace(b"<table:table ", b"<!-- <table:table> --><table:table ", 1)
    found = [
        read_sheet("-", io.BytesIO(zipped(ods_parts(one))), worksheet="Posts")
        for one in (usual, unusual)
    ]
    assert texts(found[0]) == texts(found[1])
    assert found[0].header == found[1].header

"""Rows that are written alike are read together; one among them that is not loses nothing."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_files import cell, otherwise, strings, styles, worksheet, xlsx_parts, zipped

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets import read_sheet

ROWS = 800
"""Several of the pieces that a worksheet is read in."""
FILLER = "as agreed with the agency " * 40

HEADER = "".join(
    cell(f"{letter}1", name)
    for letter, name in zip("ABCD", ("text", "number", "date", "shared"), strict=True)
)
ALIKE = {
    "inline": '<c r="A{n}" t="inlineStr"><is><t>{text}</t></is></c>',
    "number": '<c r="B{n}"><v>{n}.5</v></c>',
    "date": '<c r="C{n}" s="1"><v>4{n:04}</v></c>',
    "shared": '<c r="D{n}" s="0" t="s"><v>{index}</v></c>',
}
ODD_CELLS = {
    "nothing": "",
    "format alone": '<c r="{at}" s="1"/>',
    "no content": '<c r="{at}" s="1"></c>',
    "no value": '<c r="{at}" t="s"><v/></c>',
    "spaces": '<c r="{at}" t="inlineStr"><is><t xml:space="preserve">  </t></is></c>',
    "several lines": '<c r="{at}" t="inlineStr"><is><t xml:space="preserve">a&#10; b</t></is></c>',
    "escaped": '<c r="{at}" t="inlineStr"><is><t>&lt;c&gt; &amp; _x0041_</t></is></c>',
    "formats": '<c r="{at}" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
    "a formula": '<c r="{at}" t="str"><f>"x"</f><v>x</v></c>',
    "not calculated": '<c r="{at}"><f>NOW()</f></c>',
    "true": '<c r="{at}" t="b"><v>1</v></c>',
    "an error": '<c r="{at}" t="e"><v>#N/A</v></c>',
    "a number": '<c r="{at}"><v>45000.25</v></c>',
    "a date": '<c r="{at}" s="1"><v>45000.25</v></c>',
    "shared": '<c r="{at}" t="s"><v>7</v></c>',
    "no such text": '<c r="{at}" t="s"><v>999</v></c>',
    "another attribute": '<c r="{at}" s="1" t="s" cm="1"><v>3</v></c>',
    "style after another": '<c r="{at}" cm="1" s="1"><v>45000.25</v></c>',
    "a comment": '<!-- <c r="{at}" t="inlineStr"><is><t>no</t></is></c> -->',
    "another row": '<c r="{letter}9" t="inlineStr"><is><t>x</t></is></c>',
}
ODD_ROWS = {
    "plain": '<row r="{n}">{cells}</row>',
    "hidden": '<row r="{n}" spans="1:4" hidden="1">{cells}</row>',
    "not hidden": '<row r="{n}" hidden="false" ht="12.8">{cells}</row>',
    "without number": "<row>{cells}</row>",
    "another number": '<row r="7">{cells}</row>',
    "white space": '\n<row r="{n}">\n{cells}</row>\n',
    "a comment": '<!-- --><row r="{n}">{cells}</row>',
    "a tag between": '<x/><row r="{n}">{cells}</row>',
    "empty": '<row r="{n}"/>',
    "twice": '<row r="{n}">{cells}</row><row r="{n}">{cells}</row>',
    "far right": '<row r="{n}">{cells}<c r="Z{n}"><v>1</v></c></row>',
}
ODD = st.dictionaries(
    st.integers(2, ROWS),
    st.tuples(
        st.sampled_from(sorted(ODD_ROWS)),
        st.lists(st.sampled_from(["as usual", *sorted(ODD_CELLS)]), min_size=4, max_size=4),
    ),
    max_size=6,
)
Odd = dict[int, tuple[str, list[str]]]


def written(odd: Odd, *more: int) -> bytes:
    """`more`: the numbers of further rows."""
    data = f'<row r="1">{HEADER}</row>'
    for n in (*range(2, ROWS + 1), *more):
        how, kinds = odd.get(n, ("plain", ["as usual"] * 4))
        cells = "".join(
            (usual if kind == "as usual" else ODD_CELLS[kind]).format(
                n=n, at=f"{letter}{n}", letter=letter, text=f"{n} {FILLER}", index=n % 10
            )
            for letter, kind, usual in zip("ABCD", kinds, ALIKE.values(), strict=True)
        )
        data += ODD_ROWS[how].format(n=n, cells=cells)
    return zipped(
        xlsx_parts(
            {"Posts": worksheet(data)},
            strings=strings(*(f"<t>shared {n}</t>" for n in range(10))),
            styles=styles("yyyy-mm-dd hh:mm"),
        )
    )


def found(content: bytes) -> object:
    """All that is known of the sheet, or that it is refused."""
    try:
        sheet = read_sheet("-", io.BytesIO(content))
    except UsageError:
        return None
    return sheet.header, cells(sheet), sheet.issues


def cells(sheet: Sheet) -> dict[int, list[str]]:
    """Those of each row, without white space alone, which is no text."""
    return {
        int(number): [text if text.strip() else "" for text in texts]
        for number, *texts in sheet.frame.itertuples()
    }


def expect_the_same(content: bytes) -> None:
    assert found(content) == found(otherwise(content))


def test_rows_that_are_alike() -> None:
    sheet = read_sheet("-", io.BytesIO(written({})))
    assert cells(sheet) == {
        n: [
            f"{n} {FILLER}",
            f"{n}.5",
            f"{date(1899, 12, 30) + timedelta(40_000 + n)}T00:00:00",
            f"shared {n % 10}",
        ]
        for n in range(2, ROWS + 1)
    }


@pytest.mark.parametrize("kind", ODD_CELLS)
@pytest.mark.parametrize("column", range(4))
def test_one_cell_that_is_not_alike(kind: str, column: int) -> None:
    kinds = ["as usual"] * 4
    kinds[column] = kind
    expect_the_same(written({500: ("plain", kinds)}))


@pytest.mark.parametrize("how", ODD_ROWS)
def test_one_row_that_is_not_alike(how: str) -> None:
    expect_the_same(written({500: (how, ["as usual"] * 4)}))


@pytest.mark.parametrize("kind", ODD_CELLS)
def test_a_row_of_such_cells_alone(kind: str) -> None:
    expect_the_same(written({500: ("plain", [kind] * 4)}))


@pytest.mark.parametrize("number", [1_048_576, 1_048_577])
def test_a_row_that_spreadsheet_programs_do_not_have(number: int) -> None:
    content = written({}, number)
    expect_the_same(content)
    assert (found(content) is None) == (number > 1_048_576)


@given(ODD)
@settings(max_examples=25, deadline=None)
def test_any_rows_among_them(odd: Odd) -> None:
    expect_the_same(written(odd))

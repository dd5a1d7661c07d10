"""Numbers, texts and formulas of an XLSX count as what the spreadsheet program shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import check_bytes
from workbook_files import (
    DAY,
    HEADER,
    cell,
    ods,
    ods_cell,
    ods_row,
    post_id,
    row,
    serial,
    sheet_data,
    strings,
    styles,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
    zipped,
)
from workbook_writers import in_xlsx, posts, texts

FORMATS = {
    "[$-407]TT.MM.JJJJ hh:mm": f"{DAY}T09:00:00",
    "[$-407]dd/mm/yyyy\\ hh:mm;@": f"{DAY}T09:00:00",
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": f"{DAY}T09:00:00",
    "pp.kk.vvvv tt:mm": f"{DAY}T09:00:00",
    "ДД.ММ.ГГГГ": f"{DAY}T09:00:00",
    'yyyy"年"m"月"d"日"': f"{DAY}T09:00:00",
    "General": f"{serial():.15G}",
    "Standard": f"{serial():.15G}",
    '0.00" d"': f"{serial():.15G}",
    "#,##0.00\\ [$€-407]": f"{serial():.15G}",
    "0%": f"{serial():.15G}",
    "@": f"{serial():.15G}",
    "0.00E+00": f"{serial():.15G}",
}


@pytest.mark.parametrize("code", FORMATS)
def test_a_number_is_a_date_if_its_format_makes_it_one(code: str) -> None:
    cells = cell("A1", "post_id"), cell("A2", serial(), 1)
    data = "".join(f'<row r="{n}">{one}</row>' for n, one in enumerate(cells, 1))
    part = worksheet(data)
    book = zipped(xlsx_parts({"Posts": part}, styles=styles(code)))
    assert texts(book) == {2: [FORMATS[code]]}


@pytest.mark.parametrize(
    ("value", "code", "from_1904", "shown"),
    [
        (serial(0), "dd.mm.yyyy hh:mm", False, f"{DAY}T00:00:00"),
        (serial(0), "dd.mm.yyyy", False, f"{DAY}"),
        (serial(9), "dd.mm.yyyy", False, f"{DAY}T09:00:00"),
        (serial(9), "hh:mm", False, f"{DAY}T09:00:00"),
        (0.375, "hh:mm", False, "09:00:00"),
        (0.375, "hh:mm", True, "09:00:00"),
        (0.999999999, "hh:mm", False, "24:00:00"),
        (1.5, "[h]:mm", False, "36:00:00"),
        (59.0, "dd.mm.yyyy", False, "1900-02-28"),
        (60.0, "dd.mm.yyyy", False, "1900-02-29"),
        (61.0, "dd.mm.yyyy", False, "1900-03-01"),
        (-1.0, "dd.mm.yyyy", False, "-1"),
        (2_958_465.0, "dd.mm.yyyy", False, "9999-12-31"),
        (2_958_466.0, "dd.mm.yyyy", False, "2958466"),
    ],
)
def test_what_a_number_shows(value: float, code: str, from_1904: bool, shown: str) -> None:
    data = f'<row r="1">{cell("A1", "post_id")}</row><row r="2">{cell("A2", value, 1)}</row>'
    parts = xlsx_parts({"Posts": worksheet(data)}, from_1904=from_1904, styles=styles(code))
    assert texts(zipped(parts)) == {2: [shown]}


def test_texts_of_every_make() -> None:
    items = {
        "<t>plain</t>": "plain",
        '<t xml:space="preserve"> a\nb </t>': " a\nb ",
        "<t>&lt;a&gt; &amp;amp; &#x1F600;&#10;</t>": "<a> &amp; 😀\n",
        "<r><rPr><b/></rPr><t>bold </t></r><r><t>and not</t></r>": "bold and not",
        '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>': "東京",
        "<t>a_x000D_b_x005F_x000D_</t>": "a\rb_x000D_",
        "<t></t>": "",
        "": "",
    }
    shared = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 2}</v></c><c r="B{n}"><v>1</v></c></row>'
        for n in range(2, len(items) + 2)
    )
    inline = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is>{item}</is></c><c r="B{n}"><v>1</v></c></row>'
        for n, item in enumerate(items, 2)
    )
    header = '<row r="1">' + cell("A1", "post_id") + "</row>"
    for data in (header + shared, header + inline):
        for comment in ("", "<!-- so that no pattern knows it -->"):
            part = worksheet(data, before=comment)
            parts = xlsx_parts({"Posts": part}, strings=strings(*items))
            parts["xl/sharedStrings.xml"] = comment.encode() + parts["xl/sharedStrings.xml"]
            assert [line[0] for line in texts(zipped(parts)).values()] == [*items.values()]


@pytest.mark.parametrize(
    "formula",
    ["<f>A1</f>", "<f>A1</f><v></v>", "<f>A1</f><v/>", '<f t="shared" si="0"/>', "<f>A1</f >"],
)
def test_a_formula_that_nobody_calculated_is_an_issue(tmp_path: Path, formula: str) -> None:
    data = sheet_data([[*HEADER, "note"], row(1), row(2)])
    data = data.replace('</row><row r="3">', f'<c r="E2">{formula}</c></row><row r="3">')
    bad = cell("A3", post_id(2))
    assert bad in data
    checked = check_bytes(tmp_path, "a.xlsx", xlsx(data.replace(bad, f'<c r="A3">{formula}</c>')))
    assert checked.code == 4
    assert checked.errors == [("formula-without-value", 3, "post_id")]
    assert checked.document["deliveries"] == 1


def test_a_row_of_nothing_but_uncalculated_formulas_is_not_lost(tmp_path: Path) -> None:
    cells = posts() | {f"{letter}5": f"={letter}4" for letter in "ABCD"}
    checked = check_bytes(tmp_path, "a.xlsx", in_xlsx(cells))
    assert checked.document["rows"] == 4
    assert {tuple(one[:2]) for one in checked.errors} == {("formula-without-value", 5)}
    ods_formula = ods_cell("", table__formula="of:=A1")
    content = ods("".join(map(ods_row, table(2))) + ods_row([ods_formula]))
    checked = check_bytes(tmp_path, "a.ods", content)
    assert ("formula-without-value", 4, "post_id") in checked.errors


def test_formulas_count_by_their_value(tmp_path: Path) -> None:
    value = f'<c r="A2" t="str"><f>LOWER("X")</f><v>{post_id(1)}</v></c>'
    empty = '<c r="E2" t="str"><f>""</f><v></v></c>'
    data = sheet_data([[*HEADER, "first_comment"], row(1)]).replace(cell("A2", post_id(1)), value)
    checked = check_bytes(
        tmp_path, "a.xlsx", xlsx(data.replace("</row>", f"{empty}</row>").replace(empty, "", 1))
    )
    assert (checked.code, checked.issues(), checked.document["deliveries"]) == (0, [], 1)

"""Any text comes back from the results as it went in, and none of it is a formula."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape as unescape_xlsx
from python_calamine import CalamineWorkbook

from batch_scheduler.model import CUT
from batch_scheduler.results import Report, Summary, write_report
from batch_scheduler.results.delimited import escape

FORMULAS = ["=1+1", "+1", "-1", "@x", "{=1+1}", "=cmd|' /C calc'!A0", "'=1", "\t=1", "\r=1"]
AWKWARD = [
    *FORMULAS,
    "http://example.com/a?b=c",
    "mailto:ana@example.com",
    "_x0041_",
    "_x005F_x0041_",
    "a\x00b",
    "a\x0bb",
    "\x1f\x7f\x85",
    "one\ntwo",
    "one\r\ntwo\rthree",
    "  spaces  ",
    "<&>\"'",
    "''",
    "'hello",
    "'",
    "0017",
    "1e5",
    "2035-05-07",
    "TRUE",
    "🎉 Ää",
]
# XML has no place for U+FFFE and U+FFFF; they are escaped, which calamine doesn't read back.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
QUICK = settings(max_examples=60, deadline=None)


def write(texts: list[str], name: str) -> bytes:
    report = Report(
        ("status", "text"),
        lambda: (("accepted", text) for text in texts),
        Summary((), {"accepted": len(texts)}),
    )
    with TemporaryDirectory() as folder:
        return write_report(report, Path(folder) / name).read_bytes()


def unescape_csv(text: str) -> str:
    """A leading apostrophe before =, +, -, @ or another apostrophe is taken off."""
    return text[1:] if text[:1] == "'" and text[1:2] in set("=+-@'") else text


def read_csv(written: bytes) -> list[str]:
    rows = csv.reader(StringIO(written.decode("utf-8-sig"), newline=""))
    return [unescape_csv(row[1]) for row in rows][1:]


def read_with_calamine(written: bytes) -> list[str]:
    sheet = CalamineWorkbook.from_filelike(BytesIO(written)).get_sheet_by_name("Results")
    return [str(row[1]) for row in sheet.to_python()[1:]]


def read_with_openpyxl(written: bytes) -> list[str]:
    """openpyxl leaves Excel's escapes (_x0000_) as they stand in the file."""
    sheet = openpyxl.load_workbook(BytesIO(written))["Results"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s"}
    return [unescape_xlsx(str(cell.value or "")) for cell in cells]


@given(TEXT)
@example("")
@example("'")
def test_the_apostrophe_that_protects_is_the_one_that_reading_takes_off(text: str) -> None:
    assert unescape_csv(escape(text)) == text
    assert escape(text)[:1] not in set("=+-@")


@QUICK
@given(st.lists(TEXT, max_size=20))
@example(AWKWARD)
def test_any_text_comes_back_from_csv(texts: list[str]) -> None:
    assert read_csv(write(texts, "r.csv")) == texts


@QUICK
@given(st.lists(TEXT, min_size=1, max_size=20))
@example(AWKWARD)
def test_any_text_comes_back_from_xlsx(texts: list[str]) -> None:
    written = write(texts, "r.xlsx")
    assert read_with_calamine(written) == texts
    assert read_with_openpyxl(written) == texts


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_is_a_formula_or_a_link(text: str) -> None:
    with ZipFile(BytesIO(write([text, "https://example.com"], "r.xlsx"))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert write([text], "r.csv").decode("utf-8-sig").split("accepted,", 1)[1].lstrip('"')[
        :1
    ] not in set("=+-@")


def test_excel_sees_that_a_csv_is_utf8() -> None:
    assert write(["Ä"], "r.csv").startswith(b"\xef\xbb\xbf")


def test_half_a_surrogate_pair_does_not_break_the_file() -> None:
    assert read_with_calamine(write(["a\ud83d"], "r.xlsx")) == ["a\\ud83d"]
    assert read_csv(write(["a\ud83d"], "r.csv")) == ["a\\ud83d"]


@pytest.mark.parametrize("letter", ["x", "ä", "🎉"])
def test_what_is_longer_than_a_cell_is_cut_where_it_is_seen(letter: str) -> None:
    long = letter * 40_000
    [cut] = read_with_calamine(write([long], "r.xlsx"))
    assert cut.endswith(CUT)
    assert long.startswith(cut.removesuffix(CUT))
    assert len(cut.encode("utf-16-le")) // 2 in {32_766, 32_767}
    assert read_csv(write([long], "r.csv")) == [long]


def test_what_just_fits_a_cell_is_not_cut() -> None:
    just = "x" * 32_767
    assert read_with_calamine(write([just], "r.xlsx")) == [just]

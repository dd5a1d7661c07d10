"""Text files of every kind are read as the spreadsheet program shows them."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets import read_sheet


def read(content: str | bytes) -> Sheet:
    data = content if isinstance(content, bytes) else content.encode()
    return read_sheet("-", io.BytesIO(data))


def rows(sheet: Sheet) -> dict[int, list[str]]:
    return {int(row): list(cells) for row, *cells in sheet.frame.itertuples()}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_reads_each_delimiter_line_ending_and_encoding(
    delimiter: str, ending: str, encoding: str, mark: bytes
) -> None:
    lines = ["post_id,note", "1,né 🎉", '2,"a\tb"', ""]
    text = ending.join(lines).replace(",", delimiter)
    sheet = read(mark + text.encode(encoding))
    assert sheet.header == ("post_id", "note")
    assert rows(sheet) == {2: ["1", "né 🎉"], 3: ["2", "a\tb"]}


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("café", "cp1252", "Windows-1252"),
        ("Größe “5 €” – für Zoë", "cp1252", "Windows-1252"),
        ("Zażółć gęślą jaźń. Dzień dobry", "cp1250", "Windows-1250"),
        ("Скидки до 50%! Приходите к нам", "cp1251", "Windows-1251"),
        ("Скидки до 50%! Приходите к нам", "koi8-r", "KOI8-R"),
        ("Déjà vu à l’événement de Noël", "mac-roman", "Mac Roman"),
        ("新商品のお知らせです。本日発売", "cp932", "Shift-JIS"),
        ("新品上市，欢迎选购", "gb18030", "GBK"),
        ("新品上市，歡迎選購", "big5", "Big5"),
        ("신상품이 출시되었습니다", "cp949", "EUC-KR"),
        ("né 🎉", "utf-16-le", "UTF-16"),
        ("né 🎉", "utf-16-be", "UTF-16"),
    ],
)
def test_an_encoding_that_is_not_said_is_guessed_and_the_guess_is_said(
    text: str, encoding: str, name: str
) -> None:
    sheet = read(f"post_id,note\n1,plain\n2,{text}\n".encode(encoding))
    assert sheet.frame[1].tolist() == ["plain", text]
    (issue,) = sheet.issues
    assert (issue.severity, issue.code, issue.row) == ("warning", "guessed-encoding", None)
    assert name in issue.message
    assert "CSV UTF-8" in issue.hint


def test_a_guess_rests_on_letters_however_far_down_they_stand() -> None:
    content = b"post_id,note\n" + b"1,plain\n" * 300_000 + "2,Größe\n".encode("cp1252")
    assert read(content).frame[1].iat[-1] == "Größe"


def test_a_guess_rests_on_the_last_letters_too() -> None:
    content = "post_id,note,first_comment\n1,ä ö,Grüße €\n".encode("cp1252")
    assert read(content).frame.iloc[0].tolist() == ["1", "ä ö", "Grüße €"]


def test_bytes_that_are_damaged_are_refused_with_their_row() -> None:
    lines = [f"{number},Grüße\n".encode() for number in range(20_000)]
    lines[12_345] = b'1,"Gr\n\xfc\xdfe"\n'
    with pytest.raises(UsageError, match=r"row 12,347: .*UTF-8"):
        read(b"post_id,note\n" + b"".join(lines))


def test_a_nul_byte_is_refused_with_its_row() -> None:
    with pytest.raises(UsageError, match=r"row 101: .*NUL"):
        read(b"a,b\n" + b"1,2\n" * 99 + b"1,\0\n" + b"1,2\n" * 99)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_a_sep_line_names_the_delimiter_and_is_no_row(first: str) -> None:
    sheet = read(f"{first}\r\na,b;c\r\n1;2\r\n")
    assert sheet.header == ("a,b", "c")
    assert rows(sheet) == {2: ["1", "2"]}


def test_row_numbers_count_blank_lines_but_not_quoted_line_breaks() -> None:
    sheet = read('\n\npost_id,note\n1,"one\r\ntwo\nthree"\n\n , \n2,x\n')
    assert rows(sheet) == {4: ["1", "one\r\ntwo\nthree"], 7: ["2", "x"]}


def test_white_space_stays_in_cells_but_not_in_the_header() -> None:
    sheet = read(" post_id ,note\n x , y\n")
    assert sheet.header == ("post_id", "note")
    assert rows(sheet) == {2: [" x ", " y"]}


def test_an_apostrophe_before_what_looks_like_a_formula_is_taken_off() -> None:
    sheet = read("a,b,c,d\n'=1,'+1,'-1,'@x\n''x,'x,it's,x'=\n")
    assert rows(sheet) == {2: ["=1", "+1", "-1", "@x"], 3: ["'x", "'x", "it's", "x'="]}


def test_a_formula_that_is_nothing_but_a_text_is_that_text_and_said() -> None:
    sheet = read('a,b\n="0012","=""say """"hi"""""""\n=A1,\'="x"\n')
    assert sheet.frame.values.tolist() == [["0012", 'say "hi"'], ["=A1", '="x"']]
    assert [issue.code for issue in sheet.issues] == ["text-formula"]
    assert '="0012"' in sheet.issues[0].message
    assert "so: 2." in sheet.issues[0].message


def test_longer_and_shorter_rows_keep_their_cells() -> None:
    sheet = read("a,b\n1\n1,2,3,4\n1,2\n")
    assert sheet.header == ("a", "b", "", "")
    assert rows(sheet) == {2: ["1", "", "", ""], 3: ["1", "2", "3", "4"], 4: ["1", "2", "", ""]}


@pytest.mark.parametrize(("text", "row"), [('a,b\n1,2\n"3,4\n5,6\n', 3), ('a\n"x"y\n', 2)])
def test_a_quote_that_is_not_closed_is_refused_with_its_row(text: str, row: int) -> None:
    with pytest.raises(UsageError, match=f"row {row}:") as caught:
        read(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "content", [b"a,\xc3\xa9\n\xe9\xff,1\n", b"a\0b\0,\n", b"\xff\xfea\0\n\0\0\xd8"]
)
def test_what_is_not_text_in_a_known_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError):
        read(content)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_a_sheet_without_header(content: str) -> None:
    sheet = read(content)
    assert not any(sheet.header)
    assert len(sheet.frame) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("page.xlsx", b"<html><body>"),
        ("scan.csv", b"%PDF-1.7"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=name) as caught:
        read_sheet(str(tmp_path / name))
    assert caught.value.hint


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        read_sheet(str(tmp_path))


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=400))
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    # Marked as results are, so that the apostrophe that reading takes off is there.
    marked = [[f"'{c}" if c[:1] in "=+-@'" and c else c for c in row] for row in table]
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["h", "h"], *marked])
    sheet = read(buffer.getvalue())
    width = len(sheet.header)
    expected = {
        number: [*row, *[""] * (width - len(row))][:width]
        for number, row in enumerate(table, 2)
        if any(cell.strip() for cell in row)
    }
    assert rows(sheet) == expected
    assert not any(cell.strip() for row in table for cell in row[width:])

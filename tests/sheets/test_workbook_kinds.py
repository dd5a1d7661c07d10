"""A file is read as what it is, whatever it is called; what can't be read is said."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from checking import check, check_bytes
from workbook_files import (
    HEADER,
    ods,
    ods_content,
    ods_parts,
    ods_row,
    ods_table,
    sheet_data,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
    zipped,
)
from workbook_writers import in_xls, in_xlsx, posts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = xlsx_parts({"Posts": worksheet(sheet_data(table(2)))})


def by_openpyxl() -> bytes:
    return in_xlsx(posts(rows=2))


def by_xlwt() -> bytes:
    return in_xls(posts(rows=2))


def named_otherwise() -> bytes:
    """Its parts lie where the archive says, not where most have them."""
    parts = {
        "_rels/.rels": GOOD["_rels/.rels"].replace(b"xl/workbook.xml", b"/Office/Book2.xml"),
        "Office/Book2.xml": GOOD["xl/workbook.xml"],
        "office\\_RELS\\book2.xml.rels": GOOD["xl/_rels/workbook.xml.rels"].replace(
            b"worksheets/sheet1.xml", b"../customXml/foo.bin"
        ),
        "customXml/FOO.bin": GOOD["xl/worksheets/sheet1.xml"],
    }
    return zipped(parts)


READ: dict[str, Callable[[], bytes]] = {
    "by_hand.xlsx": lambda: zipped(GOOD),
    "by_openpyxl.xlsm": by_openpyxl,
    "by_xlwt.xls": by_xlwt,
    "by_hand.ods": lambda: ods("".join(map(ods_row, table(2)))),
    "xlsx.csv": by_openpyxl,
    "xls.xlsx": by_xlwt,
    "ods.xls": lambda: ods("".join(map(ods_row, table(2)))),
    "text.xlsx": lambda: "\r\n".join(";".join(cells) for cells in table(2)).encode(),
    "other_names.xlsx": named_otherwise,
    "stored.xlsx": lambda: zipped(GOOD, zipfile.ZIP_STORED),
    "lzma.xlsx": lambda: zipped(GOOD, zipfile.ZIP_LZMA),
    "utf16.xlsx": lambda: zipped(
        {
            **GOOD,
            "xl/worksheets/sheet1.xml": GOOD["xl/worksheets/sheet1.xml"]
            .decode()
            .replace("UTF-8", "UTF-16")
            .encode("utf-16"),
        }
    ),
    "strict.xlsx": lambda: zipped(
        {
            name: part.replace(
                b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
            )
            for name, part in GOOD.items()
        }
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_a_sheet_is_read(tmp_path: Path, name: str) -> None:
    checked = check_bytes(tmp_path, name, READ[name]())
    assert (checked.code, checked.issues()) == (0, []), checked.err
    assert checked.document["deliveries"] == 2


@pytest.mark.parametrize("name", ["by_openpyxl.xlsm", "by_xlwt.xls", "by_hand.ods"])
def test_a_workbook_may_come_through_standard_input(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(READ[name]())
    with (tmp_path / name).open("rb") as file:
        checked = check(tmp_path, "-", stdin=file.fileno())
    assert (checked.code, checked.document["deliveries"]) == (0, 2)


def encrypted_xls() -> bytes:
    """As Excel says it: the third record of the workbook."""
    content = by_xlwt()
    return content.replace(b"\x42\x00\x02\x00\xb0\x04", b"\x2f\x00\x02\x00\x00\x00", 1)


NOT_READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "password.xlsx": (
        lambda: OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1_000),
        "protected by a password",
    ),
    "password.ods": (
        lambda: zipped(
            {
                **ods_parts(random.Random(1).randbytes(500)),
                "META-INF/manifest.xml": b'<m:manifest xmlns:m="m"><m:file-entry>'
                b"<m:encryption-data/></m:file-entry></m:manifest>",
            }
        ),
        "protected by a password",
    ),
    "password.xls": (encrypted_xls, "protected by a password"),
    "page.xls": (lambda: b"\xef\xbb\xbf<html><table><tr><td>post_id", "a web page"),
    "excel2003.xls": (
        lambda: b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook/>',
        "an XML spreadsheet of Excel 2003",
    ),
    "binary.xlsb": (
        lambda: zipped({"_rels/.rels": b"", "xl/workbook.bin": b""}),
        "binary Excel workbook",
    ),
    "week.numbers": (lambda: zipped({"Index/Document.iwa": b""}), "Apple Numbers"),
    "letter.xlsx": (lambda: zipped({"word/document.xml": b""}), "a Word document"),
    "letter.xls": (
        lambda: OLE + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(1_000),
        "a Word document",
    ),
    "letter.ods": (
        lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "no spreadsheet",
    ),
    "sheets.zip": (lambda: zipped({"week.csv": b"post_id"}), "a zip archive"),
    "nothing.xlsx": (lambda: zipped({}), "a zip archive"),
    "scan.xlsx": (lambda: b"%PDF-1.7", "a PDF"),
    "noise.xlsx": (lambda: random.Random(7).randbytes(3_000), "not a text file"),
    "cut.xlsx": (lambda: zipped(GOOD)[:-30], "damaged"),
    "cut.xls": (lambda: by_xlwt()[:600], "damaged"),
    "cut.ods": (
        lambda: zipped(ods_parts(ods_content(ods_table("".join(map(ods_row, table(9)))))[:3_000])),
        "damaged",
    ),
    "no_rows.xlsx": (lambda: xlsx(""), "no visible worksheet with cells"),
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_can_not_be_read_is_said_to_be_what_it_is(tmp_path: Path, name: str) -> None:
    content, words = NOT_READ[name]
    assert check_bytes(tmp_path, name, content()).refuses(name, words)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_workbook_that_is_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    whole = {"xlsx": by_openpyxl, "xls": by_xlwt, "ods": READ["by_hand.ods"]}[kind]()
    name = f"cut.{kind}"
    for kept in range(8, len(whole) - 1, len(whole) // 5):
        checked = check_bytes(tmp_path, name, whole[:kept])
        # The end of an XLS is filled up: what is cut there may be nothing.
        assert checked.is_bounded
        assert checked.code == 2 or (kind == "xls" and kept > len(whole) // 2), kept


def test_a_header_alone_is_no_reason_to_refuse(tmp_path: Path) -> None:
    checked = check_bytes(tmp_path, "a.xlsx", xlsx(sheet_data([HEADER])))
    assert checked.code == 0
    assert checked.issues("code") == [("no-rows",)]

"""The marked copy: the user's own sheet, its problems at their cells and listed in front."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import TOKEN, Desk, Row, account_id, at, post_id, row, soon
from command_services import StandIn
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from program import Ended

RED, AMBER = "00FFC7CE", "00FFE699"
ODD_NAME = "it's O'Neil's, 100% & <more>"


def opened(desk: Desk, name: str) -> openpyxl.Workbook:
    with closing(openpyxl.load_workbook(desk.folder / name)) as book:
        return book


def listed(book: openpyxl.Workbook) -> list[dict[str, Any]]:
    """The problems on the first worksheet, by the heads of its columns; `link`: where to."""
    front = book.worksheets[0]
    head = next(cells for cells in front.iter_rows() if cells[0].value == "severity")
    return [
        {
            **{name.value: cell.value for name, cell in zip(head, cells, strict=True)},
            "link": cells[2].hyperlink.location,
        }
        for cells in front.iter_rows(min_row=head[0].row + 1)
    ]


def said(book: openpyxl.Workbook) -> str:
    """What stands above the list."""
    texts = []
    for (text,) in book.worksheets[0].iter_rows(max_col=1, values_only=True):
        if text == "severity":
            break
        texts.append(str(text or ""))
    return "\n".join(texts)


def places(ended: Ended) -> list[tuple[int | None, str | None, str]]:
    return [(one["row"], one["column"], one["code"]) for one in ended.document["issues"]]


def rich_workbook(path: Path) -> None:
    """What people do to their sheets. The problems: row 6's zone, row 7's account and time."""
    book = openpyxl.Workbook()
    posts = book.worksheets[0]
    posts.title = ODD_NAME
    posts.append(["A launch", None, None])
    posts.merge_cells("A1:C1")
    posts["A1"].font = Font(bold=True, size=20)
    posts.append([])
    posts.append(["post_id", "social_account_ids", "scheduled_at", "timezone", "note"])
    cells: list[list[object]] = [
        [post_id(1), account_id(1), at(24), "", "=1+1"],
        [post_id(2), account_id(1), at(25), "", "fine"],
        [post_id(3), account_id(1), "2027-05-01 09:00", "EST5", 42.5],
        [post_id(4), "@acme", "soon", "", None],
    ]
    for values in cells:
        posts.append(values)
    posts["D6"].comment = Comment("Ask Mia about this", "Jonas")
    posts["E5"].comment = Comment("Photo rights", "Ana")
    posts["C7"].fill = PatternFill("solid", fgColor="123456")
    posts["E6"].number_format = '0.00 "€"'
    posts.column_dimensions["B"].width = 41
    posts.row_dimensions[5].height = 44
    posts.freeze_panes = "A4"
    posts.conditional_formatting.add("E4:E9", CellIsRule(operator="greaterThan", formula=["9"]))
    zones = DataValidation("list", formula1='"Europe/Berlin,UTC"')
    zones.add("D4:D99")
    posts.add_data_validation(zones)
    other = book.create_sheet("Prices")
    other["A1"], other["A2"] = "=SUM(B1:B2)", "kept"
    book.create_sheet("Secret").sheet_state = "hidden"
    book.defined_names["Rate"] = DefinedName("Rate", attr_text="Prices!$A$1")
    book.active = 1
    posts.sheet_view.tabSelected = False
    book.save(path)


def posts_workbook(path: Path, *rows: Row, change: Callable[[Any], None] | None = None) -> None:
    book = openpyxl.Workbook()
    posts = book.worksheets[0]
    posts.title = "Posts"
    posts.append(list(rows[0]))
    for one in rows:
        posts.append(list(one.values()))
    if change:
        change(posts)
    book.save(path)


def unknown_column(path: Path) -> None:
    posts_workbook(path, row(1, timezon="UTC"))


def missing_column(path: Path) -> None:
    posts_workbook(path, {"social_account_ids": account_id(1), "scheduled_at": at(24)})


def merged_cells(path: Path) -> None:
    def merge(posts: Any) -> None:
        posts.insert_rows(1, 3)
        posts.insert_cols(1, 2)
        posts["G5"] = "stray"
        posts.merge_cells("E6:F7")

    posts_workbook(path, row(1), row(2, scheduled_at="soon"), change=merge)


def hidden_cells(path: Path) -> None:
    def hide(posts: Any) -> None:
        for number in (2, 3, 4):
            posts.row_dimensions[number].hidden = True
        posts.column_dimensions["D"].hidden = True

    rows = [row(number, timezone=zone) for number, zone in ((7, ""), (8, "EST5"), (9, ""))]
    posts_workbook(path, *rows, change=hide)


def long_texts(path: Path) -> None:
    long = "x" * 16_000
    bad = {**row(1), "c" * 99: long, "platform_settings": "{" + long}
    posts_workbook(path, bad)


SHEETS = {
    "week": rich_workbook,
    "unknown": unknown_column,
    "missing": missing_column,
    "merged": merged_cells,
    "hidden": hidden_cells,
    "[long] 1's": long_texts,
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, list[dict[str, Any]]]:
    """A desk with all these workbooks and their marked copies, and their issues."""
    desk = Desk(tmp_path_factory.mktemp("checked"), "http://127.0.0.1:9")
    for name, make in SHEETS.items():
        make(desk.folder / f"{name}.xlsx")
    before = {path: path.read_bytes() for path in desk.folder.iterdir()}
    ended = desk("check", *(f"{name}.xlsx" for name in SHEETS), "--json")
    assert (ended.code, ended.err) == (4, "")
    assert ended.document["marked"] == [f"{name}.problems.xlsx" for name in SHEETS]
    assert {path: path.read_bytes() for path in before} == before
    return desk, ended.document["issues"]


Opener = Callable[[str], openpyxl.Workbook]


@pytest.fixture
def marked(checked: tuple[Desk, list[dict[str, Any]]]) -> Opener:
    """marked("week") is the marked copy of week.xlsx."""
    return lambda name: opened(checked[0], f"{name}.problems.xlsx")


def test_bad_cells_are_coloured_and_say_why(marked: Opener) -> None:
    posts = marked("week")[ODD_NAME]
    red = {cell.coordinate for cells in posts for cell in cells if cell.fill.fgColor.value == RED}
    assert red == {"D6", "B7", "C7"}
    assert "EST5" in posts["D6"].comment.text
    assert "America/New_York" in posts["D6"].comment.text
    assert "Ask Mia about this" in posts["D6"].comment.text
    assert "Jonas" in posts["D6"].comment.text
    assert "@acme" in posts["B7"].comment.text
    for name in red:
        assert posts[name].font.color.value == "009C0006"


def test_the_first_worksheet_lists_the_problems_with_links(marked: Opener) -> None:
    book = marked("week")
    assert book.active == book.worksheets[0]
    assert book.sheetnames == ["Problems", ODD_NAME, "Prices", "Secret"]
    assert [sheet.sheet_view.tabSelected for sheet in book] == [True, False, False, False]
    quoted = ODD_NAME.replace("'", "''")
    problems = listed(book)
    assert [(one["severity"], one["code"], one["cell"], one["column"]) for one in problems] == [
        ("error", "unknown-timezone", "D6", "timezone"),
        ("error", "bad-id", "B7", "social_account_ids"),
        ("error", "bad-time", "C7", "scheduled_at"),
    ]
    assert [one["link"] for one in problems] == [f"'{quoted}'!{c}" for c in ("D6", "B7", "C7")]
    assert [one["value"] for one in problems] == ["EST5", "@acme", "soon"]
    assert all(one["message"] and one["hint"] for one in problems)
    assert "week.xlsx" in said(book)
    assert "3 errors" in said(book)


def test_all_else_is_as_it_was(marked: Opener, checked: tuple[Desk, list[dict[str, Any]]]) -> None:
    book, original = marked("week"), opened(checked[0], "week.xlsx")
    for sheet in original:
        copy = book[sheet.title]
        assert copy.sheet_state == sheet.sheet_state
        assert copy.merged_cells.ranges == sheet.merged_cells.ranges
        assert copy.freeze_panes == sheet.freeze_panes
        for cells in sheet:
            for cell in cells:
                twin = copy[cell.coordinate]
                assert twin.value == cell.value
                assert twin.data_type == cell.data_type or cell.value is None
                assert twin.number_format == cell.number_format
    posts = book[ODD_NAME]
    assert posts["A1"].font.size == 20
    assert posts["E5"].comment.text == "Photo rights"
    assert posts.column_dimensions["B"].width == 41
    assert posts.row_dimensions[5].height == 44
    assert str(posts.data_validations.dataValidation[0].sqref) == "D4:D99"
    assert [str(one.sqref) for one in posts.conditional_formatting] == ["E4:E9"]
    assert book.defined_names["Rate"].attr_text == "Prices!$A$1"


def test_marked_copies_are_read_like_the_sheets_themselves(
    checked: tuple[Desk, list[dict[str, Any]]],
) -> None:
    desk, issues = checked
    copies = [f"{name}.problems.xlsx" for name in SHEETS]
    again = desk("check", *copies, "--json", "--no-marked").document["issues"]
    for one in again:
        one["path"] = one["path"].replace(".problems.xlsx", ".xlsx")
    first, again = (
        [one for one in found if one["code"] not in ("hidden-rows", "hidden-column")]
        for found in (issues, again)
    )
    assert again == first


def test_a_mended_copy_is_sent_and_no_mark_stays(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.xlsx", row(1, scheduled_at="soon"), row(2, scheduled_at="later"))
    assert desk("check", "week.xlsx").code == 4
    book = opened(desk, "week.problems.xlsx")
    book["Posts"]["C2"] = at(24)
    book.save(desk.folder / "mended.xlsx")
    ended = desk("run", "mended.xlsx", "--json", "--valid-only")
    assert ended.code == 3
    assert len(service.calls) == 1
    assert ended.document["marked"] == ["mended.problems.xlsx"]
    posts = opened(desk, "mended.problems.xlsx")["Posts"]
    assert posts["C2"].comment is None
    assert posts["C2"].fill.fill_type is None
    assert posts["C3"].comment.text.count("later") == 1
    assert opened(desk, "mended.problems.xlsx").sheetnames == ["Problems", "Posts"]


def test_formulas_keep_the_values_that_they_had(desk: Desk) -> None:
    """A copy that nobody has opened yet is as good as the sheet."""
    desk.sheet("week.xlsx", row(1, note="=1+1"), row(2, scheduled_at='="so"&"on"'))
    _change(desk.folder / "week.xlsx", "xl/worksheets/sheet1.xml", _calculated)
    first = desk("check", "week.xlsx", "--json")
    assert places(first) == [(3, "scheduled_at", "bad-time")]
    assert places(desk("check", "week.problems.xlsx", "--json")) == places(first)
    with closing(openpyxl.load_workbook(desk.folder / "week.problems.xlsx", data_only=True)) as b:
        assert (b["Posts"]["D2"].value, b["Posts"]["C3"].value) == (2, "so<on>")
    formulas = opened(desk, "week.problems.xlsx")["Posts"]
    assert (formulas["D2"].value, formulas["C3"].value) == ("=1+1", '="so"&"on"')


def _calculated(xml: bytes) -> bytes:
    """As a spreadsheet program saves it."""
    number, text = rb"<f>1\+1</f><v ?/>", rb'<c r="C3"( s="\d+")?><f>(.*?)</f><v ?/>'
    xml, numbers = re.subn(number, b"<f>1+1</f><v>2</v>", xml)
    xml, texts = re.subn(text, rb'<c r="C3" t="str"><f>\2</f><v>so&lt;on&gt;</v>', xml)
    assert (numbers, texts) == (1, 1)
    return xml


def _change(path: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[member] = change(content[member])
    _pack(path, content)


def _pack(path: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


# Sheets that are no XLSX

TEXTS = ["=1+1", "007", "'x", "a\x1b[31mb", "two\nlines", "_x0041_", "1e5", "  x ", "数 🎉", "-5"]


def test_the_rows_of_a_csv_have_the_numbers_that_they_had(desk: Desk) -> None:
    """And their texts are texts."""
    lines = [f'{post_id(n)},{account_id(1)},soon,"{text}"' for n, text in enumerate(TEXTS)]
    text = "\n".join(["", "post_id,social_account_ids,scheduled_at,note", "", *lines])
    (desk.folder / "week.csv").write_text(text, encoding="utf-8", newline="")
    ended = desk("check", "week.csv", "--json")
    assert ended.document["marked"] == ["week.problems.xlsx"]
    book = opened(desk, "week.problems.xlsx")
    assert book.sheetnames[0] == "Problems"
    rows = book.worksheets[1]
    assert rows["A2"].value == "post_id"
    assert [cell.value for cell in rows[5]][:3] == [post_id(1), account_id(1), "soon"]
    assert {cell.data_type for cells in rows for cell in cells if cell.value} == {"s"}
    assert [rows[f"C{n}"].fill.fgColor.value for n in range(4, 14)] == [RED] * len(TEXTS)
    assert "soon" in rows["C4"].comment.text
    assert [one["cell"] for one in listed(book)] == [f"C{n}" for n in range(4, 14)]
    assert [rows[f"D{n}"].value for n in range(4, 14)] == [_in_xlsx(text) for text in TEXTS]
    again = desk("check", "week.problems.xlsx", "--json", "--no-marked")
    assert places(again) == places(ended)


def _in_xlsx(text: str) -> str:
    """As openpyxl shows what XML can't hold."""
    text = re.sub("_(?=x[0-9A-F]{4}_)", "_x005F_", text)
    return text.replace("\x1b", "_x001B_").replace("\r", "_x000D_")


def test_standard_input(desk: Desk) -> None:
    text = f"post_id,social_account_ids,scheduled_at\n{post_id(1)},{account_id(1)},soon\n"
    ended = desk("check", "-", "--json", stdin=text)
    assert ended.document["marked"] == ["problems.xlsx"]
    assert [one["cell"] for one in listed(opened(desk, "problems.xlsx"))] == ["C2"]
    assert "standard input" in said(opened(desk, "problems.xlsx"))
    ended = desk("run", "-", "--json", "--results", "out/", stdin=text)
    assert ended.code == 4
    assert ended.document["marked"] in (["out/problems.xlsx"], ["problems.xlsx"])


def test_a_sheet_as_wide_as_can_be_has_its_problems_in_the_list_alone(desk: Desk) -> None:
    many = {f"c{n}": "x" for n in range(16_384 - len(row(1)))}
    desk.sheet("week.csv", {**row(1), **many})
    ended = desk("check", "week.csv")
    assert ended.code == 4
    book = opened(desk, "week.problems.xlsx")
    assert "no column left" in said(book)
    assert len(listed(book)) == len(many)
    assert book["Rows"].max_column == 16_384


def test_a_large_sheet_is_written_without_colours_but_with_its_problems(desk: Desk) -> None:
    rows = [row(n, note="x" * 9) for n in range(26_000)]
    rows[7_000]["scheduled_at"] = "=soon"
    desk.sheet("week.csv", *rows)
    ended = desk("check", "week.csv")
    assert ended.code == 4
    assert "too large to colour" in ended.err
    book = opened(desk, "week.problems.xlsx")
    assert "too large to colour" in said(book)
    (problem,) = listed(book)
    assert problem["link"] == "'Rows'!C7002"
    assert "soon" in book["Rows"]["E7002"].value
    assert book["Rows"]["C7002"].data_type == "s"
    assert book["Rows"]["A26001"].value == post_id(25_999)
    assert places(desk("check", "week.problems.xlsx", "--json", "--no-marked")) == [
        (7002, "scheduled_at", "bad-time")
    ]


# What concerns more, or less, than a cell


def test_problems_of_a_whole_sheet_stand_at_its_header(marked: Opener) -> None:
    assert "timezone" in marked("unknown")["Posts"]["D1"].comment.text
    book = marked("missing")
    assert [(one["code"], one["cell"]) for one in listed(book)] == [("missing-column", "A1")]
    assert "post_id" in book["Posts"]["A1"].comment.text


def test_a_cell_without_a_header_and_one_that_is_merged(marked: Opener) -> None:
    book = marked("merged")
    cells = {one["code"]: one["cell"] for one in listed(book)}
    assert cells["unnamed-column"] == "G5"
    assert cells["bad-time"] == "E6"
    assert book["Posts"]["G5"].comment.text
    assert book["Posts"]["E6"].comment.text


def test_what_is_hidden_and_bad_is_shown(marked: Opener) -> None:
    posts = marked("hidden")["Posts"]
    assert not posts.row_dimensions[3].hidden
    assert not posts.column_dimensions["D"].hidden
    assert posts.row_dimensions[4].hidden
    assert "hidden" in said(marked("hidden"))


def test_long_texts_are_shortened_in_comments(marked: Opener) -> None:
    book = marked("[long] 1's")
    assert len(listed(book)) >= 2
    comments = [c.comment for cells in book["Posts"] for c in cells if c.comment]
    assert all(len(one.text) < 5_000 and one.height <= 600 for one in comments)


def test_a_warning_is_amber_and_the_sheet_still_sent(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.xlsx", row(1), row(1))
    ended = desk("run", "week.xlsx", "--json")
    assert ended.code == 0
    assert [one["severity"] for one in ended.document["issues"]] == ["warning"]
    assert opened(desk, "week.problems.xlsx")["Posts"]["A3"].fill.fgColor.value == AMBER
    assert service.scheduled.total() == 1


# What a copy can't keep

PARTS = {
    "macros": "xl/vbaProject.bin",
    "pictures": "xl/media/image1.png",
    "buttons": "xl/ctrlProps/ctrlProp1.xml",
    "slicers": "xl/slicers/slicer1.xml",
    "replies": "xl/threadedComments/threadedComment1.xml",
}
SHAPES = (
    b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
    b"<xdr:twoCellAnchor><xdr:sp macro=''/></xdr:twoCellAnchor></xdr:wsDr>"
)
SPARKLINES = (
    b'<extLst><ext uri="{05C60535-1F16-4FD2-B633-F4F36F0B64E0}"><x/></ext></extLst></worksheet>'
)


def test_what_a_copy_can_not_keep_is_said(desk: Desk) -> None:
    desk.sheet("week.xlsx", row(1, scheduled_at="soon"))
    desk("check", "week.xlsx")
    assert "keep" not in said(opened(desk, "week.problems.xlsx"))
    _change(
        desk.folder / "week.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</worksheet>", SPARKLINES),
    )
    with zipfile.ZipFile(desk.folder / "week.xlsx", "a") as archive:
        for name in PARTS.values():
            archive.writestr(name, b"<x/>")
        archive.writestr("xl/drawings/drawing1.xml", SHAPES)
    (desk.folder / "week.xlsx").rename(desk.folder / "week.xlsm")
    ended = desk("check", "week.xlsm")
    assert ended.code == 4
    front = said(opened(desk, "week.problems.xlsx"))
    for what in (*PARTS, "shapes", "sparklines"):
        if what != "pictures":  # one that stands on no worksheet is nowhere to be seen
            assert what in front
            assert what in ended.err


def test_a_workbook_that_can_not_be_copied_is_written_as_rows(desk: Desk) -> None:
    """A merge of all cells: openpyxl would make every one of them."""
    desk.sheet("week.xlsx", row(1, scheduled_at="soon"))
    _change(
        desk.folder / "week.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"</sheetData>",
            b'</sheetData><mergeCells count="1"><mergeCell ref="F9:XFD1048576"/></mergeCells>',
        ),
    )
    ended = desk("check", "week.xlsx")
    assert ended.code == 4
    assert "rows alone" in ended.err
    book = opened(desk, "week.problems.xlsx")
    assert "rows alone" in said(book)
    assert book["Posts"]["C2"].fill.fgColor.value == RED


# Where it goes, and where not


def test_nothing_is_written_without_problems_or_when_not_wanted(desk: Desk) -> None:
    desk.sheet("good.xlsx", row(1))
    assert desk("run", "good.xlsx").code == 0
    desk.sheet("bad.xlsx", row(1, scheduled_at="soon"))
    ended = desk("run", "bad.xlsx", "--no-marked", "--json")
    assert ended.code == 4
    assert "marked" not in ended.document
    assert list(desk.folder.glob("*problems*")) == []


def test_it_is_told_where_it_is(desk: Desk) -> None:
    desk.sheet("sub/week.xlsx", row(1, scheduled_at="soon"))
    assert str(Path("sub", "week.problems.xlsx")) in desk("run", "sub/week.xlsx").err
    assert (desk.folder / "sub" / "week.problems.xlsx").exists()
    data = (desk.folder / "sub" / "week.problems.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(TOKEN.encode() in archive.read(name) for name in archive.namelist())
    assert list((desk.folder / "sub").glob(".*")) == []


def test_it_goes_where_the_results_go(desk: Desk) -> None:
    bad = row(1, scheduled_at="soon")
    sheets = [desk.sheet("a/week.xlsx", bad), desk.sheet("b/week.csv", bad)]
    ended = desk("run", *sheets, "--results", "out", "--json")
    expected = [str(Path("out", name)) for name in ("week.problems.xlsx", "week.problems (2).xlsx")]
    assert ended.document["marked"] == expected
    ended = desk("check", sheets[1], "--results", str(Path("there", "x.xlsx")), "--json")
    assert ended.document["marked"] == [str(Path("there", "week.problems.xlsx"))]


def test_only_a_copy_that_nobody_changed_is_replaced(desk: Desk) -> None:
    desk.sheet("week.xlsx", row(1, scheduled_at="soon"))
    for _ in range(2):
        ended = desk("check", "week.xlsx", "--json")
        assert ended.document["marked"] == ["week.problems.xlsx"]
    book = opened(desk, "week.problems.xlsx")
    book["Posts"]["C2"] = "mine"
    book.save(desk.folder / "week.problems.xlsx")
    ended = desk("check", "week.xlsx", "--json")
    assert ended.document["marked"] == ["week.problems (2).xlsx"]
    assert opened(desk, "week.problems.xlsx")["Posts"]["C2"].value == "mine"
    ended = desk("check", "week.problems.xlsx", "--json")
    assert ended.document["marked"] == ["week.problems.problems.xlsx"]


def test_where_nothing_can_be_written_the_check_is_made_all_the_same(desk: Desk) -> None:
    desk.sheet("week.xlsx", row(1, scheduled_at="soon"))
    (desk.folder / "file").write_text("in the way")
    ended = desk("check", "week.xlsx", "--json", "--results", "file/x.xlsx")
    assert ended.code == 4
    assert places(ended) == [(2, "scheduled_at", "bad-time")]
    assert "marked" not in ended.document
    assert "marked copy" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder(desk: Desk) -> None:
    desk.sheet("sub/week.xlsx", row(1, scheduled_at="soon"))
    (desk.folder / "sub").chmod(0o500)
    try:
        ended = desk("check", "sub/week.xlsx", "--json")
    finally:
        (desk.folder / "sub").chmod(0o700)
    assert ended.code == 4
    assert "no marked copy" in ended.err.lower()


def test_a_sheet_that_was_changed_meanwhile_is_not_marked(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    """Its problems would stand at other cells."""
    service = start(latency=1.0)
    desk.uses(service.url)
    desk.sheet("week.xlsx", row(1), row(2, scheduled_at="soon"))
    with desk.start("run", "week.xlsx", "--valid-only", "--json") as child:
        assert soon(lambda: desk.ledger.exists() and _is_sending(desk))
        desk.sheet("week.xlsx", row(1), row(3), row(2, scheduled_at="soon"))
        ended = child.ended()
    assert ended.code == 3
    assert "marked" not in ended.document
    assert "changed meanwhile" in ended.err
    assert not (desk.folder / "week.problems.xlsx").exists()


def _is_sending(desk: Desk) -> bool:
    """Since its answer takes a second, so does what can be done before the run goes on."""
    try:
        return bool(desk.ask_ledger("SELECT 1 FROM delivery WHERE state = 'sending'"))
    except sqlite3.OperationalError:  # there are no tables yet
        return False

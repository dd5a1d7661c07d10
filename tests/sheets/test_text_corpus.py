"""Text files of every kind, through the command: exit codes, and issues at the right cells."""

from __future__ import annotations

import codecs
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from checking import check
from text_files import HEADER, every_kind, joined, row

from batch_scheduler.errors import UsageError
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet

PLACE = ("path", "code", "row", "column")


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)


def test_every_encoding_delimiter_line_ending_and_title_is_read_together(tmp_path: Path) -> None:
    files = [*every_kind()]
    write(tmp_path, {file.name: file.content for file in files})
    checked = check(tmp_path, *(file.name for file in files))
    assert checked.code == 4
    assert checked.document["rows"] == 3 * len(files)
    assert checked.document["deliveries"] == 2 * len(files)
    expected: list[tuple[str, str, int | None, str | None]] = []
    for file in files:
        if file.guessed:
            expected.append((file.name, "guessed-encoding", None, None))
        expected.append((file.name, "bad-time", file.wrong_row, "scheduled_at"))
    assert checked.issues(*PLACE) == expected


def test_every_letter_arrives(tmp_path: Path) -> None:
    for file in every_kind():
        (tmp_path / file.name).write_bytes(file.content)
        sheet = read_sheet(str(tmp_path / file.name), likeness=likeness)
        assert sheet.header == HEADER, file.name
        assert sheet.frame[3].iloc[0] == file.note, file.name


def at_each_end(delimiter: str, count: int = 3) -> str:
    return "".join(line + delimiter * count + "\n" for line in joined([HEADER, row()]).split())


GOOD: dict[str, str | bytes] = {
    "no_last_ending.csv": joined([HEADER, row()]).rstrip(),
    "mixed_endings.csv": joined([HEADER, row()], ending="\r") + joined([row()], ending="\r\n"),
    "tabs.csv": joined([HEADER, row("a, b; c | d, e, f, g, h")], "\t"),
    "commas.tsv": joined([HEADER, row()]),
    "quoted_header.csv": f'{",".join(HEADER[:3])},"note; for | us, only"\n' + joined([row()]),
    "all_quoted.csv": '"post_id";"social_account_ids";"scheduled_at"\n'
    + ";".join(f'"{cell}"' for cell in row()[:3]),
    "decimal_commas.csv": joined([[*HEADER, "# price"], [*row(), "1,50"], [*row(), "2,75"]], ";"),
    "space_before_quotes.csv": joined([HEADER]).replace(",", ", ")
    + ", ".join(row()[:3])
    + ', "a, b"\n',
    "quotes_inside.csv": joined([HEADER]) + ",".join(row()[:3]) + ',a 5" screen\n',
    "ends_in_delimiters.csv": at_each_end(","),
    "blank_columns.csv": joined([["", "", *HEADER], ["", "", *row()]]),
    "blank_rows.csv": "\n,,,\n" + joined([HEADER]) + " , ,\n\n" + joined([row()]) + ",,,\n\n",
    "short_rows.csv": joined([HEADER, row()[:3], row()]),
    "one_column_title.csv": "Plan\n" + joined([HEADER, row()], ";"),
    "group_headings.csv": "Post,,,\n" + joined([HEADER, row()]),
    "quoted_sep.csv": '"sep=;"\n' + joined([HEADER, row()], ";"),
    "odd_sep.csv": "sep=^\r\n" + joined([HEADER, row()], "^"),
    "sep_saved_again.csv": "sep=;;;;\n" + joined([HEADER, row()], ";"),
    "bom_twice.csv": codecs.BOM_UTF8 * 2 + joined([HEADER, row()]).encode(),
    "controls.csv": joined([HEADER, row("\x1b[31mred\x07 \x0b\x0c\x85\u2028 \u202e")]),
    "apostrophe.csv": joined([HEADER, row("'=1+1")]),
}


def test_honest_files_are_valid(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    checked = check(tmp_path, *GOOD)
    assert (checked.code, checked.err) == (0, "")
    assert checked.issues() == []
    assert checked.document["deliveries"] == len(GOOD) + 3  # three of them have two rows


MISSING: Issues = [("missing-column", None, None)] * 3
Issues = Sequence[tuple[str, int | None, str | None]]
WRONG: dict[str, tuple[str | bytes, Issues]] = {
    "longer.csv": (
        joined([HEADER, row(), (), [*row(), "and more"], row()]),
        [("unnamed-column", 4, "")],
    ),
    "comma_in_text.csv": (
        joined([HEADER, row()]) + ",".join(row()) + "Hello, world\n",
        [("unnamed-column", 3, "")],
    ),
    "shorter.csv": (joined([HEADER, row()[:2]]), [("missing-time", 2, "scheduled_at")]),
    "sorted.csv": (
        joined([row(), HEADER, row()]),
        [("row-above-header", 1, "post_id")],
    ),
    "empty.csv": (b"", MISSING),
    "mark.csv": (codecs.BOM_UTF8, MISSING),
    "mark16.csv": (codecs.BOM_UTF16_LE, MISSING),
    "line_ends.csv": ("\r\n" * 100, MISSING),
    "header.csv": (joined([HEADER]), [("no-rows", None, None)]),
    "header16.csv": (
        codecs.BOM_UTF16_LE + joined([HEADER], "\t").encode("utf-16-le"),
        [("no-rows", None, None)],
    ),
}


def test_what_is_wrong_is_said_at_its_cell(tmp_path: Path) -> None:
    write(tmp_path, {name: content for name, (content, _) in WRONG.items()})
    checked = check(tmp_path, *WRONG)
    assert (checked.code, checked.err) == (4, "")
    assert checked.issues(*PLACE) == [
        (name, *issue) for name, (_, issues) in WRONG.items() for issue in issues
    ]


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "stray_quote.csv": (
        joined([HEADER, row("a\nb"), row()]) + ",".join(row()[:3]) + ',"so "called""\n',
        r"row 4: a quote",
    ),
    "open_quote.csv": (
        joined([HEADER, row()]) + ",".join(row()[:3]) + ',"never\n' + joined([row(), row()]),
        r"row 3: a quote is not closed",
    ),
    "mixed_encodings.csv": (
        joined([HEADER, row("é"), row("ü\nö")]).encode() + joined([row("é")]).encode("cp1252"),
        r"row 4: some bytes are not text in UTF-8",
    ),
    "cut_utf16.csv": (
        codecs.BOM_UTF16_LE + joined([HEADER, row()]).encode("utf-16-le") + b"x",
        r"row 3: some bytes are not text in UTF-16",
    ),
    "half_emoji.csv": (
        codecs.BOM_UTF16_BE + joined([HEADER]).encode("utf-16-be") + b"\xd8\x3d\0\n",
        r"row 2: some bytes are not text in UTF-16",
    ),
    "marked_but_not.csv": (codecs.BOM_UTF8 + "é\n".encode("cp1252"), r"row 1: .* UTF-8"),
    "nul.csv": (joined([HEADER, row(), row("\0")]), r"row 3: there is a NUL byte"),
    "nul16.csv": (
        codecs.BOM_UTF16_LE + joined([HEADER, row("\0")]).encode("utf-16-le"),
        r"row 2: there is a NUL byte",
    ),
    "nuls.csv": (bytes(1000), r"not a text file"),
    "noise.csv": (bytes(range(256)) * 20, r"not a text file"),
    "wide.csv": (joined([HEADER, row(), [""] * 16_385]), r"row 3: there are more cells"),
    "long.csv": (joined([HEADER, row()]) + "x," * (1 << 25), r"there is a line of more than"),
    "page.csv": ("\n<!DOCTYPE html>\n<table><tr><td>post_id", r"a web page"),
    "table.csv": ("<table><tr><td>post_id,social_account_ids,scheduled_at", r"a web page"),
    "markup.csv": ('<?xml version="1.0"?><Workbook>', r"XML"),
    "list.csv": ('[{"post_id": "x", "scheduled_at": "y"}]', r"JSON"),
    "lines.csv": ('{"post_id": "x", "scheduled_at": "y"}\n' * 3, r"JSON"),
    "bare.csv": ("{}", r"JSON"),
    "words.csv": ("{\\rtf1\\ansi post_id}", r"Rich Text"),
    "packed.csv": (b"\x1f\x8b\x08\0\0\0\0\0", r"gzip"),
    "book.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), r"."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_or_damaged_is_refused_and_said(name: str, tmp_path: Path) -> None:
    content, why = REFUSED[name]
    write(tmp_path, {name: content})
    with pytest.raises(UsageError, match=rf"{name}\b.*{why}") as caught:
        read_sheet(str(tmp_path / name), likeness=likeness)
    assert caught.value.hint


def test_a_refusal_is_an_exit_code_and_two_lines(tmp_path: Path) -> None:
    write(tmp_path, {name: content for name, (content, _) in REFUSED.items()})
    for name in ("stray_quote.csv", "nul16.csv"):
        checked = check(tmp_path, name)
        assert (checked.code, checked.out) == (2, "")
        assert f"{name}, row" in checked.err
        assert len(checked.err.splitlines()) == 2


@pytest.mark.parametrize("name", ["utf16-tab-crlf-titled.csv", "cp1252-semicolon-cr-sep.csv"])
def test_standard_input_is_read_as_a_file_is(name: str, tmp_path: Path) -> None:
    file = next(one for one in every_kind() if one.name == name)
    write(tmp_path, {name: file.content})
    with subprocess.Popen(["cat", tmp_path / name], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        checked = check(tmp_path, "-", stdin=cat.stdout.fileno())
    assert checked.code == 4
    assert checked.issues(*PLACE) == [
        ("-", "guessed-encoding", None, None),
        ("-", "bad-time", file.wrong_row, "scheduled_at"),
    ]


def test_control_codes_reach_no_terminal(tmp_path: Path) -> None:
    name, header = "red\x1b[31m.csv", [*HEADER[:3], "\x1b]0;x\x07\u202e"]
    write(tmp_path, {name: joined([header, ["\x9b2J", *row()[1:]]])})
    shown = check(tmp_path, name, option="-v")
    assert shown.code == 4
    for text in ("red\\x1b[31m.csv", "\\x1b]0;x\\x07\\u202e", "\\x9b2J"):
        assert text in shown.out
    assert (shown.out + shown.err).replace("\n", "").isprintable()
    checked = check(tmp_path, name)
    assert checked.out.replace("\n", "").isprintable()
    assert (name, "bad-id", 2, "post_id") in checked.issues(*PLACE)

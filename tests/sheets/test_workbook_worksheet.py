"""Which worksheet is read: the one that is named, or the first that looks like posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from checking import Checked, check
from workbook_files import (
    HEADER,
    ods_content,
    ods_parts,
    ods_row,
    ods_table,
    row,
    sheet_data,
    table,
    worksheet,
    xlsx_parts,
    zipped,
)

Rows = Sequence[Sequence[str]]
COVER: Rows = [["Spring campaign"], [], ["by", "the", "agency"]]


def of(
    folder: Path, kind: str, sheets: Mapping[str, Rows], *options: str, hidden: Sequence[str] = ()
) -> Checked:
    if kind == "xlsx":
        parts = {name: worksheet(sheet_data(rows)) for name, rows in sheets.items()}
        content = zipped(xlsx_parts(parts, hidden))
    else:
        styles = (
            '<style:style style:name="off"><style:table-properties table:display="false"/>'
            "</style:style>"
        )
        tables = "".join(
            ods_table(
                "".join(map(ods_row, rows)),
                name,
                style=' table:style-name="off"' if name in hidden else "",
            )
            for name, rows in sheets.items()
        )
        content = zipped(ods_parts(ods_content(tables, styles=styles)))
    path = folder / f"a.{kind}"
    path.write_bytes(content)
    return check(folder, path.name, *options)


each_kind = pytest.mark.parametrize("kind", ["xlsx", "ods"])


@each_kind
def test_the_first_that_looks_like_posts_is_read_behind_others(tmp_path: Path, kind: str) -> None:
    sheets = {"Cover": COVER, "Empty": [], "Week": [["May"], *table(3)]}
    checked = of(tmp_path, kind, sheets)
    assert (checked.code, checked.issues(), checked.document["deliveries"]) == (0, [], 3)


@each_kind
def test_others_that_look_like_posts_are_named(tmp_path: Path, kind: str) -> None:
    sheets = {"May": table(3), "June": table(2), "Cover": COVER, "July": table(1)}
    checked = of(tmp_path, kind, sheets)
    assert checked.document["deliveries"] == 3
    [issue] = checked.document["issues"]
    assert (issue["severity"], issue["code"], issue["sheet"]) == (
        "warning",
        "other-worksheets",
        "May",
    )
    assert '"June", "July"' in issue["message"]
    assert '--sheet "June"' in issue["hint"]


@each_kind
def test_a_hidden_one_that_looks_like_posts_is_named_where_no_other_does(
    tmp_path: Path, kind: str
) -> None:
    checked = of(tmp_path, kind, {"Cover": COVER, "Week": table(3)}, hidden=["Week"])
    assert checked.code == 4
    hints = dict(checked.issues("code", "hint"))
    assert '--sheet "Week"' in hints["hidden-worksheet"]


@each_kind
def test_hidden_ones_are_read_only_if_they_are_named(tmp_path: Path, kind: str) -> None:
    sheets = {"Old": table(2), "New": table(3)}
    checked = of(tmp_path, kind, sheets, hidden=["Old"])
    assert (checked.issues(), checked.document["deliveries"]) == ([], 3)
    checked = of(tmp_path, kind, sheets, "--sheet", "Old", hidden=["Old"])
    assert (checked.issues(), checked.document["deliveries"]) == ([], 2)
    assert of(tmp_path, kind, {"Old": table(2)}, hidden=["Old"]).refuses("no visible worksheet")


@each_kind
@pytest.mark.parametrize(
    ("name", "deliveries"), [("June", 2), (" june ", 2), ("2", 2), ("1", 3), ("7", 1)]
)
def test_a_name_counts_before_a_number(
    tmp_path: Path, kind: str, name: str, deliveries: int
) -> None:
    sheets = {"May": table(3), "June": table(2), "7": table(1)}
    checked = of(tmp_path, kind, sheets, "--sheet", name)
    assert (checked.issues(), checked.document["deliveries"]) == ([], deliveries)


@each_kind
@pytest.mark.parametrize("name", ["July", "0", "4", "-1", ""])
def test_an_unknown_name_is_refused_with_those_that_there_are(
    tmp_path: Path, kind: str, name: str
) -> None:
    sheets = {"May": table(3), "June": table(2), "Old": table(1)}
    checked = of(tmp_path, kind, sheets, f"--sheet={name}", hidden=["Old"])
    assert checked.refuses(f'no worksheet "{name}"', '"May", "June", "Old"')


def test_a_text_has_no_worksheets(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(",".join(cells) for cells in table(1)))
    assert check(tmp_path, "a.csv", "--sheet", "Posts").refuses("a.csv is a text", "--sheet")


@each_kind
def test_the_chosen_one_is_read_although_another_one_is_broken(tmp_path: Path, kind: str) -> None:
    """A matrix of 2,000 columns is none of ours, and no reason to refuse the posts beside it."""
    sheets: dict[str, Rows] = {"Matrix": [[f"c{n}" for n in range(2_000)]], "Posts": table(2)}
    checked = of(tmp_path, kind, sheets)
    assert (checked.code, checked.document["deliveries"]) == (0, 2)
    assert of(tmp_path, kind, sheets, "--sheet", "Matrix").refuses("too far")


@each_kind
def test_a_name_is_shown_without_what_could_trick_a_terminal(tmp_path: Path, kind: str) -> None:
    sheets = {"May\u202e\u200b": [HEADER, row(1)], "x": COVER}
    checked = of(tmp_path, kind, sheets, "--sheet", "no")
    assert checked.refuses("no worksheet")
    assert "\u202e" not in checked.err

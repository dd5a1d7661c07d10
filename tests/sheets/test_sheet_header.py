"""A header need not be the first row: titles and notes may stand above it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from batch_scheduler.model import Sheet
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet

Reading = Callable[[Sequence[Sequence[str]], Path], Sheet]

HEADER = ["Post ID", "Social accounts", "scheduled-at", "note"]


def in_csv(rows: Sequence[Sequence[str]], folder: Path) -> Sheet:
    text = "\n".join(",".join(row) for row in rows)
    return read_sheet("-", io.BytesIO(text.encode()), likeness)


def in_xlsx(rows: Sequence[Sequence[str]], folder: Path) -> Sheet:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return read_sheet(str(folder / "a.xlsx"), likeness=likeness)


@pytest.mark.parametrize("reading", [in_csv, in_xlsx])
def test_titles_blank_rows_and_notes_above_it_are_no_data(reading: Reading, tmp_path: Path) -> None:
    above = [["Launch week", "", "", ""], [], ["", "for", "the", "post_id"], []]
    sheet = reading([*above, HEADER, ["1", "2", "3", "4"], [], ["5"]], tmp_path)
    assert sheet.header == tuple(HEADER)
    assert sheet.header_row == 5
    assert sheet.frame.index.tolist() == [6, 8]
    assert sheet.above is not None
    assert sheet.above.index.tolist() == [1, 3]


def test_the_row_that_names_most_is_the_header_the_first_of_several(tmp_path: Path) -> None:
    legend = [["post_id", "which post"], ["scheduled_at", "when"]]
    sheet = in_csv([*legend, HEADER, ["1"], HEADER], tmp_path)
    assert sheet.header_row == 3
    assert sheet.frame.index.tolist() == [4, 5]


def test_where_no_row_names_a_column_the_first_that_is_not_empty_is_taken(tmp_path: Path) -> None:
    sheet = in_csv([[], ["Beitrag", "Konto"], ["1", "2"]], tmp_path)
    assert sheet.header == ("Beitrag", "Konto")
    assert sheet.above is None


def test_one_name_alone_makes_no_header_of_a_row_further_down(tmp_path: Path) -> None:
    """A caption can be "Scheduled at": the rows above it must not be lost for that."""
    sheet = in_csv([["Beitrag", "Konto"], ["1", "2"], ["3", "Scheduled at"]], tmp_path)
    assert sheet.header_row == 1


def test_a_header_far_below_the_top_is_not_looked_for(tmp_path: Path) -> None:
    assert in_csv([["x"]] * 30 + [HEADER], tmp_path).header_row == 1
    assert in_csv([["x"]] * 29 + [HEADER], tmp_path).header_row == 30
    assert in_csv([[]] * 500 + [["x"]] * 29 + [HEADER], tmp_path).header_row == 530


def test_what_can_not_be_seen_in_a_header_does_not_count(tmp_path: Path) -> None:
    sheet = in_csv([["\u200bpost_id\u00a0", "\ufeffnote\u00ad"]], tmp_path)
    assert sheet.header == ("post_id", "note")

"""What a person finds in the results workbook."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from batch_scheduler.model import RESULT_COLUMNS, Issue, Severity, Status
from batch_scheduler.results import AccountCount, Report, Summary, write_report
from batch_scheduler.results.summary_sheet import CHART_SERIES
from batch_scheduler.results.workbook import write_workbook

COLUMNS = (*RESULT_COLUMNS, "# campaign", "first_comment.text")
ISSUE = Issue(
    severity=Severity.ERROR,
    code="unknown-timezone",
    path="week.xlsx",
    message="EST5 is not a time zone.",
    hint="Write America/New_York.",
    sheet="Posts",
    row=4,
    column="timezone",
    value="=EST5",
)


def row(number: int, status: str) -> list[str | int | None]:
    cells: dict[str, str | int | None] = dict.fromkeys(COLUMNS)
    cells.update(sheet="Posts", row=number, status=status, attempts=1, scheduled_at="2035-05-07")
    return list(cells.values())


def report(statuses: Sequence[str], *issues: Issue, counted: int | None = None) -> Report:
    def rows() -> Iterator[Sequence[str | int | None]]:
        return (row(number, status) for number, status in enumerate(statuses, 2))

    by_status = {status: list(statuses).count(status) for status in dict.fromkeys(statuses)}
    if counted is not None:
        by_status = {"accepted": counted}
    accounts = (
        AccountCount("acc-1", {"accepted": 3, "rejected": 1}, "@acme", "instagram"),
        AccountCount("acc-2", {"accepted": 2}, "@acme.uk", "instagram"),
        AccountCount("acc-3", {"in_doubt": 1}),
    )
    return Report(COLUMNS, rows, Summary((("Run", "k3f9"),), by_status, accounts), issues)


def opened(path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return openpyxl.load_workbook(path)


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    return opened(write_report(report(list(Status), ISSUE), tmp_path / "week.xlsx"))


def values(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def test_the_sheets_are_results_then_summary_then_problems(book: Workbook, tmp_path: Path) -> None:
    assert book.sheetnames == ["Results", "Summary", "Problems"]
    assert book.active is book["Results"]
    without = opened(write_report(report(["accepted"]), tmp_path / "good.xlsx"))
    assert without.sheetnames == ["Results", "Summary"]


def test_rows_stand_in_order_below_their_header_numbers_as_numbers(book: Workbook) -> None:
    header, *rows = values(book, "Results")
    assert header == COLUMNS
    assert [cells[7] for cells in rows] == list(Status)
    assert [cells[1] for cells in rows] == list(range(2, 9))
    assert {cells[11] for cells in rows} == {1}
    assert {cells[5] for cells in rows} == {"2035-05-07"}


@pytest.mark.parametrize("sheet", ["Results", "Problems"])
def test_the_header_stays_in_view_filters_and_is_printed_on_every_page(
    book: Workbook, sheet: str
) -> None:
    found = book[sheet]
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == found.dimensions
    assert found.print_title_rows == "$1:$1"
    assert found.page_setup.orientation == "landscape"
    assert found.page_setup.fitToHeight == 0
    assert found["A1"].font.bold


def test_columns_are_wide_enough_to_read_and_the_status_is_in_view(book: Workbook) -> None:
    widths = book["Results"].column_dimensions
    assert widths["D"].width >= 20  # by so much of it, ids are told apart
    assert widths["F"].width >= 20  # a time in UTC
    assert widths["K"].width >= 60  # an error
    assert sum(widths[letter].width for letter in "ABCDEFGH") <= 150


def test_every_status_has_a_colour_of_its_own_rule(book: Workbook) -> None:
    [(where, rules)] = [
        (str(found.sqref), found.rules) for found in book["Results"].conditional_formatting
    ]
    assert where == "H2:H8"
    assert [rule.text for rule in rules] == list(Status)
    fills = {rule.text: rule.dxf.fill.bgColor.rgb for rule in rules}
    assert len({fills[s] for s in ("accepted", "rejected", "held", "in_doubt")}) == 4


def test_no_green_triangles(tmp_path: Path) -> None:
    path = write_report(report(["accepted"], ISSUE), tmp_path / "week.xlsx")
    with ZipFile(path) as parts:
        for sheet in ("sheet1", "sheet3"):
            assert b'numberStoredAsText="1"' in parts.read(f"xl/worksheets/{sheet}.xml")


def test_the_summary_tells_the_run_and_counts_by_status_provider_and_account(
    book: Workbook,
) -> None:
    rows = values(book, "Summary")
    texts = [[cell for cell in cells if cell is not None] for cells in rows]
    assert ["2 of 7 deliveries are accepted by the service"] in texts
    assert ["Run", "k3f9"] in texts
    assert ["held", "1 of 7"] in texts
    start = next(number for number, cells in enumerate(rows) if cells[0] == "deliveries to")
    header = [str(name) for name in rows[start]]
    table = [dict(zip(header, cells, strict=True)) for cells in rows[start + 1 :]]
    assert [(line["deliveries to"], line["deliveries"], line["accepted"]) for line in table] == [
        ("@acme on instagram", 4, 3),
        ("@acme.uk on instagram", 2, 2),
        ("acc-3", 1, 0),
        ("all of instagram", 6, 5),
        ("all accounts", 7, 1),
    ]
    assert [line["social_account_id"] for line in table[:3]] == ["acc-1", "acc-2", "acc-3"]
    assert [line["provider"] for line in table[:2]] == ["instagram", "instagram"]


def test_a_chart_shows_every_status_of_every_account(book: Workbook) -> None:
    [chart] = book["Summary"]._charts
    assert len(chart.series) == len(CHART_SERIES) == len(Status)
    assert set(CHART_SERIES) == set(Status)
    table = values(book, "Summary")
    first = next(n for n, cells in enumerate(table, 1) if cells[0] == "deliveries to") + 1
    assert chart.series[0].cat.strRef.f == f"Summary!$A${first}:$A${len(table)}"


def test_problems_say_where_and_what_to_write(book: Workbook) -> None:
    header, problem = values(book, "Problems")
    assert dict(zip(header, problem, strict=True)) == {
        "severity": "error",
        "code": "unknown-timezone",
        "sheet": "Posts",
        "row": 4,
        "column": "timezone",
        "value": "=EST5",
        "message": "EST5 is not a time zone.",
        "hint": "Write America/New_York.",
        "path": "week.xlsx",
    }
    assert book["Problems"]["F2"].data_type == "s"


@pytest.mark.parametrize("counted", [7, 1, 0])
def test_what_a_worksheet_does_not_hold_goes_on_in_the_next(tmp_path: Path, counted: int) -> None:
    """Also where the summary counts less than there are rows."""
    path = tmp_path / "week.xlsx"
    write_workbook(report(list(Status), *[ISSUE] * 4, counted=counted), path, max_rows=3)
    book = opened(path)
    sheets = ["Results", "Results 2", "Results 3", "Summary", "Problems", "Problems 2"]
    assert book.sheetnames == sheets
    pages = [values(book, sheet) for sheet in sheets[:3]]
    assert {page[0] for page in pages} == {COLUMNS}
    assert [cells[7] for page in pages for cells in page[1:]] == list(Status)
    assert ["on 3 worksheets, each of at most 3 rows"] in [
        [cell for cell in cells[1:] if cell] for cells in values(book, "Summary")
    ]


def test_no_rows_still_have_a_header_and_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "week.xlsx"
    write_report(Report(COLUMNS, lambda: iter(()), Summary()), path)
    book = opened(path)
    assert values(book, "Results")[0] == COLUMNS
    assert "0 of 0" in str(book["Summary"]["A2"].value)


def test_many_accounts_do_not_push_each_other_out(tmp_path: Path) -> None:
    accounts = tuple(AccountCount(f"acc-{n}", {"accepted": n}) for n in range(300))
    path = tmp_path / "week.xlsx"
    write_report(Report(COLUMNS, lambda: iter(()), Summary((), {}, accounts)), path)
    column = [cells[0] for cells in values(opened(path), "Summary")]
    assert column[-301:] == [*(f"acc-{n}" for n in range(300)), "all accounts"]

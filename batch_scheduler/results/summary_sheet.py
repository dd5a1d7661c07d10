"""The Summary worksheet: the run, counts per status, provider and account, and a chart.

The writer puts one table on a worksheet and draws charts from all of its rows; above it there is
room for merged cells that hold text. So every count is in the one table, and the rest is above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rustpy_xlsxwriter import Format

from batch_scheduler.model import Status
from batch_scheduler.results import style
from batch_scheduler.results.report import AccountCount, Summary
from batch_scheduler.results.worksheet import Worksheet, fitting

Merge = tuple[int, int, int, int, str, Format]
Row = tuple[str | int | None, ...]

COLUMNS = ("deliveries to", "provider", "deliveries", *map(str, Status), "social_account_id")

CHART_SERIES = (
    Status.ALREADY_ACCEPTED,
    Status.REJECTED,
    Status.ACCEPTED,
    Status.IN_DOUBT,
    Status.WAITING,
    Status.HELD,
    Status.INVALID,
)
"""Its place gives a series its colour: blue, red, green, violet, turquoise, orange, pale blue."""

_COUNTED = {"deliveries", *Status}
_TROUBLE = [s for s in Status if s not in (Status.ACCEPTED, Status.ALREADY_ACCEPTED)]
_WIDTHS = [30.0, 14.0, 12.0, *(max(12.0, len(status) + 3.0) for status in Status), 38.0]
_LABEL, _VALUE = (0, 1), (2, 4)
_CHART_COLUMN = _VALUE[1] + 2
_TOP = 3
_CHART_LINES = range(15, 41)
_LINE_POINTS, _LINE_PIXELS = 20.0, 27
_BAR_PIXELS = 28


def summary_sheet(summary: Summary, pages: int, max_rows: int) -> Worksheet:
    """`pages`: how many worksheets the results fill, of at most `max_rows` rows each."""
    if pages > 1:
        more = ("Results", f"on {pages} worksheets, each of at most {max_rows:,} rows")
        summary = replace(summary, facts=(*summary.facts, more))
    rows = list(_table(summary))
    blocks = list(_blocks(summary))
    end = max(_TOP + _chart_lines(len(rows)), *(merge[2] + 1 for merge in blocks))
    header_row = end + 2
    blocks.append(_line(end + 1, (0, len(COLUMNS) - 1), "Counts", style.section()))
    options = {
        "header_row": header_row,
        "merge_ranges": blocks,
        "row_heights": {0: 32.0, **dict.fromkeys(range(1, header_row + 1), _LINE_POINTS)},
        "dedupe_strings": True,  # not row by row: that loses the heights of merged rows
        "column_widths": _WIDTHS,
        "column_formats": [style.count() if c in _COUNTED else style.cell() for c in COLUMNS],
        "conditional_formats": {c: style.above_zero(c) for c in _TROUBLE},
        "banded_rows": style.BAND,
        "header_format": style.header(),
        "charts": [_chart(end - _TOP)],
        "sheet_view": {"gridlines": False},
        "page_setup": style.page(),
    }
    return Worksheet("Summary", COLUMNS, rows, options)


def _blocks(summary: Summary) -> Iterator[Merge]:
    wide = (0, len(COLUMNS) - 1)
    yield _line(0, wide, "What became of the posts", style.title())
    yield _line(1, wide, _headline(summary), style.subtitle())
    statuses = [
        (status, f"{count:,} of {summary.deliveries:,}", style.label(style.STATUS_COLOURS[status]))
        for status in Status
        if (count := summary.by_status.get(status, 0))
    ]
    facts = [(label, value, style.label()) for label, value in summary.facts]
    row = _TOP
    for heading, lines in (("Run", facts), ("Deliveries by status", statuses)):
        yield _line(row, (_LABEL[0], _VALUE[1]), heading, style.section())
        for label, value, label_style in lines:
            row += 1
            yield _line(row, _LABEL, label, label_style)
            yield _line(row, _VALUE, value, style.value())
        row += 2


def _line(row: int, columns: tuple[int, int], text: str, form: Format) -> Merge:
    return (row, columns[0], row, columns[1], fitting(text), form)


def _headline(summary: Summary) -> str:
    accepted = sum(
        summary.by_status.get(status, 0) for status in (Status.ACCEPTED, Status.ALREADY_ACCEPTED)
    )
    noun = "delivery is" if summary.deliveries == 1 else "deliveries are"
    return f"{accepted:,} of {summary.deliveries:,} {noun} accepted by the service"


def _table(summary: Summary) -> Iterator[Row]:
    """Each account, providers of several accounts, all: a bar chart draws the last on top."""
    providers: dict[str, list[AccountCount]] = {}
    for account in summary.by_account:
        yield _counts(_called(account), account.provider, account.by_status, account.account)
        if account.provider:
            providers.setdefault(account.provider, []).append(account)
    for provider, accounts in providers.items():
        if len(accounts) > 1:
            together = sum((Counter(account.by_status) for account in accounts), Counter())
            yield _counts(f"all of {provider}", provider, together)
    yield _counts("all accounts", "", summary.by_status)


def _called(account: AccountCount) -> str:
    name = account.name or account.account
    return f"{name} on {account.provider}" if account.provider else name


def _counts(what: str, provider: str, by_status: Mapping[str, int], account: str = "") -> Row:
    counts = [by_status.get(status, 0) for status in Status]
    return (what, provider, sum(counts), *counts, account)


def _chart_lines(bars: int) -> int:
    lines = -(-bars * _BAR_PIXELS // _LINE_PIXELS) + 3
    return min(max(lines, _CHART_LINES.start), _CHART_LINES.stop)


def _chart(lines: int) -> dict[str, Any]:
    """Shares, so that the bar of all accounts and that of a small one can both be read."""
    return {
        "type": "bar_percent_stacked",
        "title": "Share of deliveries by status",
        "categories": COLUMNS[0],
        "series": [str(status) for status in CHART_SERIES],
        "row": _TOP,
        "col": _CHART_COLUMN,
        "width": 640,
        "height": lines * _LINE_PIXELS,
    }

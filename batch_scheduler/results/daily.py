"""What became of deliveries day by day, as a workbook with a plot, and as text for a mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from batch_scheduler.model import Status
from batch_scheduler.results import style
from batch_scheduler.results.whole_file import write_whole
from batch_scheduler.results.worksheet import Worksheet, write_sheets

COUNTED = (Status.ACCEPTED, Status.REJECTED, Status.HELD, Status.IN_DOUBT)
_SERIES = (Status.HELD, Status.REJECTED, Status.ACCEPTED, Status.IN_DOUBT)
"""Its place gives a series its colour: blue, red, green, violet."""
_HEAD = ("day", "account", "provider")
_COLUMNS = (*_HEAD, *map(str, COUNTED), "social_account_id")
_WIDTHS = [14.0, 30.0, 14.0, *(13.0 for _ in COUNTED), 38.0]


@dataclass(frozen=True, slots=True)
class DayCount:
    """One account on one day (UTC, ISO 8601). `name` and `provider` are "" where unknown."""

    day: str
    account: str
    name: str
    provider: str
    by_status: Mapping[str, int]


def write_daily(counts: Sequence[DayCount], since: date, path: Path) -> Path:
    """See write_report: whole or not at all. Raises UsageError."""
    sheets = [_days(counts, since), _accounts(counts)]
    return write_whole(path, lambda draft: write_sheets(sheets, draft))


def daily_text(counts: Sequence[DayCount]) -> str:
    """A line for each day and account, in columns."""
    if not counts:
        return "Nothing was sent, rejected, held or left in doubt."
    rows = [("day", "account", *(str(one).replace("_", " ") for one in COUNTED))]
    rows += [(one.day, _called(one), *_figures(one.by_status)) for one in counts]
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one.by_status)
    rows.append(("all", "", *_figures(total)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _figures(by_status: Mapping[str, int]) -> list[str]:
    return [f"{by_status.get(status, 0):,}" for status in COUNTED]


def _called(one: DayCount) -> str:
    name = one.name or one.account
    return f"{name} ({one.provider})" if one.provider else name


def _days(counts: Sequence[DayCount], since: date) -> Worksheet:
    """Every day, also those on which nothing was: a plot without them would mislead."""
    last = date.fromisoformat(counts[-1].day) if counts else since
    span = range((last - since).days + 1)
    days = {(since + timedelta(number)).isoformat(): Counter[str]() for number in span}
    for one in counts:
        days[one.day].update(one.by_status)
    columns = ("day", *map(str, COUNTED))
    rows: list[Sequence[str | int | None]] = [
        (day, *(total.get(status, 0) for status in COUNTED)) for day, total in days.items()
    ]
    chart = {
        "type": "column_stacked",
        "title": "Deliveries by day",
        "categories": "day",
        "series": [str(status) for status in _SERIES],
        "row": 0,
        "col": len(columns) + 1,
        "width": 900,
        "height": 420,
    }
    return Worksheet("Days", columns, rows, {**_table(columns, [14.0] * 5), "charts": [chart]})


def _accounts(counts: Sequence[DayCount]) -> Worksheet:
    return Worksheet("Accounts", _COLUMNS, _rows(counts), _table(_COLUMNS, _WIDTHS))


def _rows(counts: Sequence[DayCount]) -> Iterator[tuple[str | int | None, ...]]:
    for one in counts:
        figures = (one.by_status.get(status, 0) for status in COUNTED)
        yield (one.day, one.name or one.account, one.provider, *figures, one.account)


def _table(columns: Sequence[str], widths: list[float]) -> dict[str, object]:
    counted = set(map(str, COUNTED))
    return {
        **style.table(widths),
        "column_formats": [style.count() if c in counted else style.cell() for c in columns],
        "conditional_formats": {str(s): style.above_zero(s) for s in COUNTED[1:]},
    }

"""What the ledger knows of one sheet of a run → its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from batch_scheduler.ledger import Ledger, RunRecord, SourceRecord
from batch_scheduler.model import RESULT_COLUMNS, Issue, Status, utc_text
from batch_scheduler.results.daily import DayCount
from batch_scheduler.results.report import AccountCount, Report, Summary

FILE = "# file"
"""The column that says which sheet a row came from, where a workbook is for several."""
_MOST_TOLD = 20


class Part(NamedTuple):
    """One sheet of a run. `called`: how a person is told which one it is."""

    run: RunRecord
    source: SourceRecord
    called: str


Together = Callable[[Sequence[Sequence[str]]], tuple[list[str], list[list[int]]]]
"""See planning.together."""


def report_of(ledger: Ledger, run: RunRecord, source: SourceRecord) -> Report:
    """The rows are read from the ledger when they are asked for."""
    return Report(
        columns=tuple(_different([*RESULT_COLUMNS, *source.columns])),
        rows=lambda: ledger.results(run.id, source),
        summary=Summary(
            facts=tuple(_facts(run, source)),
            by_status=ledger.counts(run.id, source.number),
            by_account=account_counts(ledger, run.id, source.number),
        ),
        issues=_issues(run, source),
    )


def report_of_several(ledger: Ledger, parts: Sequence[Part], together: Together) -> Report:
    """One after the other, each row with the name of its sheet. Summed up in one."""
    columns, places = together([part.source.columns for part in parts])
    by_status = [ledger.counts(part.run.id, part.source.number) for part in parts]
    total = sum(map(Counter, by_status), Counter[str]())
    by_account: dict[str, AccountCount] = {}
    for part in parts:
        for one in account_counts(ledger, part.run.id, part.source.number):
            before = by_account.get(one.account)
            counts = Counter(before.by_status if before else {}) + Counter(one.by_status)
            by_account[one.account] = replace(one, by_status=counts)
    return Report(
        columns=tuple(_different([*RESULT_COLUMNS, FILE, *columns])),
        rows=lambda: _rows_of_several(ledger, parts, len(columns), places),
        summary=Summary(tuple(_facts_of_several(parts, by_status)), total, (*by_account.values(),)),
        issues=[
            replace(issue, path=part.called)
            for part in parts
            for issue in _issues(part.run, part.source)
        ],
    )


def _rows_of_several(
    ledger: Ledger, parts: Sequence[Part], width: int, places: Sequence[Sequence[int]]
) -> Iterator[list[str | int | None]]:
    own = len(RESULT_COLUMNS)
    for part, columns in zip(parts, places, strict=True):
        for row in ledger.results(part.run.id, part.source):
            cells: list[str | int | None] = [None] * width
            for place, cell in zip(columns, row[own:], strict=True):
                cells[place] = cell
            yield [*row[:own], part.called, *cells]


def _facts_of_several(
    parts: Sequence[Part], by_status: Sequence[Mapping[str, int]]
) -> Iterator[tuple[str, str]]:
    yield "Sheets", f"{len(parts):,}"
    for part, counts in [*zip(parts, by_status, strict=True)][:_MOST_TOLD]:
        counted = ", ".join(f"{counts[one]:,} {one}" for one in Status if counts.get(one))
        yield part.called, f"{counted or 'no rows'} (run {part.run.id}, {part.run.status})"
    if len(parts) > _MOST_TOLD:
        yield "…", f"and {len(parts) - _MOST_TOLD:,} more, see the column {FILE}"
    yield "Service", parts[0].run.service


def _issues(run: RunRecord, source: SourceRecord) -> list[Issue]:
    place = source.path, source.sheet
    return [issue for issue in run.issues if (issue.path, issue.sheet) == place]


def account_counts(ledger: Ledger, run: str, source: int | None = None) -> tuple[AccountCount, ...]:
    """In the order of the input."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for account, name, provider, status, count in ledger.counts_by_account(run, source):
        counts.setdefault((account, name, provider), Counter())[status] += count
    return tuple(
        AccountCount(account, by_status, name, provider)
        for (account, name, provider), by_status in counts.items()
    )


def day_counts(ledger: Ledger, service: str, since: float) -> list[DayCount]:
    """By day, and on a day by account in the order in which they came."""
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for *about, status, count in ledger.counts_by_day(service, since):
        counts.setdefault(tuple(about), Counter())[status] += count
    return [
        DayCount(day, account, name, provider, by_status)
        for (day, account, name, provider), by_status in counts.items()
    ]


def _facts(run: RunRecord, source: SourceRecord) -> Iterator[tuple[str, str]]:
    yield "Run", run.id
    yield "Sheet", f"{source.path} ({source.sheet})" if source.sheet else source.path
    yield "Ended as", run.status
    if run.reason:
        yield "Why", run.reason
    yield "Started", utc_text(run.started_at)
    if run.finished_at is not None:
        yield "Finished", utc_text(run.finished_at)
    yield "Service", run.service
    yield "Team", str(run.settings.get("team_id") or "as the rows say")
    yield "Settings", ", ".join(_settings(run)) or "the usual ones"


def _settings(run: RunRecord) -> Iterator[str]:
    for name, value in run.settings.items():
        if name != "team_id":
            shown = " ".join(map(str, value)) if isinstance(value, list) else value
            yield name.replace("_", " ") + ("" if shown is True else f" {shown}")


def _different(names: Sequence[str]) -> Iterator[str]:
    """A column that has no name, or another's, gets one that a reader can still place."""
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        shown = name or f"# column {place}"
        number = 2
        while shown in taken:
            shown, number = f"{name} ({number})", number + 1
        taken.add(shown)
        yield shown

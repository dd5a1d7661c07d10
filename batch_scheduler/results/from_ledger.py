"""What the ledger knows of one sheet of a run → its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from batch_scheduler.ledger import Ledger, RunRecord, SourceRecord
from batch_scheduler.model import RESULT_COLUMNS, utc_text
from batch_scheduler.results.daily import DayCount
from batch_scheduler.results.report import AccountCount, Report, Summary


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
        issues=[one for one in run.issues if (one.path, one.sheet) == (source.path, source.sheet)],
    )


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

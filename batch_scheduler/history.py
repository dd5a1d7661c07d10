"""Runs as the ledger remembers them, and their results sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import LedgerError, UsageError
from batch_scheduler.ledger import Ledger, RunRecord, SourceRecord
from batch_scheduler.model import RESULT_COLUMNS, Issue, Status

if TYPE_CHECKING:
    from batch_scheduler.marking import Marked
    from batch_scheduler.preparation import Figures
    from batch_scheduler.results import AccountCount
    from batch_scheduler.results.from_ledger import Part


@dataclass(frozen=True, slots=True)
class Finished:
    """A run as it ended, or as it stands.

    `results`: where its results sheets were written; `marked`: copies of sheets with problems.
    """

    run: RunRecord
    counts: Mapping[str, int]
    by_account: Sequence[AccountCount]
    results: Sequence[Path] = ()
    figures: Figures | None = None
    marked: Sequence[Marked] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why deliveries to one account are not accepted. `account`: its name where it is known;
    `rows`: of the sheet; `at`: the time of the first of them, in UTC.
    """

    rows: Sequence[int]
    account: str
    at: str
    status: str
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, before the ledger says so. `at`: seconds since 1970."""

    status: str
    reason: str | None
    at: float


def find(ledger: Ledger, prefix: str) -> str:
    """The run whose id begins so. Raises UsageError where that is none, or not one alone."""
    found = ledger.match(prefix)
    if not found:
        hint = "`batch-scheduler runs` lists them"
        raise UsageError(f"there is no run {prefix!r} in this ledger", hint)
    if len(found) > 1 and prefix not in found:
        raise UsageError(
            f"several runs begin with {prefix!r}: {', '.join(found)} …", "write more of the id"
        )
    return prefix if prefix in found else found[0]


def state(ledger: Ledger, run: str) -> Finished:
    from batch_scheduler.results.from_ledger import account_counts

    record = ledger.run(run)
    if record is None:
        raise LedgerError(f"run {run} is not in the ledger any more")
    return Finished(record, ledger.counts(run), account_counts(ledger, run))


def troubles(ledger: Ledger, run: str, most: int) -> list[Trouble]:
    """The first ones, in the order of the input; invalid rows have issues instead."""
    names = {account: name for account, name, *_ in ledger.counts_by_account(run, None)}
    found: dict[tuple[str, ...], tuple[str, list[int]]] = {}
    for one in islice(_unaccepted(ledger, run), _MOST_LOOKED_AT):
        account = one["social_account_id"]
        said = (names.get(account) or account, one["status"], one["error_code"], one["error"])
        alike = tuple(str(word or "") for word in said)
        if alike in found or len(found) < most:
            rows = found.setdefault(alike, (str(one["scheduled_at"] or ""), []))[1]
            rows.append(int(one["row"] or 0))
    return [Trouble(rows, account, at, *why) for (account, *why), (at, rows) in found.items()]


_MOST_LOOKED_AT = 1000
_FINE = {Status.ACCEPTED, Status.ALREADY_ACCEPTED, Status.INVALID}


def _unaccepted(ledger: Ledger, run: str) -> Iterator[dict[str, str | int | None]]:
    for source in ledger.sources(run):
        for values in ledger.results(run, source):
            one = dict(zip(RESULT_COLUMNS, values, strict=False))
            if one["status"] not in _FINE:
                yield one


def write_results(
    ledger: Ledger, run: str, places: Sequence[Path] | None = None, ended: Ended | None = None
) -> Finished:
    """`places`: one for each sheet; else where they were meant to go. Those with the same place go
    into one workbook. Raises UsageError.
    """
    from batch_scheduler.results import write_report
    from batch_scheduler.results.from_ledger import Part, report_of

    now = state(ledger, run)
    if ended:
        end = replace(now.run, status=ended.status, reason=ended.reason, finished_at=ended.at)
        now = replace(now, run=end)
    sources = ledger.sources(run)
    if places is None:
        places = [Path(source.results or "results.csv") for source in sources]
    by_place: dict[Path, list[SourceRecord]] = {}
    for source, place in zip(sources, places, strict=True):
        by_place.setdefault(place, []).append(source)
    written = [
        write_report(report_of(ledger, now.run, own[0]), place)
        if len(own) == 1
        else write_together(ledger, [Part(now.run, one, one.path) for one in own], place)
        for place, own in by_place.items()
    ]
    return replace(now, results=written)


def write_together(
    ledger: Ledger, parts: Sequence[Part], place: Path, more: Sequence[Issue] = ()
) -> Path:
    """One workbook for sheets of one run or several, with issues of others. Raises UsageError."""
    from batch_scheduler.planning import together
    from batch_scheduler.results import write_report
    from batch_scheduler.results.from_ledger import report_of_several

    report = report_of_several(ledger, parts, together)
    return write_report(replace(report, issues=[*report.issues, *more]), place)


def ending(counts: Mapping[str, int]) -> str:
    """The status of a run that came to its end."""
    good = sum(counts.get(status, 0) for status in (Status.ACCEPTED, Status.ALREADY_ACCEPTED))
    return "complete" if good == sum(counts.values()) else "partial"

"""Runs as the ledger remembers them, and their results sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import LedgerError, UsageError
from batch_scheduler.ledger import Ledger, RunRecord
from batch_scheduler.model import RESULT_COLUMNS, Status

if TYPE_CHECKING:
    from batch_scheduler.marking import Marked
    from batch_scheduler.preparation import Figures
    from batch_scheduler.results import AccountCount


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
    """A delivery that is not accepted. `account`: its name where it is known; `at`: in UTC."""

    row: int
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
    fine = {Status.ACCEPTED, Status.ALREADY_ACCEPTED, Status.INVALID}
    names = {account: name for account, name, *_ in ledger.counts_by_account(run, None)}
    found: list[Trouble] = []
    for source in ledger.sources(run):
        for values in ledger.results(run, source):
            one = dict(zip(RESULT_COLUMNS, values, strict=False))
            if one["status"] in fine:
                continue
            account = names.get(one["social_account_id"]) or one["social_account_id"]
            said = (one["scheduled_at"], one["status"], one["error_code"], one["error"])
            found.append(Trouble(int(one["row"] or 0), str(account), *(str(x or "") for x in said)))
            if len(found) == most:
                return found
    return found


def write_results(
    ledger: Ledger, run: str, places: Sequence[Path] | None = None, ended: Ended | None = None
) -> Finished:
    """`places`: one for each sheet; else where they were meant to go. Raises UsageError."""
    from batch_scheduler.results import write_report
    from batch_scheduler.results.from_ledger import report_of

    now = state(ledger, run)
    if ended:
        end = replace(now.run, status=ended.status, reason=ended.reason, finished_at=ended.at)
        now = replace(now, run=end)
    sources = ledger.sources(run)
    if places is None:
        places = [Path(source.results or "results.csv") for source in sources]
    written = [
        write_report(report_of(ledger, now.run, source), place)
        for source, place in zip(sources, places, strict=True)
    ]
    return replace(now, results=written)


def ending(counts: Mapping[str, int]) -> str:
    """The status of a run that came to its end."""
    good = sum(counts.get(status, 0) for status in (Status.ACCEPTED, Status.ALREADY_ACCEPTED))
    return "complete" if good == sum(counts.values()) else "partial"

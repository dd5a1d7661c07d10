"""What came of an undo, as a sheet of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from batch_scheduler.ledger import Ledger, RunRecord, Scheduled
from batch_scheduler.model import Issue, Severity, Status, utc_text
from batch_scheduler.results import AccountCount, Report, Summary
from batch_scheduler.results.from_ledger import account_counts
from batch_scheduler.undo.target import Ending, Word

COLUMNS = (
    "team_id",
    "post_id",
    "social_account_id",
    "scheduled_at",
    "scheduled_post_id",
    "outcome",
    "said",
)
ASSUMED = (
    "That moving a post to draft takes back all that is scheduled of it is an assumption: the "
    "service does not document it. What stands here is what each post showed afterwards."
)
Told = tuple[Scheduled, Ending]


def row_of(told: Told) -> tuple[str | None, ...]:
    """In the order of COLUMNS."""
    row, ending = told
    at = utc_text(row.instant)
    return (row.team, row.post, row.account, at, row.scheduled_post_id, ending.word, ending.said)


def report_of(ledger: Ledger, run: RunRecord, told: Sequence[Told], now: float) -> Report:
    """The summary counts what the run's own results sheet calls these deliveries now."""
    by_status = Counter[str](_status(one) for one in told)
    return Report(
        columns=COLUMNS,
        rows=lambda: map(row_of, told),
        summary=Summary(tuple(_facts(run, told, now)), by_status, _by_account(ledger, run, told)),
        issues=[
            Issue(
                Severity.WARNING,
                "assumed-move-to-draft",
                run.id,
                ASSUMED,
                "Look at a post in Octospark where it matters.",
            )
        ],
    )


def _facts(run: RunRecord, told: Sequence[Told], now: float) -> list[tuple[str, str]]:
    words = Counter(ending.word for _, ending in told)
    return [
        ("Run", run.id),
        ("Asked for", utc_text(now)),
        ("Service", run.service),
        *((word.replace("_", " "), f"{words[word]:,} deliveries") for word in Word if words[word]),
        ("Assumed", "that a move to draft takes all back;"),
        ("", "the service does not document it"),
    ]


def _by_account(ledger: Ledger, run: RunRecord, told: Sequence[Told]) -> tuple[AccountCount, ...]:
    counts: dict[str, Counter[str]] = {}
    for one in told:
        counts.setdefault(one[0].account, Counter())[_status(one)] += 1
    named: Mapping[str, AccountCount] = {
        known.account: known for known in account_counts(ledger, run.id)
    }
    return tuple(
        AccountCount(account, by_status, named[account].name, named[account].provider)
        for account, by_status in counts.items()
    )


def _status(told: Told) -> str:
    row, ending = told
    if ending.word is Word.UNDONE:
        return Status.REJECTED
    if ending.word is Word.UNCONFIRMED or row.state != "accepted":
        return Status.IN_DOUBT
    return Status.ACCEPTED

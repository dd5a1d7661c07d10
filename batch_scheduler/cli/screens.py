"""What a person reads: issues, the plan, a run and its accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from batch_scheduler.cli.plain import plain
from batch_scheduler.model import Issue, Severity, Status, utc_text

if TYPE_CHECKING:
    from batch_scheduler.history import Finished
    from batch_scheduler.ledger import RunRecord
    from batch_scheduler.marking import Marked
    from batch_scheduler.octospark import Account
    from batch_scheduler.planning import Plan, Understood
    from batch_scheduler.preparation import Figures
    from batch_scheduler.results import AccountCount

MOST_ISSUES, MOST_LOGGED = 100, 1_000
"""Shown on a terminal, and elsewhere; what is beyond is counted by kind."""
_MOST_KINDS = 20
_UNBOUNDED = 10_000

_INK = {
    Status.ACCEPTED: "green",
    Status.ALREADY_ACCEPTED: "green",
    Status.REJECTED: "red",
    Status.HELD: "yellow",
    Status.WAITING: "yellow",
    Status.IN_DOUBT: "magenta",
    Status.INVALID: "red",
}


def show_issues(console: Console, issues: Sequence[Issue], elsewhere: str) -> None:
    """`elsewhere` says where those beyond the first hundred, or thousand, are."""
    most = MOST_ISSUES if console.is_terminal else MOST_LOGGED
    for issue in issues[:most]:
        ink = "red" if issue.severity is Severity.ERROR else "yellow"
        head = Text.assemble((f"{issue.severity} ", ink), (place(issue), "bold"), ": ")
        console.print(head + Text(plain(issue.message)), soft_wrap=True)
        if issue.hint:
            console.print(Text(f"      {plain(issue.hint)}", style="dim"), soft_wrap=True)
    if len(issues) > most:
        console.print(f"… and {len(issues) - most:,} more: {elsewhere}. All together:")
        _show_kinds(console, issues)


def _show_kinds(console: Console, issues: Sequence[Issue]) -> None:
    kinds = Counter((issue.severity, issue.column or "", issue.code) for issue in issues)
    for (severity, column, code), count in kinds.most_common(_MOST_KINDS):
        where = f"{plain(column)} " if column else ""
        console.print(Text(f"{count:>9,} {severity} {where}[{code}]"), soft_wrap=True)
    if len(kinds) > _MOST_KINDS:
        console.print(f"          and {len(kinds) - _MOST_KINDS:,} kinds more")


def place(issue: Issue) -> str:
    """week.xlsx, Posts, row 4, timezone."""
    parts = [issue.path, issue.sheet, issue.row and f"row {issue.row}", issue.column]
    where = _listed(*(plain(part) for part in parts if part))
    return f"{where} [{issue.code}]"


def show_plan(console: Console, plan: Plan) -> None:
    """What the columns are, where that is not plain; what would be sent, and what would not."""
    for sheet in plan.understood:
        show_understood(console, sheet)
    entries = plan.entries
    states = entries["state"].value_counts()
    sent = entries[entries["call"] > 0]
    console.print(
        f"{_count(plan.rows, 'row')}, {_count(plan.deliveries, 'delivery', 'deliveries')}: "
        f"{len(sent):,} to send in {_count(plan.calls, 'call')}.",
        soft_wrap=True,
    )
    if len(sent):
        first, last = utc_text(sent["instant"].min()), utc_text(sent["instant"].max())
        posts, accounts = sent["post"].nunique(), sent["account"].nunique()
        console.print(
            f"{_count(posts, 'post')} on {_count(accounts, 'account')}, "
            f"scheduled from {first} to {last}."
        )
    others = [
        f"{count:,} {words}"
        for state, words in _NOT_SENT.items()
        if (count := states.get(state, 0))
    ]
    if others:
        console.print(f"Not sent: {', '.join(others)}.", soft_wrap=True)


def show_understood(console: Console, sheet: Understood) -> None:
    """week.csv, as Publer's template: Date → scheduled_at, Text → text; 3 columns ignored."""
    from batch_scheduler.planning.problem import listed

    other = sheet.in_other_words()
    if not other and not sheet.format:
        return
    ignored = sum(name == "ignore" and not text.startswith("#") for text, name in sheet.means)
    where = _listed(sheet.path, sheet.sheet)
    what = f"{where}, as {sheet.format}'s template: " if sheet.format else f"{where}: "
    texts: dict[str, list[str]] = {}
    for text, name in other:
        texts.setdefault(name, []).append(text)
    pairs = [f"{listed(own, 1)} → {name}" for name, own in texts.items()]
    said = ", ".join(pairs) or "our own columns"
    more = f"; {_count(ignored, 'column')} ignored" if ignored else ""
    console.print(Text(plain(f"{what}{said}{more}.")), soft_wrap=True)


_NOT_SENT = {
    "already_accepted": "accepted by an earlier run",
    "held": "held, because a person must decide",
    "in_doubt": "in doubt from an earlier run",
    "rejected": "rejected, because their account can't publish",
    "invalid": "invalid",
}


def show_finished(console: Console, done: Finished) -> None:
    run = done.run
    ink = {"complete": "green", "running": "cyan"}.get(run.status, "yellow")
    console.print(Text.assemble("Run ", (run.id, "bold"), ": ", (run.status, ink)))
    if run.reason:
        console.print(Text(plain(run.reason), style=ink), soft_wrap=True)
    if done.by_account:
        _show_by_account(console, done.by_account)
    elif done.counts:
        console.print(", ".join(f"{count:,} {status}" for status, count in done.counts.items()))
    for path in done.results:
        console.print(Text(f"Results: {plain(path)}"), soft_wrap=True)


def show_marked(console: Console, marked: Iterable[Marked]) -> None:
    """Where the marked copies are, and what a person must know of each."""
    for one in marked:
        told = f"Marked copy: {one.path}" if one.path else f"No marked copy of {one.sheet}."
        console.print(Text(plain(told)), soft_wrap=True)
        for note in one.notes:
            console.print(Text(f"      {plain(note)}", style="dim"), soft_wrap=True)


def _show_by_account(console: Console, by_account: Sequence[AccountCount]) -> None:
    statuses = [status for status in Status if any(one.by_status.get(status) for one in by_account)]
    table, lines = _table(), list[Text]()
    table.add_column("account")
    table.add_column("provider")
    for status in statuses:
        table.add_column(status, justify="right", style=_INK[status])
    for one in by_account:
        name, provider = plain(one.name or one.account), plain(one.provider)
        counts = [f"{count:,}" if (count := one.by_status.get(s, 0)) else "" for s in statuses]
        table.add_row(Text(name), Text(provider), *counts)
        said = (f"{count} {s}" for count, s in zip(counts, statuses, strict=True) if count)
        lines.append(Text(f"{_listed(name, provider)}: {', '.join(said)}"))
    _show_whole(console, table, lines)


def show_runs(console: Console, runs: Iterable[tuple[RunRecord, Mapping[str, int]]]) -> None:
    table = _table()
    for name in ("run", "started (UTC)", "ended as", "deliveries"):
        table.add_column(name, no_wrap=name != "deliveries")
    for run, counts in runs:
        said = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
        started = utc_text(run.started_at).replace("T", " ").rstrip("Z")
        table.add_row(run.id, started, run.status, said or "none")
    console.print(table if table.row_count else "There are no runs in this ledger yet.")


def show_accounts(console: Console, accounts: Sequence[Account]) -> None:
    table, lines = _table(), list[Text]()
    for name in ("social_account_id", "provider", "handle", "name", "status"):
        table.add_column(name)
    for one in accounts:
        handle = f"@{one.profile_handle}" if one.profile_handle else ""
        cells = [plain(each) for each in (one.provider, handle, one.display_name or "", one.status)]
        ink = "" if one.status == "connected" else "yellow"
        table.add_row(Text(plain(one.id)), *map(Text, cells), style=ink)
        lines.append(Text(f"{plain(one.id)}\n  {_listed(*cells)}", style=ink))
    _show_whole(console, table, lines)


def _show_whole(console: Console, table: Table, lines: Iterable[Text]) -> None:
    """The same in lines where the table is too wide: an id in pieces can't be copied."""
    unbounded = console.options.update(max_width=_UNBOUNDED)
    if Measurement.get(console, unbounded, table).maximum <= console.width:
        console.print(table)
        return
    for line in lines:
        console.print(line, soft_wrap=True)


def show_invalid(console: Console, figures: Figures) -> None:
    show_issues(console, figures.issues, "they are in the results sheet")
    errors = [issue for issue in figures.issues if issue.severity is Severity.ERROR]
    console.print(
        f"Nothing was sent: {_count(len(errors), 'problem')} to mend. "
        "Mend and run again, or send the good rows with --valid-only.",
        soft_wrap=True,
    )


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)

"""`batch-scheduler ledger …`: a copy of the ledger, and what is over taken out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.commands import cli
from batch_scheduler.cli.consoles import agreed, consoles, someone_is_there
from batch_scheduler.cli.plain import plain
from batch_scheduler.cli.values import instant
from batch_scheduler.configuration import load_settings
from batch_scheduler.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from batch_scheduler.ledger.upkeep import PastRun, Pruned

MOST_SHOWN = 20
"""Runs shown on a terminal; what is beyond is said to be there."""

group = typer.Typer(
    no_args_is_help=True, help="Look after the ledger, the file that remembers what was sent."
)
cli.add_typer(group, name="ledger")


Before = Annotated[
    Any,
    typer.Option("--before", metavar="DATE", parser=instant, help="As 2027-05-01, in UTC"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go; nothing does")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking")]


@group.command()
def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file that is not there yet")],
    ledger: o.LedgerAt = None,
) -> None:
    """Copy the ledger, also while a run is at work on it; whole or not at all."""
    from batch_scheduler.app import App

    App(load_settings(ledger=ledger)).back_up(path)
    typer.echo(f"The ledger was copied to {plain(path)}.")


@group.command(
    help="Delete the runs that ended before a date, with all that belongs to them.\n\n"
    "Kept are those with something that may still be to come, those that are not finished, and "
    "those that a kept run refers to."
)
def prune(
    before: Before,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: o.Json = False,
    ledger: o.LedgerAt = None,
) -> None:
    """Its help stands above."""
    from batch_scheduler.app import App

    said, noise = consoles(as_json)

    def agrees(found: Pruned) -> bool:
        if yes or not someone_is_there():
            return True
        _show(said, found, "To delete")
        return agreed(noise, "Delete them?")

    done = App(load_settings(ledger=ledger)).prune(before, agrees, dry_run)
    if done is None:
        raise Interrupted("nothing was deleted")
    if as_json:
        from batch_scheduler.cli.documents import print_json

        print_json(_document(done, before, dry_run))
    else:
        _show(said, done, "To delete" if dry_run else "Deleted")
        if not dry_run:
            _show_size(said, done)


def _show(console: Console, done: Pruned, verb: str) -> None:
    from batch_scheduler.model import utc_text

    deliveries = sum(run.deliveries for run in done.deleted)
    with_them = f"{deliveries:,} {'delivery' if deliveries == 1 else 'deliveries'}"
    lines = [f"{verb}: {_runs(len(done.deleted))} with {with_them}."]
    lines += _listed(done.deleted, lambda run: f"ended {utc_text(run.ended_at)[:10]}", console)
    if done.kept:
        lines.append(f"Kept: {_runs(len(done.kept))} of that time.")
        lines += _listed(done.kept, lambda run: run.said, console)
    lines.append(f"Later runs: {done.later:,}.")
    for line in lines:
        console.print(plain(line), markup=False, soft_wrap=True)


def _runs(number: int) -> str:
    return f"{number:,} {'run' if number == 1 else 'runs'}"


def _listed(runs: Sequence[PastRun], says: Any, console: Console) -> list[str]:
    most = MOST_SHOWN if console.is_terminal else len(runs)
    more = [f"… and {len(runs) - most:,} more"] if len(runs) > most else []
    return [f"- {run.id}: {says(run)}" for run in runs[:most]] + more


def _show_size(console: Console, done: Pruned) -> None:
    sizes = f"{done.size_before / 1e6:,.1f} MB before, {done.size_after / 1e6:,.1f} MB now"
    console.print(f"The ledger: {sizes}.", soft_wrap=True)
    if done.unshrunk:
        console.print(plain(f"Its size: {done.unshrunk}."), markup=False, soft_wrap=True)


def _document(done: Pruned, before: float, dry_run: bool) -> dict[str, Any]:
    from batch_scheduler.model import utc_text

    return {
        "dry_run": dry_run,
        "before": utc_text(before),
        "deleted": [
            {"run": run.id, "ended_at": utc_text(run.ended_at), "deliveries": run.deliveries}
            for run in done.deleted
        ],
        "kept": [{"run": run.id, "why": run.why, "said": run.said} for run in done.kept],
        "later": done.later,
        "size_before": done.size_before,
        "size_after": done.size_after,
        "unshrunk": done.unshrunk or None,
    }

"""`batch-scheduler undo RUN`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.commands import cli
from batch_scheduler.cli.consoles import agreed, consoles, someone_is_there
from batch_scheduler.cli.endings import EXIT
from batch_scheduler.cli.groups import Talk, Where, spread
from batch_scheduler.cli.plain import plain
from batch_scheduler.errors import Interrupted, UsageError
from batch_scheduler.settings import USUAL, Options

if TYPE_CHECKING:
    from rich.console import Console

    from batch_scheduler.undo import Undone

RunId = Annotated[str, typer.Argument(help="Its id, or the beginning of it")]
Results = Annotated[
    str | None,
    typer.Option(
        "--results", metavar="PATH", help="A .xlsx or .csv. Without it: RUN.undone.xlsx, here"
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be asked for; nothing is")]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do not ask; needed where there is no terminal to ask at"),
]


@dataclass(frozen=True, slots=True)
class Manner:
    """How the requests are made."""

    concurrency: o.Concurrency = USUAL.concurrency
    rate: o.Rate = None
    timeout: o.Timeout = USUAL.timeout
    give_up: o.GiveUp = USUAL.give_up
    lead: o.Lead = USUAL.lead

    def options(self) -> Options:
        return Options(
            concurrency=self.concurrency,
            rate=self.rate,
            timeout=self.timeout,
            give_up=self.give_up,
            lead=self.lead,
        )


@cli.command(
    help="Take back what a run got scheduled, as far as the service allows.\n\n"
    "The service has no documented way to do that. Each post is moved to draft, which is assumed "
    "to take back all that is scheduled of it; then the post is read, and what it shows is what "
    "you are told. Left alone is a post of which another run, or somebody else, has scheduled "
    "something too, and one whose time has come. What is confirmed is sent when the sheet is run "
    "again; what is not confirmed is not."
)
@spread
def undo(
    run: RunId,
    where: Where,
    manner: Manner,
    talk: Talk,
    results: Results = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Its help stands above."""
    talk.start()
    if not (yes or dry_run or someone_is_there()):
        raise UsageError(
            "there is no terminal to ask at, and undo does nothing unasked",
            "give --yes; --dry-run says what would be asked for",
        )
    from batch_scheduler.app import App

    said, noise = consoles(talk.as_json)

    def agrees(would: Undone) -> bool:
        if yes:
            return True
        _show(said, would)
        noise.print("[bold]Careful:[/] what a move to draft does is assumed, not documented.")
        return agreed(noise, "Move these posts to draft?")

    done = App(where.settings()).undo(run, manner.options(), results, agrees, dry_run)
    if done is None:
        raise Interrupted("nothing was taken back")
    if talk.as_json:
        from batch_scheduler.cli.documents import print_json

        print_json(_document(done, dry_run))
    else:
        _show(said, done)
    raise typer.Exit(0 if dry_run else EXIT[done.status])


def _show(console: Console, done: Undone) -> None:
    counted = ", ".join(_counted(done)) or "there is nothing to take back"
    lines = [f"Run {done.run}: {counted}."]
    reasons = Counter((ending.word, ending.said) for _, ending in done.told if ending.said)
    lines += [f"- {count:,} {_word(word)}: {why}" for (word, why), count in reasons.most_common(20)]
    if done.waiting:
        lines.append(
            f"- {done.waiting:,} were never sent: `batch-scheduler resume` would send them"
        )
    if done.reason is not None:
        lines.append(f"Stopped: {done.reason}")
    if done.results:
        lines.append(f"Results: {done.results}")
    for line in lines:
        console.print(plain(line), markup=False, soft_wrap=True)


def _counted(done: Undone) -> list[str]:
    return [f"{count:,} {_word(word)}" for word, count in done.counts.items()]


def _word(word: str) -> str:
    return word.replace("_", " ")


def _document(done: Undone, dry_run: bool) -> dict[str, Any]:
    from batch_scheduler.undo import ASSUMED, Word

    return {
        "run": done.run,
        "dry_run": dry_run,
        "status": done.status,
        "reason": None if done.reason is None else str(done.reason),
        "waiting": done.waiting,
        "counts": {str(word): done.counts.get(word, 0) for word in Word},
        "results": [str(done.results)] if done.results else [],
        "assumed": ASSUMED,
    }

"""`batch-scheduler inbox FOLDER`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.commands import cli
from batch_scheduler.cli.consoles import consoles
from batch_scheduler.cli.groups import Care, Choice, Reading, Talk, Where, options_from, spread
from batch_scheduler.cli.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

    from batch_scheduler.bulletin import Wanted
    from batch_scheduler.night import Night

Folder = Annotated[Path, typer.Argument(help="Where sheets are put; made by you")]
Watch = Annotated[bool, typer.Option("--watch", help="Stay, and take what comes; without it: once")]
Every = Annotated[
    float, typer.Option("--every", min=0.1, help="With --watch: seconds between two looks")
]
Quiet = Annotated[
    float,
    typer.Option("--quiet", min=0, help="Seconds that a sheet must stay the same to be whole"),
]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        "--notify",
        metavar="URL",
        envvar="BATCH_SCHEDULER_NOTIFY",
        show_envvar=True,
        show_default=False,
        help="Where a message goes, as apprise writes it: mailto://, slack://, msteams://, json:// "
        "…; may be given more than once",
    ),
]
HeartbeatUrl = Annotated[
    str | None,
    typer.Option(
        "--heartbeat",
        metavar="URL",
        envvar="BATCH_SCHEDULER_HEARTBEAT",
        help="Asked for at start (URL/start) and end (URL, or URL/fail)",
    ),
]
Metrics = Annotated[
    Path | None,
    typer.Option("--metrics", metavar="FILE", help="Figures for Prometheus' node exporter: *.prom"),
]


Book = Annotated[
    str | None,
    typer.Option(
        "--results",
        metavar="PATH",
        help="The results of all sheets of a night also in one workbook: NAME.xlsx, which the next "
        "night replaces, or a folder, where each night has its own",
    ),
]


class NotifyWhen(StrEnum):
    PROBLEMS = "problems"
    ALWAYS = "always"


When = Annotated[
    NotifyWhen, typer.Option("--notify-when", help="Only when someone is needed, or always")
]
RESUME_S = 900.0
"""How often a watcher goes on with what earlier runs left; a service that is down gets as long."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who hears of it."""

    notify: Notify = None
    notify_when: When = NotifyWhen.PROBLEMS
    heartbeat: HeartbeatUrl = None
    metrics: Metrics = None

    def wanted(self) -> Wanted:
        from batch_scheduler.bulletin import Wanted

        always = self.notify_when is NotifyWhen.ALWAYS
        return Wanted(self.notify or (), always, self.heartbeat, self.metrics)


@cli.command(
    help="Work off a folder that sheets are put into, with nobody there.\n\n"
    "Each sheet is taken once it is whole, run, and moved to done/ or problems/ with its results "
    "sheet beside it. What an earlier run left is finished first. One sheet that was here before "
    "is run again: what is accepted stays so, what is left is sent."
)
@spread
def inbox(
    folder: Folder,
    where: Where,
    reading: Reading,
    care: Care,
    choice: Choice,
    talk: Talk,
    telling: Telling,
    valid_only: o.ValidOnly = False,
    watch: Watch = False,
    every: Every = 2.0,
    quiet: Quiet = 2.0,
    results: Book = None,
) -> None:
    """Its help stands above."""
    talk.start()
    from batch_scheduler.app import App
    from batch_scheduler.cli.person import AtTerminal
    from batch_scheduler.watch import Rhythm

    said, noise = consoles(talk.as_json)
    person = AtTerminal(noise, noise, asks=False, again=False)
    options = options_from(where, reading, care, choice, valid_only=valid_only)
    rhythm = Rhythm(quiet, every, RESUME_S)
    app = App(where.settings())
    code = 0
    for night in app.nights(folder, options, person, rhythm, telling.wanted(), watch, results):
        _tell(said, night, talk.as_json)
        code = night.exit_code
    raise typer.Exit(code)


def _tell(console: Console, night: Night, as_json: bool) -> None:
    if as_json:
        from batch_scheduler.cli.documents import in_a_line

        print(in_a_line(_document(night)), flush=True)  # noqa: T201 - one line for each night
        return
    from batch_scheduler.letter import letter_of

    for line in letter_of(night).body.splitlines():
        console.print(
            line[: len(line) - len(line.lstrip())] + plain(line), markup=False, soft_wrap=True
        )


def _document(night: Night) -> dict[str, Any]:
    from batch_scheduler.cli.documents import of_finished

    return {
        "stopped": night.stopped.message if night.stopped else None,
        "book": str(night.book) if night.book else None,
        "resumed": [of_finished(one.finished) for one in night.resumed],
        "sheets": [
            {
                "name": one.name,
                "outcome": one.outcome,
                "place": str(one.place) if one.place else None,
                "seen_before": one.before,
                "error": one.error.message if one.error else None,
                **(of_finished(one.finished) if one.finished else {}),
            }
            for one in night.handled
        ],
    }

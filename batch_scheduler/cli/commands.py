"""The commands. Each reads its options, calls app, and shows what came of it."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batch_scheduler import __version__
from batch_scheduler.cli import options as o
from batch_scheduler.cli.consoles import consoles, someone_is_there
from batch_scheduler.cli.endings import EXIT, end, say_marked, show_done
from batch_scheduler.cli.failures import Guarded, with_what_was_written
from batch_scheduler.cli.groups import Care, Choice, Reading, Talk, Where, options_from, spread
from batch_scheduler.cli.plain import plain
from batch_scheduler.cli.streams import be_patient
from batch_scheduler.cli.values import retried
from batch_scheduler.configuration import load_settings
from batch_scheduler.errors import Interrupted
from batch_scheduler.settings import USUAL, Options, Settings
from batch_scheduler.signals import STOPPING, raise_interrupt

if TYPE_CHECKING:
    from batch_scheduler.app import App
    from batch_scheduler.cli.person import AtTerminal

cli = typer.Typer(
    cls=Guarded,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a sheet of posts, accounts and times to scheduled posts on Octospark, and a "
    "results sheet that says what became of each.",
)


def main() -> None:
    """The entry point. Exits with the codes that the README lists."""
    # numpy's own threads are of no use here, and to start them takes longer than most commands.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # To look for garbage among a sheet's cells, where none is, takes a twentieth of reading them.
    gc.set_threshold(20_000)
    for number in STOPPING[1:]:
        signal.signal(number, raise_interrupt)
    be_patient()
    try:
        cli(prog_name="batch-scheduler")
    except SystemExit as end:
        raise SystemExit(with_what_was_written(end.code)) from None
    except KeyboardInterrupt:  # before a command began, or after its end
        raise SystemExit(130) from None


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"batch-scheduler {__version__}")
        raise typer.Exit


@cli.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Its help stands where the group is made."""


@cli.command()
@spread
def run(
    sheets: o.Sheets,
    where: Where,
    reading: Reading,
    care: Care,
    choice: Choice,
    talk: Talk,
    results: o.Results = None,
    marked: o.MarkedOption = True,
    simulate: o.Simulate = False,
    valid_only: o.ValidOnly = False,
    again: o.Again = False,
    yes: o.Yes = False,
) -> None:
    """Read, plan, send, and write the results sheet."""
    talk.start()
    how = options_from(where, reading, care, choice, valid_only=valid_only, again=again)
    _run(sheets, how, results, where.settings(), talk.as_json, yes, marked, simulate)


@cli.command()
@spread
def check(
    sheets: o.Sheets,
    where: Where,
    reading: Reading,
    choice: Choice,
    talk: Talk,
    results: o.MarkedAt = None,
    marked: o.MarkedOption = True,
    simulate: o.Simulate = False,
    again: o.Again = False,
    online: o.Online = False,
) -> None:
    """Say what is wrong with a sheet and what would be sent; nothing is."""
    talk.start()
    with _app(where.settings(), simulate) as app:
        how = options_from(where, reading, choice, again=again)
        checked = app.check(sheets, how, _told(talk) if online or simulate else None)
    plan = checked.plan
    if not talk.as_json:  # at once: the copies can take some seconds
        from batch_scheduler.cli.screens import show_issues, show_plan

        said, _ = consoles(talk.as_json)
        show_issues(said, plan.issues, "--json has them all")
        show_plan(said, plan)
    copies = checked.mark(results) if marked else ()
    if talk.as_json:
        from batch_scheduler.cli.documents import of_checked, print_json

        print_json(of_checked(plan, copies))
    say_marked(copies, talk.as_json)
    raise typer.Exit(0 if plan.valid else EXIT["invalid"])


@cli.command()
@spread
def resume(
    where: Where,
    care: Care,
    talk: Talk,
    lead: o.Lead = USUAL.lead,
    run: Annotated[
        str | None, typer.Argument(help="Its id, or the beginning of it; without it: every one")
    ] = None,
) -> None:
    """Finish runs that were cut off: send what is left, and ask about what is in doubt."""
    talk.start()
    with _app(where.settings(), simulate=False) as app:
        finished = app.resume(run, options_from(where, care, lead=lead), _told(talk))
    if talk.as_json:
        from batch_scheduler.cli.documents import of_resumed, print_json

        print_json(of_resumed(finished))
    elif not finished:
        typer.echo("There is nothing to resume.")
    else:
        for done in finished:
            show_done(done, talk.as_json)
    raise typer.Exit(max((EXIT[done.run.status] for done in finished), default=0))


@cli.command()
@spread
def retry(
    results_sheet: Annotated[
        str, typer.Argument(metavar="RESULTS", help="A results sheet, as a run wrote it")
    ],
    where: Where,
    reading: Reading,
    care: Care,
    choice: Choice,
    talk: Talk,
    status: o.RetryStatus = None,
    may_duplicate: o.MayDuplicate = False,
    results: o.Results = None,
    marked: o.MarkedOption = True,
    valid_only: o.ValidOnly = False,
    yes: o.Yes = False,
) -> None:
    """Send again what a results sheet calls rejected or waiting; never what is accepted."""
    talk.start()
    how = options_from(
        *(where, reading, care, choice),
        valid_only=valid_only,
        retry=retried(status, may_duplicate),
        may_duplicate=may_duplicate,
    )
    _run([results_sheet], how, results, where.settings(), talk.as_json, yes, marked)


@cli.command()
def runs(
    ledger: o.LedgerAt = None,
    most: Annotated[
        int, typer.Option("--most", min=1, max=1_000_000, help="How many, the newest first")
    ] = 20,
    as_json: o.Json = False,
) -> None:
    """Earlier runs."""
    with _app(load_settings(ledger=ledger), simulate=False) as app:
        found = app.runs(most)
    if as_json:
        from batch_scheduler.cli.documents import of_record, print_json

        print_json([of_record(record, counts) for record, counts in found])
    else:
        from batch_scheduler.cli.screens import show_runs

        show_runs(consoles(as_json)[0], found)


@cli.command()
def show(
    run: Annotated[str, typer.Argument(help="Its id, or the beginning of it")],
    results: o.Results = None,
    ledger: o.LedgerAt = None,
    as_json: o.Json = False,
) -> None:
    """One run's counts; with --results, its results sheet again."""
    with _app(load_settings(ledger=ledger), simulate=False) as app:
        done = app.show(run, results)
    show_done(done, as_json)


@cli.command()
@spread
def accounts(where: Where, as_json: o.Json = False) -> None:
    """The team's social accounts, with their ids."""
    with _app(where.settings(), simulate=False) as app:
        found = app.accounts()
    if as_json:
        from batch_scheduler.cli.documents import print_json

        print_json([one.model_dump(by_alias=True) for one in found])
    else:
        from batch_scheduler.cli.screens import show_accounts

        show_accounts(consoles(as_json)[0], found)


@cli.command()
@spread
def template(
    path: Annotated[Path, typer.Argument(help="The workbook to make: NAME.xlsx")],
    where: Where,
    simulate: o.Simulate = False,
) -> None:
    """An empty sheet to fill in, with a note on each column and drop-downs."""
    with _app(where.settings(), simulate) as app:
        accounts = app.template(path)
    said, _ = consoles(False)
    said.print(plain(f"Made: {path}"), markup=False, soft_wrap=True)
    if accounts is None:
        said.print("Your accounts are not in its list: set the token and the team for that.")


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def simulate(context: typer.Context) -> None:
    """A stand-in for the service on this machine, for rehearsals and tests."""
    from batch_scheduler.simulator import main as stand_in

    raise typer.Exit(stand_in(context.args))


def _told(talk: Talk) -> AtTerminal:
    """Who is told of what is done, and not asked."""
    from batch_scheduler.cli.person import AtTerminal

    return AtTerminal(*consoles(talk.as_json), asks=False, again=False)


def _run(
    sheets: list[str],
    how: Options,
    results: str | None,
    settings: Settings,
    as_json: bool,
    yes: bool,
    marked: bool,
    simulate: bool = False,
) -> None:
    from batch_scheduler.cli.person import AtTerminal

    asks = not yes and "-" not in sheets and someone_is_there()
    twice = how.again or how.may_duplicate
    person = AtTerminal(*consoles(as_json), asks=asks, again=twice)
    with _app(settings, simulate) as app:
        done = app.run(sheets, how, results, person, marked)
    if done is None:
        raise Interrupted("nothing was sent")
    end(done, as_json)


@contextmanager
def _app(settings: Settings, simulate: bool) -> Iterator[App]:
    from batch_scheduler.app import App

    if not simulate:
        yield App(settings)
        return
    from batch_scheduler.rehearsal import rehearsal

    with rehearsal(settings) as rehearsed:
        yield App(rehearsed)

"""How commands end: what is shown of what they did, and their exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from batch_scheduler.cli.consoles import consoles

if TYPE_CHECKING:
    from batch_scheduler.history import Finished
    from batch_scheduler.marking import Marked

EXIT = {"complete": 0, "partial": 3, "invalid": 4, "aborted": 6, "interrupted": 130, "running": 3}


def end(done: Finished, as_json: bool) -> NoReturn:
    """Of a run: show all that came of it, and exit."""
    if done.figures and done.run.status == "invalid":
        from batch_scheduler.cli.screens import show_invalid

        show_invalid(consoles(as_json)[0], done.figures)
    show_done(done, as_json)
    say_marked(done.marked, as_json)
    code = EXIT[done.run.status]
    if code == 0 and done.figures and not done.figures.valid:
        code = EXIT["partial"]
    raise typer.Exit(code)


def say_marked(marked: Sequence[Marked], as_json: bool) -> None:
    """Where they are; the document says that itself, but not why one is missing."""
    told = [one for one in marked if not (as_json and one.path)]
    if told:
        from batch_scheduler.cli.screens import show_marked

        show_marked(consoles(as_json)[1], told)


def show_done(done: Finished, as_json: bool) -> None:
    if as_json:
        from batch_scheduler.cli.documents import of_finished, print_json

        print_json(of_finished(done))
        return
    from batch_scheduler.cli.screens import show_finished

    show_finished(consoles(as_json)[0], done)

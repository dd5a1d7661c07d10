"""How a command ends that can't go on: one message, one exit code, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

import typer
from typer.core import TyperGroup

from batch_scheduler.cli.plain import plain
from batch_scheduler.cli.streams import lost_output
from batch_scheduler.errors import BatchSchedulerError


class Guarded(TyperGroup):
    """The group of all commands."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except BatchSchedulerError as error:
            say_error(error.message, error.hint)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            say_error("interrupted")
            raise typer.Exit(130) from None
        except Exception as error:
            logging.getLogger("batch_scheduler").debug("unexpected error", exc_info=error)
            say_error(
                f"unexpected error: {type(error).__name__}: {error}",
                "this is a bug, please report it; -vv shows where it is. Nothing is lost: the "
                "ledger knows what was sent, and running the sheet again sends only what is left",
            )
            raise typer.Exit(1) from None


def with_what_was_written(code: int | str | None) -> int | str | None:
    """An exit code that is not 0 where what was to be printed is lost."""
    lost = lost_output()
    if lost is None:
        return code
    say_error(
        f"not all could be written to standard output: {lost.strerror or lost}",
        "all else was done as usual: `batch-scheduler runs` lists what was sent",
    )
    return code or 2


def say_error(message: str, hint: str = "") -> None:
    typer.secho(f"error: {plain(message)}", err=True, fg="red")
    if hint:
        typer.secho(f"  {plain(hint)}", err=True)

"""`batch-scheduler report --since DATE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.commands import cli
from batch_scheduler.cli.plain import plain
from batch_scheduler.cli.values import instant
from batch_scheduler.configuration import load_settings

if TYPE_CHECKING:
    from batch_scheduler.results.daily import DayCount

Since = Annotated[
    Any, typer.Option("--since", metavar="DATE", parser=instant, help="As 2027-05-01, in UTC")
]
Workbook = Annotated[
    Path | None, typer.Option("--results", metavar="PATH", help="Also as a workbook, with a plot")
]


@cli.command()
def report(
    since: Since,
    results: Workbook = None,
    base_url: o.BaseUrl = None,
    ledger: o.LedgerAt = None,
    as_json: o.Json = False,
) -> None:
    """What was accepted, rejected, held and left in doubt, by day and account."""
    from batch_scheduler.app import App
    from batch_scheduler.results.daily import COUNTED, daily_text

    app = App(load_settings(base_url=base_url, ledger=ledger))
    counts, written = app.report(since, results)
    if not as_json:
        for line in daily_text([_plain(one) for one in counts]).splitlines():
            typer.echo(line)
        if written:
            typer.echo(plain(f"Written to {written}"), err=True)
        return
    from batch_scheduler.cli.documents import print_json

    days = [
        {
            "day": one.day,
            "social_account_id": one.account,
            "name": one.name,
            "provider": one.provider,
            **{str(status): one.by_status.get(status, 0) for status in COUNTED},
        }
        for one in counts
    ]
    print_json({"days": days, "results": [str(written)] if written else []})


def _plain(one: DayCount) -> DayCount:
    """A name is somebody else's text."""
    return replace(one, name=plain(one.name), provider=plain(one.provider))

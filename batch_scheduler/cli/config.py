"""`batch-scheduler config show`: each setting, its value, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from enum import Enum
from typing import Any

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.commands import cli
from batch_scheduler.cli.consoles import consoles
from batch_scheduler.cli.groups import Care, Choice, Reading, Where, is_said, spread
from batch_scheduler.cli.plain import plain
from batch_scheduler.configuration import DEFAULT, NOWHERE, find_settings, profile_named
from batch_scheduler.profiles import Profile

group = typer.Typer(no_args_is_help=True, help="What is set, and where it comes from.")
cli.add_typer(group, name="config")

_NEVER = "never"
_PASSWORD = re.compile(r"(://[^/@:]*:|\bpassword=)[^\s@&]+(@|\b)")


@group.command()
@spread
def show(
    context: typer.Context,
    where: Where,
    reading: Reading,
    care: Care,
    choice: Choice,
    as_json: o.Json = False,
) -> None:
    """Each setting with its value and where it comes from; the token is not shown."""
    profile = profile_named(where.profile)
    rows = [*_of_the_service(where, profile), *_of_a_run(context, profile, reading, care, choice)]
    if as_json:
        from batch_scheduler.cli.documents import print_json

        print_json([{"name": name, "value": value, "from": origin} for name, value, origin in rows])
    else:
        _print(rows)


Row = tuple[str, Any, str]


def _of_the_service(where: Where, profile: Profile | None) -> Iterator[Row]:
    found = find_settings(where.team_id, where.base_url, where.ledger, profile)
    yield "profile", profile.name if profile else None, str(profile.path) if profile else NOWHERE
    for name, setting in found.items():
        value, origin = setting.value, setting.origin
        if name == "token":
            value = "set" if value else None
        elif name == "ledger" and value:
            value = _PASSWORD.sub(r"\1***\2", value)
        elif name == "base_url" and value is None:
            origin += " (refused: the token comes from elsewhere)"
        elif name == "base_url" and value:  # a user there can't be used, and is no less secret
            value = re.sub(r"//.*@", "//***@", value)
        yield name, value, origin


def _of_a_run(
    context: typer.Context, profile: Profile | None, *groups: Reading | Care | Choice
) -> Iterator[Row]:
    for group in groups:
        for name, value in asdict(group).items():
            if name in ("mapping", "send_held"):
                continue
            shown = value.value if isinstance(value, Enum) else value
            if name == "settle" and value is None:
                shown = _NEVER
            yield name, shown, _origin(context, profile, name)
    for name in ("columns", "groups"):
        table = getattr(profile, name, None)
        yield name, table or None, profile.origin if profile and table else NOWHERE


def _origin(context: typer.Context, profile: Profile | None, name: str) -> str:
    if is_said(context, name):
        return f"--{name.replace('_', '-')}"
    return profile.origin if profile and name in profile.options else DEFAULT


def _print(rows: list[Row]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("setting", "value", "from"):
        table.add_column(title, overflow="fold")
    for name, value, origin in rows:
        table.add_row(name, Text(plain(_text(value))), Text(plain(origin), style="dim"))
    consoles(False)[0].print(table)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name} = {_text(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return "not set" if value is None else str(value)

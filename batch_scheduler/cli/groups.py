"""Options that several commands share. Typer knows no groups, so `spread` takes them apart."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints

import typer

from batch_scheduler.cli import options as o
from batch_scheduler.cli.values import mapped
from batch_scheduler.configuration import load_settings, profile_named
from batch_scheduler.settings import USUAL, Options, Settings


@dataclass(frozen=True, slots=True)
class Where:
    """Which service, in whose name, and which ledger."""

    team_id: o.TeamId = None
    base_url: o.BaseUrl = None
    ledger: o.LedgerAt = None
    profile: o.ProfileName = None

    def settings(self) -> Settings:
        return load_settings(self.team_id, self.base_url, self.ledger, profile_named(self.profile))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet is read."""

    sheet: o.Worksheet = None
    timezone: o.Timezone = None
    date_order: o.DateOrderOption = None
    mapping: o.Map = None
    format: o.Format = None
    account: o.Account = None


@dataclass(frozen=True, slots=True)
class Care:
    """How calls are made."""

    concurrency: o.Concurrency = USUAL.concurrency
    rate: o.Rate = None
    timeout: o.Timeout = USUAL.timeout
    settle: o.Settle = USUAL.settle
    give_up: o.GiveUp = USUAL.give_up


@dataclass(frozen=True, slots=True)
class Choice:
    """What is sent, and in which calls."""

    lead: o.Lead = USUAL.lead
    max_accounts: o.MaxAccounts = USUAL.max_accounts
    send_held: o.SendHeld = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What is printed."""

    as_json: o.Json = False
    log_format: o.LogFormatOption = o.LogFormat.TEXT
    verbose: o.Verbose = 0

    def start(self) -> None:
        from batch_scheduler.cli.logs import start_log

        start_log(self.verbose, self.log_format is o.LogFormat.JSON)


def options_from(where: Where, *groups: Reading | Care | Choice, **more: Any) -> Options:
    """The options of a run that these say; all others are a profile's, or the usual ones."""
    said = {name: value for group in groups for name, value in asdict(group).items()} | more
    if profile := profile_named(where.profile):
        said |= {"columns": profile.columns, "groups": profile.groups}
    said["send_held"] = frozenset(said.get("send_held") or ())
    said["accounts"] = tuple(said.pop("account", None) or ())
    said["mapping"] = mapped(said.get("mapping"))
    return Options(**said)


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each parameter that is a group replaced by the group's own options.

    What is not given is taken from the profile, where the command has one.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters = [Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    for one in inspect.signature(command).parameters.values():
        if one.name in groups:
            parameters += _options_of(groups[one.name])
        elif one.name != "context":
            kind = Parameter.KEYWORD_ONLY
            parameters.append(one.replace(annotation=hints[one.name], kind=kind))

    @wraps(command)
    def taken_apart(context: typer.Context, **given: Any) -> None:
        if "profile" in given and (profile := profile_named(given["profile"])):
            given |= {
                name: value
                for name, value in profile.options.items()
                if name in given and not is_said(context, name)
            }
        if "context" in hints:
            given["context"] = context
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    taken_apart.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    taken_apart.__annotations__ = {one.name: one.annotation for one in parameters}
    return taken_apart


def is_said(context: typer.Context, option: str) -> bool:
    """Whether an option was given, and is not just its default."""
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _options_of(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(group)
    ]

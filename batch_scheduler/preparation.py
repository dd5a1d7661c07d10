"""From files to a plan: all that is known before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Issue, Sheet, SocialAccount
from batch_scheduler.planning import (
    Defaults,
    Plan,
    Rules,
    Understood,
    Wishes,
    Wording,
    headed,
    known_deliveries,
    likeness,
    make_plan,
    read_wishes,
    with_status,
)
from batch_scheduler.planning.directory import Directory, Groups
from batch_scheduler.planning.ids import parse_id
from batch_scheduler.planning.problem import Problem, settled
from batch_scheduler.planning.zones import parse_zone
from batch_scheduler.settings import Options
from batch_scheduler.sheets import read_sheet
from batch_scheduler.wording import read_wording, require_headers


@dataclass(frozen=True, slots=True)
class Figures:
    """What is left of a plan once it is in the ledger."""

    valid: bool
    rows: int
    deliveries: int
    calls: int
    posts: int
    media: int
    to_send: int
    issues: Sequence[Issue]
    understood: Sequence[Understood] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A team's accounts. `as_of`: when they were looked up, since 1970; None: just now."""

    accounts: Sequence[SocialAccount]
    as_of: float | None = None


Look = Callable[[Collection[str]], Mapping[str, Listed]]
"""Teams → their accounts, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Sheets with their defaults, before anything in them is understood.

    `aside`: their rows that are not to be tried again.
    """

    sheets: Sequence[Sheet]
    defaults: Defaults
    groups: Groups
    aside: Sequence[Sheet] = ()

    def wishes(self, look: Look) -> Wishes:
        """What the sheets ask for. They are understood once more where it takes a look."""
        wishes = self._read(self.defaults)
        if not wishes.unlisted:
            return wishes
        directories = {
            team: Directory(listed.accounts, self.groups, listed.as_of)
            for team, listed in look(wishes.unlisted).items()
        }
        return self._read(replace(self.defaults, directories=directories))

    def _read(self, defaults: Defaults) -> Wishes:
        wishes = read_wishes(self.sheets, defaults)
        if not self.aside:
            return wishes
        return replace(wishes, aside=read_wishes(self.aside, defaults).table)


def read(
    paths: Sequence[str], team: str | None, options: Options, stdin: BinaryIO | None = None
) -> Reading:
    """Raises UsageError for what can't be read."""
    given = _defaults(team, options)
    sheets = [read_one(path, options, stdin) for path in paths]
    require_headers(options.mapping, sheets)
    if not options.retry:
        return Reading(sheets, given, options.groups)
    split = [_to_retry(sheet, options.retry) for sheet in sheets]
    again, aside = zip(*split, strict=True)
    return Reading(again, given, options.groups, aside)


def read_one(path: str, options: Options, stdin: BinaryIO | None = None) -> Sheet:
    """One sheet as it is. Raises UsageError for what can't be read."""
    like = partial(likeness, wording=_wording(options))
    return read_sheet(path, stdin, like, worksheet=options.sheet)


def headings(sheet: Sheet, options: Options) -> Sequence[str]:
    """By which its issues name its columns."""
    own = headed(sheet, _wording(options))
    return sheet.header if isinstance(own, Problem) else own.header


def plan(
    wishes: Wishes,
    options: Options,
    now: float,
    known: Sequence[tuple[Any, ...]] = (),
    living: frozenset[str] = frozenset(),
) -> Plan:
    """`known`: what the ledger knows of the wishes' targets; `living`: runs that are at work."""
    rules = Rules(
        now=now,
        lead=options.lead,
        max_accounts=options.max_accounts,
        again=options.again,
        send_held=options.send_held,
        may_duplicate=options.may_duplicate,
        living=living,
    )
    return make_plan(wishes, known_deliveries(known), rules)


def figures(made: Plan) -> Figures:
    sent = int((made.entries["call"] > 0).sum())
    counts = (made.rows, made.deliveries, made.calls, made.posts, made.media, sent)
    return Figures(made.valid, *counts, made.issues, made.understood)


def _defaults(given_team: str | None, options: Options) -> Defaults:
    """Raises UsageError for a team or a zone that can't be one."""
    team = settled(parse_id(given_team)) if given_team else None
    zone = settled(parse_zone(options.timezone)) if options.timezone else None
    for name, value in (("the team", team), ("--timezone", zone)):
        if isinstance(value, Problem):
            raise UsageError(f"{name}: {value.message}", value.hint)
    assert not isinstance(team, Problem)
    assert not isinstance(zone, Problem)
    return Defaults(team, zone, options.date_order, _wording(options), options.accounts)


def _wording(options: Options) -> Wording:
    return read_wording({**options.columns, **options.mapping}, options.format)


def _to_retry(sheet: Sheet, statuses: Collection[str]) -> tuple[Sheet, Sheet]:
    split = with_status(sheet, statuses)
    if split is None:
        raise UsageError(
            f"{sheet.path} is not a results sheet: it does not have all of their columns",
            "give a results sheet as a run wrote it; to send a sheet of your own: run",
        )
    return split

"""What rows get that say nothing: from options, and from what a header row says of its times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from batch_scheduler.model import Sheet
from batch_scheduler.planning.characters import tidy
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.days import Day, column_order, find_day
from batch_scheduler.planning.directory import Directory
from batch_scheduler.planning.distinct import distinct
from batch_scheduler.planning.headings import heading
from batch_scheduler.planning.meanings import Wording
from batch_scheduler.planning.problem import Problem
from batch_scheduler.planning.zones import zone_in

_OF_TIMES = ("scheduled_at", "date", "time")


@dataclass(frozen=True, slots=True)
class Defaults:
    """A team (lower-case UUID), a zone (IANA), an order of dates; how headers are understood.

    `accounts`: names, for rows that name none. `directories`: by team, who is called how.
    """

    team: str | None = None
    zone: str | None = None
    date_order: str | None = None
    wording: Wording = field(default_factory=Wording)
    accounts: tuple[str, ...] = ()
    directories: Mapping[str, Directory] = field(default_factory=dict)


def heeding(sheet: Sheet, columns: Columns, defaults: Defaults) -> Defaults:
    """The defaults for one sheet: "Date (DD/MM/YYYY)" and "Time (UTC)" count for its rows.

    What contradicts an option or another column is added to the problems of the columns. A header
    text that a person mapped is not looked at again.
    """
    zone, order = defaults.zone, defaults.date_order
    for text, name in zip(sheet.header, columns.means, strict=True):
        if name not in _OF_TIMES or defaults.wording.maps(text):
            continue
        said = heading(text)
        if problem := _against_zone(text, zone_in(said.hint), zone, columns):
            columns.problems.append((text, problem))
        elif isinstance(named := zone_in(said.hint), str):
            zone = named
        if said.date_order and order and said.date_order != order:
            columns.problems.append((text, _orders(text, said.date_order, order)))
        order = order or said.date_order
    if not order and columns.form and _is_silent(sheet, columns):
        order = columns.form.order
    return replace(defaults, zone=zone, date_order=order)


def _is_silent(sheet: Sheet, columns: Columns) -> bool:
    """Whether the dates themselves do not tell their order: only then a template's counts."""
    for name in ("scheduled_at", "date"):
        if (place := columns.known.get(name)) is not None:
            found = map(find_day, map(tidy, distinct(sheet.frame[place]).values))
            days = [day for day in found if isinstance(day, Day)]
            return not column_order(days, None).evidence
    return True


def _against_zone(
    text: str, said: str | Problem | None, given: str | None, columns: Columns
) -> Problem | None:
    remedy = f'If the header is wrong, say what the column is: --map "{text}=scheduled_at".'
    if said is None:
        return None
    if isinstance(said, Problem):
        message = f'The header "{text}" names a zone. {said.message}'
        otherwise = f'Or give --timezone, and say what the column is: --map "{text}=scheduled_at".'
        return Problem("zone-in-header", message, f"{said.hint} {otherwise}")
    if given and given != said:
        message = f'The header "{text}" says {said}, --timezone or another header says {given}.'
        return Problem("zone-in-header", message, f"Leave one of them out. {remedy}")
    if "timezone" in columns.known:
        message = f'The header "{text}" says {said}, and there is a column of zones.'
        return Problem("zone-in-header", message, f"Leave one of them out. {remedy}")
    return None


def _orders(text: str, said: str, given: str) -> Problem:
    return Problem(
        "order-in-header",
        f'The header "{text}" shows dates as {said}, but --date-order or another header says '
        f"{given}.",
        "Leave one of them out, or mend the header.",
    )

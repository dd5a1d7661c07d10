"""Cells that are no date and time: what they seem to be, and what to write instead."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from batch_scheduler.planning.clocks import Clock, clock_behind, parse_clock
from batch_scheduler.planning.days import Day, bad_time, find_day
from batch_scheduler.planning.problem import Problem
from batch_scheduler.planning.zones import parse_zone

EXAMPLE = "2027-05-01T09:00Z, 2027-05-01T09:00+02:00, or 2027-05-01 09:00 with a timezone"
MISSING_TIME = Problem("missing-time", "The time is missing.", f"Write it as {EXAMPLE}.")
MISSING_DATE = Problem("missing-time", "The date is missing.", "Write it as 2027-05-01.")
MISSING_CLOCK = Problem("missing-time", "The time of day is missing.", "Write it as 09:00.")

_SERIAL = re.compile(r"(\d{5})(?:[.,](\d{1,15}))?", re.ASCII)
_UNIX = re.compile(r"(\d{10})(?:\d{3})?(?:\.0+)?", re.ASCII)
_ZONE_BEHIND = re.compile(
    r"(.*\d(?:\s*[ap]\.?m\.?)?)\s*[\s\[(]\s*([a-z][a-z_ ]*(?:/[a-z_/]+)?)[\])]?", re.I
)
_NO_YEAR = re.compile(r"\d{1,2}[./ -]+(?:\d{1,2}|[^\W\d]+)[., ]+\d{1,2}[:h]\d\d.*")
_SPAN = re.compile(
    r"\d[:.h]\d\d(?:\s*[ap]\.?m\.?)?\s*(?:-|to|bis|à)\s*\d{1,2}[:.h]\d\d", re.IGNORECASE
)
_FIRST_SERIAL = datetime(1899, 12, 30)


def unreadable(cell: str, example: str = EXAMPLE) -> Problem:
    """`cell`: without white space around it. `example`: how it can be written."""
    if len(cell) < 100:
        for test in (_serial, _unix, _date_missing, _span, _zone_behind, _year_missing):
            if problem := test(cell):
                return problem
    return bad_time(cell, "it is not a date and time", f"Write it as {example}.")


def _serial(cell: str) -> Problem | None:
    if not (match := _SERIAL.fullmatch(cell)):
        return None
    days = timedelta(float(f"{match[1]}.{match[2] or 0}"))
    when = _FIRST_SERIAL + timedelta(seconds=round(days.total_seconds()))
    return bad_time(
        cell,
        "this is how a spreadsheet program counts days",
        f"Format the column as a date before saving; it would be {when:%Y-%m-%d %H:%M}.",
    )


def _unix(cell: str) -> Problem | None:
    if not (match := _UNIX.fullmatch(cell)):
        return None
    when = datetime(1970, 1, 1) + timedelta(seconds=int(match[1]))
    hint = f"If it counts seconds since 1970, write {when:%Y-%m-%dT%H:%M:%S}Z."
    return bad_time(cell, "a bare number is no date and time", hint)


def _date_missing(cell: str) -> Problem | None:
    if isinstance(parse_clock(cell), Clock):
        return bad_time(cell, "the date is missing", f"Write it as {EXAMPLE}.")
    return None


def _span(cell: str) -> Problem | None:
    if _SPAN.search(cell):
        return bad_time(cell, "this is a span of time", "Write its beginning alone.")
    return None


def _zone_behind(cell: str) -> Problem | None:
    if not (match := _ZONE_BEHIND.fullmatch(cell)):
        return None
    day = find_day(match[1])
    if not isinstance(day, Day) or not isinstance(clock_behind(day.rest), Clock):
        return None
    zone = parse_zone(match[2])
    hint = (
        f'Write "{match[1]}" here, and the zone into the column timezone. {zone.hint}'
        if isinstance(zone, Problem)
        else f'Write "{match[1]}" here, and "{match[2]}" into the column timezone.'
    )
    return bad_time(cell, "a time zone does not belong into the time itself", hint)


def _year_missing(cell: str) -> Problem | None:
    if _NO_YEAR.fullmatch(cell):
        return bad_time(cell, "the year is missing", f"Write it as {EXAMPLE}.")
    return None

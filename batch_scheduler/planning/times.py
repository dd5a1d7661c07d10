"""Columns of times as people write them → seconds on the clock that they are written for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from batch_scheduler.model import Severity
from batch_scheduler.planning.characters import tidy
from batch_scheduler.planning.clocks import (
    Clock,
    Unclear,
    clock_behind,
    nearest,
    offset_seconds,
    parse_clock,
    part_of_day,
)
from batch_scheduler.planning.days import (
    Day,
    Order,
    bad_time,
    chosen,
    column_order,
    exempt,
    find_day,
    unsure,
)
from batch_scheduler.planning.problem import (
    Noted,
    Problem,
    as_tidied,
    shortened,
)
from batch_scheduler.planning.unreadable import (
    EXAMPLE,
    MISSING_CLOCK,
    MISSING_DATE,
    MISSING_TIME,
    unreadable,
)

T = TypeVar("T")

DAY = 86_400
_EPOCH = datetime(1970, 1, 1)
_FIRST = date(1970, 1, 1)
_LAST = date(2201, 1, 1)
_DAYS = (_LAST - _FIRST).days
_LONGEST = 100
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)([Tt]|\s+)(\d\d)(:?)(\d\d)(?:\7(\d\d)(?:[.,](\d+))?)?"
    r"\s*(?:([Zz])|([+\u2212-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REAL_DATE = re.compile(r"\d{4}-(\d\d)-(\d\d)(?:T\d\d:\d\d:\d\d)?", re.ASCII)
_END = _DAYS * DAY
_SECOND = timedelta(seconds=1)
_SPACE = " \t\r\n"
_SPAN = re.compile(r":\d\d.*[\u2012-\u2015]\s*\d", re.DOTALL)
_ZERO_DAY = re.compile(r"1899-12-3[01]|1900-01-0[01]|1904-01-01", re.ASCII)
"""The day that spreadsheet programs give to a time without one."""
_ROUNDED = Problem(
    "rounded-time",
    "The fraction of a second is rounded: the service gets whole seconds.",
    "Nothing, if that is fine.",
    Severity.WARNING,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A time as it stands in a cell: seconds since 1970 on its own clock; offset in seconds."""

    seconds: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """What each text of a column means. `remarks`: what to say of the column, at which text."""

    outcomes: list[T | Noted[T] | Problem]
    remarks: list[tuple[int, Problem]] = field(default_factory=list)


def read_times(texts: Sequence[str], order: str | None) -> Column[Written]:
    """Date and time in one cell. `order`: dmy, mdy or ymd, if the user said it."""
    return _read(texts, order, _Form(_iso, _time, MISSING_TIME, EXAMPLE))


def read_dates(texts: Sequence[str], order: str | None) -> Column[int]:
    """Dates alone → days since 1970."""
    return _read(texts, order, _Form(_iso_date, _date, MISSING_DATE, "2027-05-01"))


def read_clocks(texts: Sequence[str]) -> Column[Clock]:
    """Times of day alone."""
    return Column([_time_of_day(text) for text in texts])


@dataclass(frozen=True, slots=True)
class _Form(Generic[T]):
    """`quick` reads the form that most cells have; `finish` the others, once the order is known."""

    quick: Callable[[str], T | Noted[T] | None]
    finish: Callable[[Day, Order], T | Noted[T] | Problem]
    missing: Problem
    example: str


def _read(texts: Sequence[str], given: str | None, form: _Form[T]) -> Column[T]:
    outcomes: list[Any] = [form.quick(text) for text in texts]
    days: dict[int, Day] = {}
    for at in [at for at, what in enumerate(outcomes) if what is None]:
        found = _found(texts[at], form)
        if isinstance(found, Day):
            days[at] = found
        else:
            outcomes[at] = _noted(found, texts[at])
    order = column_order([*days.values()], given)
    for at, day in days.items():
        outcomes[at] = _noted(form.finish(day, order), texts[at])
    return Column(outcomes, [*_remarks(texts, days, order)])


def _noted(outcome: T | Noted[T] | Problem, text: str) -> T | Noted[T] | Problem:
    return outcome if isinstance(outcome, (Noted, Problem)) else as_tidied(outcome, text)


def _found(text: str, form: _Form[T]) -> Day | T | Noted[T] | Problem:
    cell = tidy(text)
    if not cell:
        return form.missing
    day = find_day(cell) if len(cell) <= _LONGEST else None
    return _span(cell, text) or form.quick(cell) or day or unreadable(cell, form.example)


def _span(cell: str, text: str) -> Problem | None:
    """9:00–10:00: once its dash is a hyphen, the second time would look like an offset."""
    if text.isascii() or not _SPAN.search(text):
        return None
    return bad_time(cell, "this is a span of time", "Write its beginning alone.")


def _iso(text: str) -> Written | Noted[Written] | None:
    """The usual forms of ISO 8601; None for all that is not plainly right."""
    match = _ISO.fullmatch(text.strip(_SPACE))
    if not match:
        return None
    year, _, month, day, glue, hour, _, minute, *behind = match.groups()
    second, fraction, zulu, sign, ahead, past = behind
    if sign and glue.isspace() and not second and (ahead, past or "") > (hour, minute):
        return None  # 10:00-11:00 can be a span, too
    try:
        when = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
    except ValueError:
        return None
    offset = 0 if zulu else offset_seconds(sign, ahead, past) if sign else None
    if sign and offset is None:
        return None
    seconds = (when - _EPOCH) // _SECOND
    if not 0 <= seconds < _END:
        return None
    if not fraction:
        return Written(seconds, offset)
    up, rounded = nearest(fraction)
    written = Written(seconds + up, offset)
    return Noted(written, _ROUNDED) if rounded else written


def _time(day: Day, order: Order) -> Written | Noted[Written] | Problem:
    clock = clock_behind(day.rest)
    when = chosen(day, order)
    if not when:
        return unsure(day, order, f"T{clock.text}" if isinstance(clock, Clock) else "T09:00")
    if isinstance(clock, Unclear):
        return bad_time(day.cell, clock.why, clock.hint)
    if not clock:
        return _no_time(day, when)
    days = _days(day.cell, when)
    if isinstance(days, Problem):
        return days
    written = Written(days * DAY + clock.seconds, clock.offset)
    return Noted(written, _ROUNDED) if clock.rounded else written


def _no_time(day: Day, when: date) -> Problem:
    if day.rest.strip():
        return unreadable(day.cell)
    hint = f"Write {when.isoformat()}T09:00, for 9 in the morning."
    return bad_time(day.cell, "the time of day is missing", hint)


def _days(cell: str, when: date) -> int | Problem:
    days = (when - _FIRST).days
    if 0 <= days < _DAYS:
        return days
    return bad_time(cell, "the year is out of range", "Write a year from 1970 to 2200.")


def _iso_date(text: str) -> int | None:
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        days = (date.fromisoformat(text) - _FIRST).days
    except ValueError:
        return None
    return days if 0 <= days < _DAYS else None


def _date(day: Day, order: Order) -> int | Problem:
    clock = clock_behind(day.rest) if day.rest.strip() else _MIDNIGHT
    when = chosen(day, order)
    if not when:
        return unsure(day, order, "")
    if not isinstance(clock, Clock):
        return bad_time(day.cell, "it is not a date", "Write it as 2027-05-01.")
    if clock.seconds or clock.offset is not None:
        hint = f"Write {when.isoformat()} here, and the time into the other column."
        return bad_time(day.cell, "there is a time of day behind the date", hint)
    return _days(day.cell, when)


_MIDNIGHT = Clock(0, None)


def _time_of_day(text: str) -> Clock | Noted[Clock] | Problem:
    cell = tidy(text)
    if not cell:
        return MISSING_CLOCK
    if problem := _span(cell, text):
        return problem
    clock = parse_clock(cell) if len(cell) <= _LONGEST else None
    if not clock and (match := _ZERO_DAY.match(cell)):
        clock = clock_behind(cell[match.end() :])
    if isinstance(clock, Clock):
        return Noted(clock, _ROUNDED) if clock.rounded else as_tidied(clock, text)
    unclear = clock or part_of_day(cell) or Unclear("it is not a time of day")
    return bad_time(cell, unclear.why, unclear.hint)


def _remarks(
    texts: Sequence[str], days: Mapping[int, Day], order: Order
) -> Iterator[tuple[int, Problem]]:
    if not order.found:
        return
    (proof,) = order.evidence
    at = next(at for at, day in days.items() if day is proof)
    if any(day.only is None and not exempt(day, order) for day in days.values()):
        if not order.given:
            yield at, _inferred(proof, order.found)
        return
    real = [(at, match) for at, text in enumerate(texts) if (match := _REAL_DATE.fullmatch(text))]
    if all(int(match[2]) <= 12 for _, match in real):
        for at, match in real:
            if match[1] != match[2]:
                yield at, _perhaps_swapped(proof)
                return


def _inferred(proof: Day, order: str) -> Problem:
    words = {"d": "day", "m": "month", "y": "year"}
    spelt, other = "/".join(words[letter] for letter in order), "mdy" if order == "dmy" else "dmy"
    return Problem(
        "inferred-date-order",
        f'"{shortened(proof.cell, 50)}" can only be {spelt}: so the whole column is read.',
        f"If that is wrong, correct this cell, or give --date-order {other}.",
        Severity.WARNING,
    )


def _perhaps_swapped(proof: Day) -> Problem:
    return Problem(
        "swapped-date",
        "Day and month may be swapped here: this is a date to the spreadsheet program, but "
        f'"{shortened(proof.cell, 50)}" is text to it, as in a sheet from another country.',
        "Compare the dates that are not text with where they come from.",
        Severity.WARNING,
    )

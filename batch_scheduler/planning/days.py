"""Dates as people write them, each with all the readings that the calendar allows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from batch_scheduler.planning.calendar_words import month_of, weekdays_of
from batch_scheduler.planning.problem import Problem, shortened

WRITE = "Write it as 2027-05-01 09:00."

_WORD = r"([^\W\d_]+)\.?"
_OF = r"(?:\s+(?:de|del|of)\s+|[\s/.-]*)"
_END = r"(?![\d:.])"
_NUMBERS = re.compile(r"(\d+)\s*([./-])\s*(\d+)\s*\2\s*(\d+)(?![\d:])\.?", re.ASCII)
_MARKED = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?=[Tt ])", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?[Ww](\d\d)-?([1-7])(?!\d)", re.ASCII)
_ORDINAL = re.compile(r"(\d{4})-(\d{3})(?=[Tt])", re.ASCII)
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|\.|[º°ª])?{_OF}{_WORD},?{_OF}(\d+){_END}", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    rf"{_WORD}[\s/-]*(\d{{1,2}})(?:st|nd|rd|th)?(?:\s*,\s*|[\s/-]+)(\d+){_END}", re.IGNORECASE
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})[\s/-]*{_WORD}[\s/-]*(\d{{1,2}}){_END}")
_WEEKDAY = re.compile(rf"{_WORD},?\s+(?=\S)")
_ARTICLES = frozenset(("le", "el", "il", "o", "am", "on", "den", "de", "der"))
_ORDERS = ("dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Day:
    """`readings`: order of day, month and year → date; "" where there is but one way to read it.

    `rest`: what stands behind the date in the cell.
    """

    cell: str
    readings: Mapping[str, date]
    rest: str

    @property
    def only(self) -> date | None:
        """The date, if all ways to read it agree."""
        dates = {*self.readings.values()}
        return dates.pop() if len(dates) == 1 else None

    @property
    def dotted(self) -> bool:
        """03.04.2027: nowhere is the month written first with dots."""
        return self.cell[: len(self.cell) - len(self.rest)].count(".") > 1


@dataclass(frozen=True, slots=True)
class Order:
    """In which order a column has day, month and year.

    `given`: by the user. `found`: by the column itself, of which `evidence` is the proof; two
    proofs if they contradict each other: then nothing is found.
    """

    given: str | None = None
    found: str | None = None
    evidence: tuple[Day, ...] = ()


def column_order(days: Sequence[Day], given: str | None) -> Order:
    """A date such as 25/04/2027 can be read one way alone: so are then all of its column."""
    proofs: dict[str, Day] = {}
    for day in days:
        if len(day.readings) == 1 and (order := next(iter(day.readings))) in _ORDERS:
            proofs.setdefault(order, day)
    found = next(iter(proofs)) if len(proofs) == 1 else None
    return Order(given, found, tuple(proofs.values()))


def chosen(day: Day, order: Order) -> date | None:
    """The one date that is meant; None if that is not sure."""
    if exempt(day, order):
        return day.only
    when = day.readings.get(order.given or order.found or "")
    if when or "" in day.readings:
        return when or day.readings[""]
    return day.only if len(day.readings) > 1 else None


def exempt(day: Day, order: Order) -> bool:
    """With slashes the column has the month first: that says nothing of a date with dots."""
    return (
        not order.given
        and order.found == "mdy"
        and day.dotted
        and len(day.readings) > 1
        and not any(proof.dotted for proof in order.evidence)
    )


def unsure(day: Day, order: Order, clock: str) -> Problem:
    """Why no date was chosen. `clock`: what the hint writes behind a date."""
    spelt = ", or ".join(
        f"{one.isoformat()}{clock} for {one.day} {one:%B}" for one in day.readings.values()
    )
    if order.given:
        return _not_so_ordered(day, spelt, order.given)
    return _contradicting(day, spelt, order) if len(order.evidence) > 1 else _two_ways(day, spelt)


def find_day(cell: str) -> Day | Problem | None:
    """The date with which the cell begins; None if there is none."""
    found = _find(cell)
    if found or not (word := _WEEKDAY.match(cell)):
        return found
    weekdays = weekdays_of(word[1])
    if not weekdays and word[1].lower() not in _ARTICLES:
        return None
    found = find_day(cell[word.end() :])
    if not isinstance(found, Day) or not weekdays:
        return found
    readings = {order: day for order, day in found.readings.items() if day.weekday() in weekdays}
    if not readings:
        return bad_time(cell, "that date is another day of the week", "Correct one of the two.")
    return Day(cell, readings, found.rest)


def _find(cell: str) -> Day | Problem | None:
    if match := _COMPACT.match(cell):
        return _day(cell, match, {"": (match[1], match[2], match[3])})
    if match := _WEEK.match(cell):
        return _week_day(cell, match)
    if match := _ORDINAL.match(cell):
        return _ordinal_day(cell, match)
    if match := _NUMBERS.match(cell):
        return _numbers(cell, match)
    if match := _MARKED.match(cell):
        return _day(cell, match, {"": (match[1], match[2], match[3])})
    if (match := _DAY_FIRST.match(cell)) and (month := month_of(match[2])):
        return _named(cell, match, match[3], month, match[1])
    if (match := _MONTH_FIRST.match(cell)) and (month := month_of(match[1])):
        return _named(cell, match, match[3], month, match[2])
    if (match := _YEAR_FIRST.match(cell)) and (month := month_of(match[2])):
        return _named(cell, match, match[1], month, match[3])
    return None


def _numbers(cell: str, match: re.Match[str]) -> Day | Problem | None:
    first, _, second, third = match.groups()
    if len(first) == 4 and len(second) <= 2 and len(third) <= 2:
        return _day(cell, match, {"": (first, second, third)})
    if len(second) > 2:
        return None
    if len(first) > 2 or len(third) != 4:
        return _strange_year(cell)
    return _day(cell, match, {"dmy": (third, second, first), "mdy": (third, first, second)})


def _named(cell: str, match: re.Match[str], year: str, month: int, day: str) -> Day | Problem:
    if len(year) != 4:
        return _strange_year(cell)
    return _day(cell, match, {"": (year, str(month), day)})


def _day(
    cell: str, match: re.Match[str], ways: Mapping[str, tuple[str, str, str]]
) -> Day | Problem:
    readings = {}
    for order, numbers in ways.items():
        with suppress(ValueError):
            readings[order] = date(*map(int, numbers))
    if not readings:
        return _no_such_date(cell, [*ways.values()])
    return Day(cell, readings, cell[match.end() :])


def _week_day(cell: str, match: re.Match[str]) -> Day | Problem:
    try:
        day = date.fromisocalendar(*map(int, match.groups()))
    except ValueError:
        return bad_time(cell, "there is no such week", WRITE)
    return Day(cell, {"": day}, cell[match.end() :])


def _ordinal_day(cell: str, match: re.Match[str]) -> Day | Problem:
    year, place = map(int, match.groups())
    if not year or not 1 <= place <= 365 + calendar.isleap(year):
        return bad_time(cell, "there is no such day of the year", WRITE)
    day = date(year, 1, 1) + timedelta(days=place - 1)
    return Day(cell, {"": day}, cell[match.end() :])


def _no_such_date(cell: str, ways: Sequence[tuple[str, str, str]]) -> Problem:
    for numbers in ways:
        year, month, day = map(int, numbers)
        if year and 1 <= month <= 12 and 1 <= day <= 31:
            last = calendar.monthrange(year, month)[1]
            leap = f", as {year} is no leap year" if month == 2 and day == 29 else ""
            why = f"{calendar.month_name[month]} {year} has {last} days{leap}"
            return bad_time(cell, why, f"Its last day is {year:04}-{month:02}-{last}.")
    return bad_time(cell, "there is no such date", WRITE)


def _strange_year(cell: str) -> Problem:
    hint = "Write all four of them, such as 2027."
    return bad_time(cell, "the year does not have four digits", hint)


def _not_so_ordered(day: Day, spelt: str, order: str) -> Problem:
    why = "the year is not where" if order == "ymd" else "there is no such date as"
    hint = f"Write {spelt}, if that is meant."
    return bad_time(day.cell, f"{why} --date-order {order} has it", hint)


def _two_ways(day: Day, spelt: str) -> Problem:
    hint = f"Write {spelt}. Or say it for all of them: --date-order dmy, or mdy."
    return _ambiguous(day, "which is the day and which the month is not sure", hint)


def _contradicting(day: Day, spelt: str, order: Order) -> Problem:
    proofs = " and ".join(f'"{shortened(one.cell, 30)}"' for one in order.evidence)
    hint = f"Write {spelt}. The column has {proofs}: correct those that are wrong."
    return _ambiguous(day, "this column has the day first in some cells, the month in others", hint)


def _ambiguous(day: Day, why: str, hint: str) -> Problem:
    return Problem("ambiguous-date", f'"{shortened(day.cell, 50)}": {why}.', hint)


def bad_time(cell: str, why: str, hint: str) -> Problem:
    return Problem("bad-time", f'"{shortened(cell.strip(), 50)}": {why}.', hint)

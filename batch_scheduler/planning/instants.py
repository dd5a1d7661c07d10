"""Times as people write them → instants: whole seconds since 1970 in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from batch_scheduler.planning.distinct import Distinct
from batch_scheduler.planning.problem import Problem, shortened

NONE = np.iinfo(np.int64).min
"""Stands for no instant."""

_EPOCH = datetime(1970, 1, 1)
_LAST = int((datetime(2201, 1, 1) - _EPOCH).total_seconds())
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt]|\s+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?"
    r"\s*(?:([Zz])|([+-])(\d\d):?(\d\d)|([+-])(\d\d))?",
    re.ASCII,
)
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}):(\d\d).*)?", re.ASCII)
_NUMBERS = re.compile(
    r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4}),?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*(am|pm)?",
    re.ASCII | re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WRITE = "Write it as 2027-05-01 09:00."
_EXAMPLE = "2027-05-01T09:00Z, 2027-05-01T09:00+02:00, or 2027-05-01 09:00 with a timezone"


@dataclass(frozen=True, slots=True)
class Written:
    """A time as it stands in a cell: seconds since 1970 on its own clock; offset in seconds."""

    seconds: int
    offset: int | None


def parse_time(text: str, order: str | None = None) -> Written | Problem:
    """ISO 8601 in its usual forms; fractions go to the nearest second. No zone is looked at.

    `order` (dmy, mdy or ymd) says how a date with slashes, dots or hyphens is meant.
    """
    match = _ISO.fullmatch(text.strip())
    if not match:
        return _ordered(text, order) if order else _unreadable(text.strip())
    year, month, day, hour, minute, second, fraction, zulu, *offsets = match.groups()
    try:
        when = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
    except ValueError as error:
        return _bad(text, f"there is no such time: {error}", f"Write it as {_EXAMPLE}.")
    seconds = (when - _EPOCH) // timedelta(seconds=1) + bool(fraction and fraction[0] >= "5")
    if not 0 <= seconds < _LAST:
        return _bad(text, "the year is out of range", "Write a year from 1970 to 2200.")
    if zulu:
        return Written(seconds, 0)
    sign, hours, minutes = offsets[0] or offsets[3], offsets[1] or offsets[4], offsets[2] or "0"
    if not sign:
        return Written(seconds, None)
    offset = int(hours) * 3600 + int(minutes) * 60
    if offset > 14 * 3600 or int(minutes) > 59:
        return _bad(text, "there is no such offset", f"Write it as {_EXAMPLE}.")
    return Written(seconds, -offset if sign == "-" else offset)


def _ordered(text: str, order: str) -> Written | Problem:
    match = _NUMBERS.fullmatch(text.strip())
    if not match:
        return _unreadable(text.strip())
    *date, hour, minute, second, half = match.groups()
    parts = dict(zip(order, map(int, date), strict=True))
    if len(date[order.index("y")]) != 4:
        return _bad(text, f"the year is not where --date-order {order} has it", _WRITE)
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return _bad(text, "there is no such hour", _WRITE)
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    clock = f"{hours:02}:{minute}:{second or '00'}"
    return parse_time(f"{parts['y']:04}-{parts['m']:02}-{parts['d']:02}T{clock}")


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """`of` has one instant per row, NONE where there is none; `outcomes` run by `codes`."""

    of: np.ndarray
    codes: np.ndarray
    outcomes: Sequence[Problem | None]


def resolve(times: Distinct[Written | Problem], zones: Distinct[str | Problem]) -> Instants:
    """Bring times and zones together, once for each distinct pair of them.

    A local time without a zone is a `missing-timezone`; one whose zone is not understood is
    silent: that is the zone's problem. Problems of the time itself come through.
    """
    codes, pairs = pd.factorize(times.codes * len(zones.values) + zones.codes)
    found = np.full(len(pairs), NONE, dtype=np.int64)
    outcomes: list[Problem | None] = [None] * len(pairs)
    local: dict[str, list[int]] = {}
    seconds = np.zeros(len(pairs), dtype=np.int64)
    for pair, (time, zone) in enumerate(zip(*divmod(pairs, len(zones.values)), strict=True)):
        written, name = times.values[time], zones.values[zone]
        if isinstance(written, Problem):
            outcomes[pair] = written
        elif written.offset is not None:
            found[pair] = written.seconds - written.offset
        elif isinstance(name, str) and name:
            seconds[pair] = written.seconds
            local.setdefault(name, []).append(pair)
        elif name == "":
            outcomes[pair] = MISSING_ZONE
    for name, members in local.items():
        zone_info = ZoneInfo(name)
        found[members] = _localised(seconds[members], zone_info)
        for pair in members:
            if found[pair] == NONE:
                outcomes[pair] = _not_once(
                    _EPOCH + timedelta(seconds=int(seconds[pair])), zone_info
                )
    return Instants(found[codes], codes, outcomes)


def _localised(seconds: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Seconds on the zone's clock → in UTC; NONE where the clock shows them twice or never."""
    times = pd.DatetimeIndex(seconds.astype("datetime64[s]"))
    aware = times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    instants: np.ndarray = aware.as_unit("s").asi8
    return instants


MISSING_ZONE = Problem(
    "missing-timezone",
    "The time has neither an offset nor a time zone.",
    'Write the zone into a column "timezone" (such as Europe/Berlin), or an offset behind the '
    "time (2027-05-01T09:00+02:00), or give --timezone.",
)
MISSING_TIME = Problem("missing-time", "The time is missing.", f"Write it as {_EXAMPLE}.")


def _not_once(when: datetime, zone: ZoneInfo) -> Problem:
    early, late = (when.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    back = early.astimezone(UTC).astimezone(zone)
    clock = when.isoformat(" ", "minutes")
    if back.replace(tzinfo=None) != when:
        return Problem(
            "nonexistent-time",
            f"In {zone.key} the clocks skip {clock}: daylight saving begins.",
            f"Write {back.isoformat(timespec='minutes')} or another time.",
        )
    return Problem(
        "ambiguous-time",
        f"In {zone.key} the clocks show {clock} twice: daylight saving ends.",
        f"Write {early.isoformat(timespec='minutes')} or {late.isoformat(timespec='minutes')}.",
    )


def _unreadable(text: str) -> Problem:
    if not text:
        return MISSING_TIME
    slashed = _SLASHED.fullmatch(text)
    if slashed and (readings := _readings(slashed)):
        which = "It can be read two ways" if len(readings) > 1 else "Day and month can be mixed up"
        hint = f"{which}: {readings}. Or say it for all of them: --date-order dmy, or mdy."
        return _bad(text, "the order of day and month is not sure", hint)
    if _DATE.fullmatch(text):
        return _bad(
            text, "the time of day is missing", f"Write {text}T09:00, for 9 in the morning."
        )
    return _bad(text, "it is not a date and time", f"Write it as {_EXAMPLE}.")


def _readings(slashed: re.Match[str]) -> str:
    first, second, year, hour, minute = slashed.groups()
    texts = []
    for day, month in dict.fromkeys([(first, second), (second, first)]):
        try:
            when = datetime(int(year), int(month), int(day), int(hour or 9), int(minute or 0))
        except ValueError:
            continue
        texts.append(f"write {when:%Y-%m-%dT%H:%M} for {when.day} {when:%B}")
    return ", ".join(texts)


def _bad(text: str, why: str, hint: str) -> Problem:
    return Problem("bad-time", f'"{shortened(text.strip(), 50)}": {why}.', hint)

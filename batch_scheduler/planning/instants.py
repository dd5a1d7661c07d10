"""Times and zones → instants: whole seconds since 1970 in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from batch_scheduler.model import Severity
from batch_scheduler.planning.distinct import Distinct
from batch_scheduler.planning.problem import Noted, Problem
from batch_scheduler.planning.times import Written
from batch_scheduler.planning.zones import RowZones

NONE = np.iinfo(np.int64).min
"""Stands for no instant."""

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """`of` has one instant per row, NONE where there is none; `outcomes` run by `codes`."""

    of: np.ndarray
    codes: np.ndarray
    outcomes: Sequence[Problem | Noted[None] | None]


def resolve(
    times: Distinct[Written | Problem | None], zones: RowZones, clock_alone: bool = False
) -> Instants:
    """Bring times and zones together, once for each distinct pair of them.

    A local time without a zone is a `missing-timezone`. What is wrong with a time or a zone itself
    is silent here. `clock_alone`: a hint is for a cell that has the time of day without the date.
    """
    codes, pairs = pd.factorize(times.codes * len(zones.own.values) + zones.own.codes)
    found = np.full(len(pairs), NONE, dtype=np.int64)
    outcomes: list[Problem | Noted[None] | None] = [None] * len(pairs)
    local: dict[str, list[int]] = {}
    offset: dict[str, list[int]] = {}
    seconds = np.zeros(len(pairs), dtype=np.int64)
    for pair, (time, zone) in enumerate(zip(*divmod(pairs, len(zones.own.values)), strict=True)):
        written, own, name = times.values[time], zones.own.values[zone], zones.meant.values[zone]
        if not isinstance(written, Written):
            continue
        seconds[pair] = written.seconds
        if written.offset is not None:
            found[pair] = written.seconds - written.offset
            if written.offset and isinstance(own, str) and own:
                offset.setdefault(own, []).append(pair)
        elif isinstance(name, str) and name:
            local.setdefault(name, []).append(pair)
        elif name == "":
            outcomes[pair] = MISSING_ZONE
    for name, members in local.items():
        zone_info = ZoneInfo(name)
        found[members] = _localised(seconds[members], zone_info)
        for pair in members:
            if found[pair] == NONE:
                when = _EPOCH + timedelta(seconds=int(seconds[pair]))
                outcomes[pair] = _not_once(when, zone_info, clock_alone)
    for name, members in offset.items():
        elsewhere = _clock(found[members], ZoneInfo(name)) != seconds[members]
        for place in np.flatnonzero(elsewhere).tolist():
            outcomes[members[place]] = Noted(None, _another_offset(name))
    return Instants(found[codes], codes, outcomes)


def _localised(seconds: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Seconds on the zone's clock → in UTC; NONE where the clock shows them twice or never."""
    times = pd.DatetimeIndex(seconds.astype("datetime64[s]"))
    aware = times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    instants: np.ndarray = aware.as_unit("s").asi8
    return instants


def _clock(instants: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Seconds in UTC → on the zone's clock."""
    times = pd.DatetimeIndex(instants.astype("datetime64[s]"), tz=UTC)
    shown: np.ndarray = times.tz_convert(zone).tz_localize(None).as_unit("s").asi8
    return shown


MISSING_ZONE = Problem(
    "missing-timezone",
    "The time has neither an offset nor a time zone.",
    'Write the zone into a column "timezone" (such as Europe/Berlin), or an offset behind the '
    "time (2027-05-01T09:00+02:00), or give --timezone.",
)


def _another_offset(zone: str) -> Problem:
    return Problem(
        "offset-differs",
        f"The offset of this time is not the one that {zone} has then. The offset counts.",
        "Correct the offset or the zone, or leave the offset out if the zone is to count.",
        Severity.WARNING,
    )


def _not_once(when: datetime, zone: ZoneInfo, clock_alone: bool) -> Problem:
    readings = [when.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    # What the clocks skip comes back as the time an hour later, and an hour earlier.
    shown = [reading.astimezone(UTC).astimezone(zone) for reading in readings]
    skipped = shown[0].replace(tzinfo=None) != when
    clock = _minutes(when, " ")
    choices = [
        _minutes(one).partition("T")[2] if clock_alone else _minutes(one)
        for one in (shown if skipped else readings)
        if not clock_alone or one.date() == when.date()
    ]
    hint = f"Write {' or '.join(choices)}."
    if skipped:
        return Problem(
            "nonexistent-time",
            f"In {zone.key} the clocks skip {clock}: daylight saving begins.",
            hint,
        )
    return Problem(
        "ambiguous-time",
        f"In {zone.key} the clocks show {clock} twice: daylight saving ends.",
        f"{hint} The first of them comes first.",
    )


def _minutes(when: datetime, between: str = "T") -> str:
    return when.isoformat(between, "seconds" if when.second else "minutes")

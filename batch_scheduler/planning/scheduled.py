"""A sheet's columns of times → instants."""

from __future__ import annotations

import numpy as np
import pandas as pd

from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.distinct import Distinct
from batch_scheduler.planning.instants import MISSING_ZONE, NONE, resolve
from batch_scheduler.planning.problem import Findings, Problem
from batch_scheduler.planning.times import (
    DAY,
    Column,
    T,
    Written,
    read_clocks,
    read_dates,
    read_times,
)
from batch_scheduler.planning.unreadable import MISSING_TIME
from batch_scheduler.planning.zones import RowZones

Times = Distinct[Written | Problem | None]


def read_scheduled(
    findings: Findings, columns: Columns, zones: RowZones, order: str | None
) -> np.ndarray:
    """One instant per row, from scheduled_at or from date and time; NONE where there is none."""
    at, day, clock = (columns.known.get(name) for name in ("scheduled_at", "date", "time"))
    zone_column = columns.known.get("timezone")
    if at is not None:
        times = _times(findings, at, order)
        return _instants(findings, at, zone_column, times, zones)
    if day is None or clock is None:
        return np.full(len(findings.sheet.frame), NONE, dtype=np.int64)
    times = _together(findings, day, clock, order)
    return _instants(findings, clock, zone_column, times, zones, clock_alone=True)


def read_end(findings: Findings, column: int, zones: RowZones, order: str | None) -> np.ndarray:
    """As the time of one column; a blank cell is none."""
    times = _times(findings, column, order, may_be_blank=True)
    return _instants(findings, column, None, times, zones)


def _times(findings: Findings, column: int, order: str | None, may_be_blank: bool = False) -> Times:
    texts = findings.texts(column)
    read = read_times(texts.values, order)
    outcomes = [None if may_be_blank and what is MISSING_TIME else what for what in read.outcomes]
    return _told(findings, column, texts, Column(outcomes, read.remarks))


def _told(
    findings: Findings, column: int, texts: Distinct[str], read: Column[T]
) -> Distinct[T | Problem]:
    """The values, once all is reported that there is to say of them."""
    values = findings.accept(column, texts.codes, read.outcomes)
    for at, remark in read.remarks:
        findings.at_first(column, texts.codes == at, remark)
    return Distinct(texts.codes, values)


def _instants(
    findings: Findings,
    column: int,
    zone_column: int | None,
    times: Times,
    zones: RowZones,
    clock_alone: bool = False,
) -> np.ndarray:
    """A zone that is missing is reported where it belongs."""
    made = resolve(times, zones, clock_alone)
    zoneless = [what if what is MISSING_ZONE else None for what in made.outcomes]
    others = [what if what is not MISSING_ZONE else None for what in made.outcomes]
    findings.accept(column, made.codes, others)
    findings.at_cells(column if zone_column is None else zone_column, made.codes, zoneless)
    return made.of


def _together(findings: Findings, day: int, clock: int, order: str | None) -> Times:
    """Each pair of a date and a time of day once."""
    dates, times = findings.texts(day), findings.texts(clock)
    days = _told(findings, day, dates, read_dates(dates.values, order))
    clocks = _told(findings, clock, times, read_clocks(times.values))
    codes, pairs = pd.factorize(days.codes * len(clocks.values) + clocks.codes)
    values: list[Written | Problem | None] = []
    for first, second in zip(*divmod(pairs, len(clocks.values)), strict=True):
        date, time = days.values[first], clocks.values[second]
        if isinstance(date, Problem) or isinstance(time, Problem):
            values.append(None)  # it is reported already
        else:
            values.append(Written(date * DAY + time.seconds, time.offset))
    return Distinct(codes, values)

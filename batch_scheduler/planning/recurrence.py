"""Single deliveries that fall on an occurrence of a recurring one: it would be posted twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from batch_scheduler.model import utc_text

_DAY = 86_400
_CLOCK_CHANGE = 3_600
"""An occurrence keeps the hour of its place, or that of UTC: which of them is not documented."""


@dataclass(frozen=True, slots=True)
class Series:
    """What recurs: from `start` every `days`, until `end` (seconds since 1970) if there is one."""

    start: int
    days: int
    end: float | None

    def has(self, instant: int) -> bool:
        """A later occurrence; the first is the delivery itself."""
        since = instant - self.start
        step = self.days * _DAY
        off = min(since % step, -since % step)
        late = self.end is not None and instant > self.end
        return since > _CLOCK_CHANGE and off <= _CLOCK_CHANGE and not late


def overlaps(
    table: pd.DataFrame, known: pd.DataFrame, documents: Sequence[str]
) -> Iterator[tuple[int, Series]]:
    """Positions of planned lines that fall on an occurrence, of the sheet's or the ledger's."""
    options = [_recurs(text) for text in documents]
    ours = table["options"].isin([code for code, what in enumerate(options) if what]).to_numpy()
    theirs = known[known["options"].map(_recurs).notna() & (known["state"] == "accepted")]
    if not ours.any() and theirs.empty:
        return
    series: dict[tuple[str, str, str], list[Series]] = {}
    line: Any
    for line in table[ours].itertuples():
        _add(series, line, options[line.options])
    for line in theirs.itertuples():
        _add(series, line, _recurs(line.options))
    single = table[~ours]
    places = zip(single["team"], single["post"], single["account"], strict=True)
    hits = [at for at, place in enumerate(places) if place in series]
    for line in single.iloc[hits].itertuples():
        for one in series[(line.team, line.post, line.account)]:
            if one.has(line.instant):
                yield int(line.Index), one
                break


def described(series: Series) -> str:
    until = f", until {utc_text(series.end)}" if series.end is not None else ""
    return f"every {series.days} days from {utc_text(series.start)}{until}"


def _add(series: dict[tuple[str, str, str], list[Series]], line: Any, what: Any) -> None:
    end = what.get("recurrenceEndsAt")
    until = None if end is None else datetime.fromisoformat(end).timestamp()
    one = Series(int(line.instant), int(what["recurrenceIntervalDays"]), until)
    series.setdefault((line.team, line.post, line.account), []).append(one)


def _recurs(text: str) -> dict[str, Any] | None:
    if "recurrenceIntervalDays" not in text:
        return None
    options: dict[str, Any] = json.loads(text)
    return options if "recurrenceIntervalDays" in options else None

"""Names of time zones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import available_timezones

from batch_scheduler.model import Severity
from batch_scheduler.planning.alike import alike
from batch_scheduler.planning.characters import tidy
from batch_scheduler.planning.distinct import Distinct
from batch_scheduler.planning.problem import (
    Noted,
    Problem,
    as_tidied,
    settled,
    shortened,
)
from batch_scheduler.planning.zone_words import REFUSED, likely_zones

_OFFSET = re.compile(r"\(?(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d\d))?\)?", re.IGNORECASE)
_INVERTED = re.compile(r"Etc/GMT([+-])(\d+)")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class RowZones:
    """`own`: what the rows say, "" for nothing; `meant`: there the default."""

    own: Distinct[str | Problem]
    default: str | None = None
    meant: Distinct[str | Problem] = field(init=False)

    def __post_init__(self) -> None:
        meant = self.own.map(lambda zone: zone or self.default or "")
        object.__setattr__(self, "meant", meant)


def parse_zone(text: str) -> str | Noted[str] | Problem:
    """A name in any case → as IANA writes it; blank → ""."""
    bare = tidy(text)
    wanted = bare.lower().replace(" ", "_")
    if not bare:
        return ""
    name = "UTC" if wanted == "z" else _names().get(wanted)
    if name is None:
        return _unknown(bare)
    return Noted(name, _inverted(name)) if _INVERTED.fullmatch(name) else as_tidied(name, text)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names = {name.lower(): name for name in available_timezones()}
    return {low: name for low, name in names.items() if low not in REFUSED}


def _inverted(name: str) -> Problem:
    sign, hours = name[7], name[8:]
    return Problem(
        "inverted-zone",
        f"{name} is {hours} hours {'behind' if sign == '+' else 'ahead of'} UTC: the signs of "
        "these names are the other way round.",
        'Better write the place, such as "Europe/Berlin".',
        Severity.WARNING,
    )


def _unknown(text: str) -> Problem:
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign, hours, minutes = offset.groups()
        hint = (
            "An offset belongs into the time itself, such as "
            f"2027-05-01T09:00{sign}{int(hours):02}:{minutes or '00'}; here stands a place, "
            'such as "Europe/Berlin".'
        )
    else:
        near = _likely(text) if len(text) <= _LONGEST else []
        places = " or ".join(f'"{name}"' for name in near)
        hint = f"Write the place, such as {places}." if near else 'Write it as "Europe/Berlin".'
    return Problem(
        "unknown-timezone", f'"{shortened(text, 50)}" is not the name of a time zone.', hint
    )


def _likely(text: str) -> Sequence[str]:
    """Names that may be meant, the likeliest first."""
    names, cities = _names(), _cities()
    wanted = re.sub(r"\([^)]*\)", "", text).strip().lower()
    if found := likely_zones(wanted):
        return found
    for part in (wanted, *wanted.split(",")):
        if name := cities.get(part.strip().replace(" ", "_")):
            return [name]
    folded = wanted.replace(" ", "_")
    if near := alike(folded, names):
        return [names[near[0]]]
    near = alike(folded, cities, 0.7)
    return [cities[near[0]]] if near else []


def zone_in(hint: str) -> str | Problem | None:
    """The zone that a hint beside a header text names: "UTC", "Berlin time", "in US Eastern".

    None where it names none; a Problem where it does not say exactly which.
    """
    if offset := _OFFSET_IN_HINT.search(hint):
        return settled(parse_zone(offset[0]))
    for word in re.findall(r"[A-Za-z_]+(?:/[A-Za-z_]+)*", hint):
        low = word.lower()
        shouted = word.isupper() or low == hint.strip().lower()
        if low in ("utc", "gmt") or (low in REFUSED and shouted) or low in _cities():
            return settled(parse_zone(word))
        if "/" in word and isinstance(zone := settled(parse_zone(word)), str):
            return zone
    return None


_OFFSET_IN_HINT = re.compile(r"(?:utc|gmt)\s*[+-]\s*\d{1,2}(?::?\d\d)?", re.IGNORECASE)


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """The last part of each name that has several → the name."""
    return {low.rpartition("/")[2]: name for low, name in sorted(_names().items()) if "/" in low}

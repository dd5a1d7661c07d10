"""Names of time zones."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

from batch_scheduler.planning.problem import Problem, shortened

# They name a fixed offset, a rule that a country has left, or several places at once.
_ABBREVIATIONS = {
    "est": "America/New_York",
    "est5": "America/New_York",
    "edt": "America/New_York",
    "et": "America/New_York",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "pst": "America/Los_Angeles",
    "pst8": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "hst": "Pacific/Honolulu",
    "cet": "Europe/Berlin",
    "cest": "Europe/Berlin",
    "met": "Europe/Berlin",
    "wet": "Europe/Lisbon",
    "eet": "Europe/Helsinki",
    "eest": "Europe/Helsinki",
    "bst": "Europe/London",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
}
_REFUSED = {*_ABBREVIATIONS, "factory", "localtime", "posixrules"}
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)


def parse_zone(text: str) -> str | Problem:
    """A name in any case → as IANA writes it; blank → ""."""
    wanted = text.strip().lower().replace(" ", "_")
    if wanted in ("", "z"):
        return "UTC" if wanted else ""
    name = _names().get(wanted)
    return name or _unknown(text.strip(), wanted)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names = {name.lower(): name for name in available_timezones()}
    return {low: name for low, name in names.items() if low not in _REFUSED}


def zone_in(hint: str) -> str | Problem | None:
    """The zone that a hint beside a header text names: "UTC", "Berlin time", "in US Eastern".

    None where it names none; a Problem where it does not say exactly which.
    """
    if offset := _OFFSET_IN_HINT.search(hint):
        return parse_zone(offset[0])
    for word in re.findall(r"[A-Za-z_]+(?:/[A-Za-z_]+)*", hint):
        low = word.lower()
        shouted = word.isupper() or low == hint.strip().lower()
        if low in ("utc", "gmt") or (low in _ABBREVIATIONS and shouted) or low in _cities():
            return parse_zone(word)
        if "/" in word and isinstance(zone := parse_zone(word), str):
            return zone
    return None


_OFFSET_IN_HINT = re.compile(r"(?:utc|gmt)\s*[+-]\s*\d{1,2}(?::?\d\d)?", re.IGNORECASE)


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """The last part of each name that has several → the name."""
    return {low.rpartition("/")[2]: name for low, name in sorted(_names().items()) if "/" in low}


def _unknown(text: str, wanted: str) -> Problem:
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign, hours, minutes = offset.groups()
        hint = (
            "An offset belongs into the time itself, such as "
            f"2027-05-01T09:00{sign}{int(hours):02}:{minutes or '00'}; here stands a place, "
            'such as "Europe/Berlin".'
        )
    else:
        near = _ABBREVIATIONS.get(wanted) or _nearest(wanted)
        hint = f'Write the place, such as "{near}".' if near else 'Write it as "Europe/Berlin".'
    return Problem(
        "unknown-timezone", f'"{shortened(text, 50)}" is not the name of a time zone.', hint
    )


def _nearest(wanted: str) -> str | None:
    names, by_city = _names(), _cities()
    if wanted in by_city:
        return by_city[wanted]
    near = get_close_matches(wanted, names, n=1, cutoff=0.6)
    if near:
        return names[near[0]]
    near = get_close_matches(wanted, by_city, n=1, cutoff=0.7)
    return by_city[near[0]] if near else None

"""What people write for a time zone instead of its name, and which zones may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

_MOST = 3

# They name a fixed offset, a rule that a country has left, or several places at once.
_ABBREVIATIONS = {
    "est": ("America/New_York",),
    "est5": ("America/New_York",),
    "edt": ("America/New_York",),
    "et": ("America/New_York",),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "cdt": ("America/Chicago",),
    "ct": ("America/Chicago",),
    "mst": ("America/Denver", "America/Phoenix"),
    "mdt": ("America/Denver",),
    "mt": ("America/Denver",),
    "pst": ("America/Los_Angeles",),
    "pst8": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",),
    "pt": ("America/Los_Angeles",),
    "hst": ("Pacific/Honolulu",),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "cet": ("Europe/Berlin", "Europe/Paris"),
    "cest": ("Europe/Berlin", "Europe/Paris"),
    "mez": ("Europe/Berlin",),
    "mesz": ("Europe/Berlin",),
    "met": ("Europe/Berlin",),
    "central european time": ("Europe/Berlin", "Europe/Paris"),
    "wet": ("Europe/Lisbon",),
    "west": ("Europe/Lisbon",),
    "eet": ("Europe/Helsinki", "Europe/Athens"),
    "eest": ("Europe/Helsinki", "Europe/Athens"),
    "msk": ("Europe/Moscow",),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "sgt": ("Asia/Singapore",),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "aest": ("Australia/Sydney", "Australia/Brisbane"),
    "aedt": ("Australia/Sydney",),
    "acst": ("Australia/Adelaide", "Australia/Darwin"),
    "awst": ("Australia/Perth",),
    "nzst": ("Pacific/Auckland",),
    "nzdt": ("Pacific/Auckland",),
}
REFUSED = {*_ABBREVIATIONS, "factory", "localtime", "posixrules"}


def likely_zones(text: str) -> Sequence[str]:
    """`text` in lower case: an abbreviation, Windows' name of a zone, or its name in English."""
    if text in _ABBREVIATIONS:
        return _ABBREVIATIONS[text]
    stem = text.removesuffix(" time")
    for name in (text, f"{stem} standard time"):
        if name in _windows():
            return [_windows()[name]]
    for name in (text, f"{stem} time"):
        if name in _english():
            return _english()[name][:_MOST]
    return []


@lru_cache(maxsize=1)
def _windows() -> dict[str, str]:
    from babel.core import get_global

    return {name.lower(): zone for name, zone in get_global("windows_zone_mapping").items()}


@lru_cache(maxsize=1)
def _english() -> dict[str, list[str]]:
    from babel.dates import get_timezone_name

    found: dict[str, list[str]] = {}
    for zone in dict.fromkeys(_windows().values()):
        if zone.startswith("Etc/"):
            continue
        for kind in ("generic", "standard", "daylight"):
            name = get_timezone_name(ZoneInfo(zone), "long", locale="en_US", zone_variant=kind)
            if zone not in found.setdefault(name.lower(), []):
                found[name.lower()].append(zone)
    return found

"""Times of day as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ZONE = (
    r"(?:(?P<zero>z|utc|gmt)"
    r"|(?P<utc>utc|gmt)?\s*(?P<sign>[+-])(?P<ahead>\d\d?)(?::?(?P<past>\d\d))?)?"
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"|[.](?P<dotted>\d\d)|\s*h\s*(?P<french>\d\d))?"
    r"\s*(?:(?P<half>[ap])\.?\s?m\b\.?|(?P<mark>uhr|hrs?|h|o['\u2019]?clock)\b)?"
    rf"\s*{_ZONE}",
    re.ASCII | re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    rf"\s*{_ZONE}",
    re.ASCII | re.IGNORECASE,
)
_PART = re.compile(r"0?[.,](\d{1,20})", re.ASCII)
_GLUE = re.compile(
    r"(?:\s*,\s*|\s+-\s+|\s+|T(?=\d))"
    r"(?:(?:at|um|à|a las?|as|às|alle|alle ore|ore|om|kl|klo|o|godz)\.?\s+|@\s*)?",
    re.IGNORECASE,
)
_FARTHEST = 14 * 3600
"""No place's clock is farther from UTC, in seconds."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since midnight, up to 86,400; offset in seconds; whether a fraction was rounded."""

    seconds: int
    offset: int | None
    rounded: bool = False

    @property
    def text(self) -> str:
        """09:00, 09:00:10+02:00, 24:00Z."""
        minutes, seconds = divmod(self.seconds, 60)
        clock = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        if not self.offset:
            return clock + ("Z" if self.offset == 0 else "")
        hours, left = divmod(abs(self.offset) // 60, 60)
        return f"{clock}{'-' if self.offset < 0 else '+'}{hours:02}:{left:02}"


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why it is no time of day, and what to write instead."""

    why: str
    hint: str = "Write it as 09:00."


def clock_behind(rest: str) -> Clock | Unclear | None:
    """What stands behind a date. None: it is no time of day."""
    glue = _GLUE.match(rest)
    if not glue:
        return None
    iso = glue[0] in ("T", "t")
    return parse_clock(rest[glue.end() :], iso) or (
        _parsed(_COMPACT, rest[glue.end() :], iso) if iso else None
    )


def parse_clock(text: str, iso: bool = False) -> Clock | Unclear | None:
    """9:00, 09:00:00, 9 am, 9h30, 9 Uhr, with or without an offset. None: nothing of the kind.

    `iso`: it stands behind a T, so that a hyphen can only be the sign of an offset.
    """
    return _parsed(_CLOCK, text, iso)


def _parsed(pattern: re.Pattern[str], text: str, iso: bool) -> Clock | Unclear | None:
    found = pattern.fullmatch(text)
    return _clock(found.groupdict(), iso) if found else None


def part_of_day(text: str) -> Unclear | None:
    """0.375, as a spreadsheet program keeps 9:00."""
    if not (found := _PART.fullmatch(text)):
        return None
    clock = Clock(round(float(f"0.{found[1]}") * 1440) * 60, None)
    return Unclear(
        "this is how a spreadsheet program counts the day's parts",
        f"Format the column as a time before saving; it would be {clock.text}.",
    )


def nearest(fraction: str | None) -> tuple[int, bool]:
    """To the nearest second: one more or none, and whether more than a millisecond is lost."""
    if not fraction:
        return 0, False
    part = float(f"0.{fraction}")
    return int(part >= 0.5), 0.001 < part < 0.999


def offset_seconds(sign: str, hours: str, minutes: str | None) -> int | None:
    """None: no place has such an offset."""
    offset = int(hours) * 3600 + int(minutes or 0) * 60
    if offset > _FARTHEST or int(minutes or 0) > 59:
        return None
    return offset if sign == "+" else -offset


def _clock(parts: dict[str, str | None], iso: bool) -> Clock | Unclear:
    minute = parts["minute"] or parts.get("french")
    marked = parts.get("half") or parts.get("mark")
    if not minute and not marked:
        if dotted := parts.get("dotted"):
            return Unclear(
                "a dot can part hours and minutes, or be a decimal point",
                f"Write {parts['hour']}:{dotted}.",
            )
        return Unclear("the minutes are missing", f"Write {parts['hour']}:00, or what is meant.")
    hours = _hours(int(parts["hour"] or 0), parts.get("half"))
    minutes, seconds = int(minute or parts.get("dotted") or 0), int(parts["second"] or 0)
    if seconds == 60:
        return Unclear("a leap second can't be planned", "Write a second from 00 to 59.")
    if hours is None or minutes > 59 or seconds > 59 or hours * 60 + minutes > 24 * 60:
        return Unclear("there is no such time of day")
    up, rounded = nearest(parts["fraction"])
    whole = hours * 3600 + minutes * 60 + seconds + up
    if whole > _DAY:
        return Unclear("there is no such time of day")
    offset = _offset(parts, iso)
    return offset if isinstance(offset, Unclear) else Clock(whole, offset, rounded)


def _hours(hour: int, half: str | None) -> int | None:
    if not half:
        return hour
    return hour % 12 + (12 if half in "pP" else 0) if 1 <= hour <= 12 else None


def _offset(parts: dict[str, str | None], iso: bool) -> int | Unclear | None:
    if parts["zero"]:
        return 0
    sign = parts["sign"]
    if not sign:
        return None
    alone = not (iso or parts["second"] or parts.get("half") or parts["utc"])
    if sign == "-" and alone:
        return Unclear(
            "it can be a span of time, or a time with its offset",
            "Write the first time alone; an offset has UTC before it: 09:00 UTC-05:00.",
        )
    offset = offset_seconds(sign, parts["ahead"] or "0", parts["past"])
    if offset is None:
        return Unclear("there is no such offset", "Write it as 09:00+02:00.")
    return offset

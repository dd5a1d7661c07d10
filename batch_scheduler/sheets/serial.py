"""Numbers as spreadsheets keep them → the texts that a person reads."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from batch_scheduler.sheets.number_format import Shown

_DAY = 86_400
_LAST = 2_958_466
"""The day after 9999-12-31, counted from 1899-12-30."""
_FROM_1904 = 1_462
_START = datetime(1899, 12, 30)
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})", re.ASCII)


def number_text(text: str, how: Shown, from_1904: bool) -> str:
    """What stands in a file for a number, as its cell shows it; no number: as it is."""
    if how is Shown.NUMBER and _WHOLE.fullmatch(text):
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return serial_text(value, how, from_1904)


def serial_text(value: float, how: Shown, from_1904: bool = False) -> str:
    """Times go to the nearest second, as the program shows them: 08:59:59.9999 is 09:00:00.

    A day alone is a date, also where its cell could show a time, unless that shows both. What no
    date can be is a number.
    """
    if how is Shown.NUMBER or not 0 <= value < _LAST:
        return plain_number(value)
    seconds = math.floor(value * _DAY + 0.5)
    if how is Shown.DURATION:
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if value < 1 and (how is Shown.TIME or not from_1904):
        return clock_text(seconds)  # at most 24:00:00, which is not the beginning of its day
    day, second = divmod(seconds, _DAY)
    date = _date(day, from_1904)
    if value == day and how is not Shown.MOMENT:
        return date
    return f"{date}T{clock_text(second)}"


def plain_number(value: float) -> str:
    """As many digits as spreadsheets keep; what they lost of longer ones shows: 1.78E+16."""
    return f"{value:.15G}" if math.isfinite(value) else str(value)


def _date(day: int, from_1904: bool) -> str:
    if from_1904:
        day += _FROM_1904
    elif day == 60:
        return "1900-02-29"  # a day that spreadsheets have and the calendar has not
    elif day < 60:
        day += 1
    return (_START + timedelta(days=min(day, _LAST - 1))).date().isoformat()


def clock_text(second: int) -> str:
    """3_600 is "01:00:00"; there can be more than a day's."""
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

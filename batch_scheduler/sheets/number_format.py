"""What a number format makes of a number: a date, a time, both, a length of time, or a number."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Shown(Enum):
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    DURATION = "duration"


BUILTIN = {
    **dict.fromkeys(range(14, 18), Shown.DATE),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), Shown.TIME),
    22: Shown.MOMENT,
    46: Shown.DURATION,
    **dict.fromkeys((*range(27, 37), *range(50, 59)), Shown.DATE),  # East Asian programs'
}
"""By the number that stands for the format (ECMA-376, 18.8.30); all others are NUMBER."""

_GENERAL = {"general", "standard", "standaard", "estándar", "geral", "@"}
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.', re.DOTALL)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_CLOCK = re.compile(r"[hs:]|am/pm|a/p", re.IGNORECASE)
_CALENDAR = re.compile(r"[yd]", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{1,5}(?:[\s./:,-]+[^\W\d_]{1,5})+[\s.,]*")


@lru_cache(maxsize=4096)
def shown(code: str) -> Shown:
    """A format as its user wrote it; "TT.MM.JJJJ" and its like in other languages are dates."""
    plain = _LITERAL.sub("", code.partition(";")[0])
    if _ELAPSED.search(plain):
        return Shown.DURATION
    plain = _BRACKETS.sub("", plain).strip()
    if plain.lower() in _GENERAL:
        return Shown.NUMBER
    clock, calendar = bool(_CLOCK.search(plain)), bool(_CALENDAR.search(plain))
    if re.search(r"[0#?@]", plain) and not clock:
        return Shown.NUMBER
    if not calendar:
        # A lone "m" is a month, beside hours a minute; other letters are another language's.
        words = plain.rpartition(":")[0].rpartition(" ")[0] if clock else plain
        calendar = bool(_LETTERS.fullmatch(words)) or (not clock and "m" in plain.lower())
    if clock and calendar:
        return Shown.MOMENT
    return Shown.TIME if clock else Shown.DATE if calendar else Shown.NUMBER

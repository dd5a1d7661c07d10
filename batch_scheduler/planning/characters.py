"""Characters that programs put into cells unasked: invisible ones, and look-alikes."""

from __future__ import annotations

import re
import unicodedata

_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_BREAKS = frozenset("\v\f\x85\u2028\u2029")
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_MOST_NAMED = 3
_QUOTES = "'\"`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"


class _Table(dict[int, str]):
    """For str.translate: filled as characters turn up."""

    def __missing__(self, point: int) -> str:
        self[point] = _plain(chr(point))
        return self[point]


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if character in _HYPHENS:
        return "-"
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - 0xFEE0)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    if character in _BREAKS:
        return "\n"
    return "" if category == "Cf" or character == "\u034f" else character


_TABLE = _Table()


def plain(text: str) -> str:
    """Without invisible characters; spaces, hyphens and digits of any kind as their plain ones."""
    return text if text.isascii() else text.translate(_TABLE)


def tidy(text: str) -> str:
    """Plain, and without the quotes or the apostrophe around it, which no id or time has."""
    return plain(text).strip().strip(_QUOTES).strip()


def oddities(text: str) -> str:
    """What `tidy` takes out or exchanges, named: "NO-BREAK SPACE (U+00A0)"."""
    odd = [character for character in text if _TABLE[ord(character)] != character]
    bare = plain(text).strip()
    odd += re.findall(f"[{_QUOTES}]", bare[:1] + bare[-1:])
    names = [
        f"{unicodedata.name(one, 'character')} (U+{ord(one):04X})" for one in dict.fromkeys(odd)
    ]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more

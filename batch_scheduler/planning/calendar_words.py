"""Names of months and days in the languages of Europe, as CLDR has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from batch_scheduler.planning.headings import bare

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "da", "sv", "nb", "fi", "pl", "cs", "sk", "sl"),
    *("hr", "hu", "ro", "tr", "el", "ru", "uk", "bg", "ca", "et", "lv", "lt", "id", "de_AT"),
)
_OTHER_MONTHS = {"mrz": 3, "maerz": 3}
"""Excel's German has the first of them."""
_OTHER_DAYS = {"tues": 1, "wednes": 2, "thur": 3, "thurs": 3}


def month_of(word: str) -> int | None:
    """1 to 12. None also for a word that means one month here and another there: listopad."""
    months = _months().get(_key(word), frozenset())
    return next(iter(months)) if len(months) == 1 else None


def weekdays_of(word: str) -> frozenset[int]:
    """0, Monday, to 6; more than one if languages differ, none if it is no day of the week."""
    return _weekdays().get(_key(word), frozenset())


def _key(word: str) -> str:
    return bare(word).strip(". ")


@lru_cache(maxsize=1)
def _months() -> dict[str, frozenset[int]]:
    from babel.dates import get_month_names

    words = _by_word(get_month_names)
    return words | {word: frozenset({month}) for word, month in _OTHER_MONTHS.items()}


@lru_cache(maxsize=1)
def _weekdays() -> dict[str, frozenset[int]]:
    from babel.dates import get_day_names

    words = _by_word(get_day_names)
    return words | {word: frozenset({day}) for word, day in _OTHER_DAYS.items()}


def _by_word(names: Callable[..., Mapping[int, str]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, word in _all(names):
        key = _key(word)
        if key.isalpha() and len(key) > 1:
            found.setdefault(key, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def _all(names: Callable[..., Mapping[int, str]]) -> Iterator[tuple[int, str]]:
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                yield from names(width, context, language).items()

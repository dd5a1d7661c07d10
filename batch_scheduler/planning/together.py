"""The columns of several sheets → those of one, by what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from batch_scheduler.model import RESULT_COLUMNS
from batch_scheduler.planning.columns import SEVERAL, read_columns
from batch_scheduler.planning.meanings import NAMES, is_own

_Key = tuple[str | None, str, int]
"""What a column means, its text where that is nothing of ours, and which of those like it it is."""


def together(headers: Sequence[Sequence[str]]) -> tuple[list[str], list[list[int]]]:
    """One header for them all, and for each of them the places of its columns there.

    `headers`: what results sheets repeat, each by itself. What two sheets call differently, but
    means the same, is one column, under our name for it.
    """
    places: dict[_Key, int] = {}
    found = [[places.setdefault(key, len(places)) for key in _keys(header)] for header in headers]
    return [_text(*key) for key in places], found


def _keys(header: Sequence[str]) -> Iterator[_Key]:
    means = read_columns([*RESULT_COLUMNS, *header]).means[len(RESULT_COLUMNS) :]
    seen = Counter[tuple[str | None, str]]()
    for text, name in zip(header, means, strict=True):
        ours = name is not None and name.partition(".")[0] in NAMES
        if ours and seen[name, ""] and name not in SEVERAL:
            ours = False  # it says again what another says: an issue of that sheet
        key = (name, "") if ours else (None, text)
        seen[key] += 1
        yield *key, seen[key]


def _text(name: str | None, text: str, number: int) -> str:
    if name:
        return name if number == 1 else f"{name} ({number})"
    return text if not text or is_own(text) else f"# {text}"

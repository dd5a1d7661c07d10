"""Names that are much like a text, for a person to judge."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process


def alike(text: str, names: Iterable[str], cutoff: float = 0.6, most: int = 1) -> list[str]:
    """The likeliest first. `cutoff`: how alike they are at least, from 0 to 1."""
    found = process.extract(
        text, list(names), scorer=fuzz.ratio, score_cutoff=100 * cutoff, limit=most
    )
    return [name for name, *_ in found]

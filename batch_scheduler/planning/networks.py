"""The networks that the service publishes on, by the words that people have for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.headings import folded

WORDS: dict[str, str] = {
    "instagram": "ig; insta; instagram business",
    "facebook": "fb; facebook page; facebook pages",
    "x": "twitter; twitter/x; x/twitter; X (Twitter); Twitter (X)",
    "linkedin": "linked in; linkedin page; linkedin company; linkedin profile",
    "tiktok": "tik tok",
    "youtube": "yt; you tube",
    "threads": "",
}
"""The service's name → others' words for it, apart by semicolons."""

NETWORKS = tuple(WORDS)
_BY_WORD = {
    folded(word): name for name, words in WORDS.items() for word in (name, *words.split(";"))
}
_WORDS = re.compile(r"[\w\s/()-]+")
_BETWEEN = re.compile(r"[,;|&+\r\n]|\band\b|\bund\b|\bet\b|\by\b", re.IGNORECASE)


def network(text: str) -> str | None:
    """The service's name for a network in any of these words."""
    bare = plain(text)
    return _BY_WORD.get(folded(bare)) if _WORDS.fullmatch(bare) else None


def parts(text: str) -> Sequence[str]:
    """The words of a list of networks: "Facebook, Instagram and X"."""
    return [part for part in map(str.strip, _BETWEEN.split(plain(text))) if part]

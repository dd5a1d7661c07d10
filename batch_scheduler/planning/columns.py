"""What the texts of a header row mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from batch_scheduler.model import RESULT_COLUMNS
from batch_scheduler.planning.problem import Problem, listed

NEEDED = ("post_id", "social_account_ids", "scheduled_at")
OBJECTS = ("platform_settings", "first_comment", "engagement_comment_trigger", "repost_after")
NAMES = (
    *NEEDED,
    "timezone",
    "team_id",
    *OBJECTS,
    "recurrence_interval_days",
    "recurrence_ends_at",
)
_CORE = (*NEEDED, "timezone", "team_id")


def folded(text: str) -> str:
    """Case, spaces, hyphens and underscores don't count; so camelCase field names match too."""
    return re.sub(r"[\s_-]+", "", text).lower()


_BY_FOLDED = {folded(name): name for name in NAMES} | {"socialaccountid": "social_account_ids"}
_OF_RESULTS = tuple(folded(name) for name in RESULT_COLUMNS)


@dataclass(slots=True)
class Columns:
    """Where each known thing stands, by position in the header.

    `dotted`: (name, key after the dot) → position. `other`: all that a results sheet repeats:
    everything but what says team, post, accounts, time, zone and an earlier run's outcome.
    """

    known: dict[str, int] = field(default_factory=dict)
    dotted: dict[tuple[str, str], int] = field(default_factory=dict)
    unnamed: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    status: int | None = None
    problems: list[tuple[str | None, Problem]] = field(default_factory=list)


_LONGEST = 64
"""More letters than a name has in any spelling."""


def likeness(row: Sequence[str]) -> int:
    """How many of the needed columns a row names: the row that names most is the header."""
    names = {_BY_FOLDED.get(folded(text)) for text in row if text and len(text) <= _LONGEST}
    return len(names.intersection(NEEDED))


def read_columns(header: Sequence[str]) -> Columns:
    columns = Columns()
    start = 0
    if tuple(map(folded, header[: len(_OF_RESULTS)])) == _OF_RESULTS:
        columns.status = RESULT_COLUMNS.index("status")
        start = len(_OF_RESULTS)
        for place, text in enumerate(header[:start]):
            if folded(text) in _BY_FOLDED:
                columns.known[_BY_FOLDED[folded(text)]] = place
    for place, text in enumerate(header[start:], start):
        _add(columns, header, place, text)
    missing = [name for name in NEEDED if name not in columns.known]
    for name in missing:
        columns.problems.append((None, _missing(name, header)))
    return columns


def _add(columns: Columns, header: Sequence[str], place: int, text: str) -> None:
    name = _BY_FOLDED.get(folded(text))
    head, dot, key = text.partition(".")
    whole = _BY_FOLDED.get(folded(head))
    earlier = None
    if name not in _CORE:
        (columns.other if text else columns.unnamed).append(place)
    if not text or text.startswith("#") or text.lower().startswith("note"):
        return
    if name:
        earlier = columns.known.setdefault(name, place)
    elif dot and key.strip() and whole in OBJECTS:
        earlier = columns.dotted.setdefault((whole, key), place)
    else:
        columns.problems.append((text, _unknown(text)))
    if earlier is not None and earlier != place:
        columns.problems.append((text, _duplicate(text, header[earlier])))
        if name in _CORE:
            columns.other.append(place)


def _unknown(text: str) -> Problem:
    head, dot, key = text.partition(".")
    near = get_close_matches(folded(head), _BY_FOLDED, n=1, cutoff=0.6)
    name = _BY_FOLDED[near[0]] if near else ""
    if dot and key and name in OBJECTS:
        name = f"{name}.{key}"
    mean = f'Did you mean "{name}"? ' if name else f"Known are: {', '.join(NAMES)}. "
    ignore = f'A column that is only for you begins with # or note: "#{text}".'
    return Problem("unknown-column", f'The column "{text}" is not known.', mean + ignore)


def _duplicate(text: str, earlier: str) -> Problem:
    return Problem(
        "duplicate-column",
        f'The column "{text}" says the same thing as "{earlier}" before it.',
        "Keep one of them, or let the name of one begin with #.",
    )


def _missing(name: str, header: Sequence[str]) -> Problem:
    found = [text for text in header if text]
    seen = f"The header row has: {listed(found, 12)}." if found else "There is no header row."
    return Problem(
        "missing-column",
        f'There is no column "{name}".',
        f'Name it "{name}" in the header row, near the top. {seen}',
    )

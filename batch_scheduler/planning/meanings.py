"""What each text of a header row means: by a person's word, a known format, or the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from batch_scheduler.planning import formats
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.formats import Format
from batch_scheduler.planning.headings import folded
from batch_scheduler.planning.networks import NETWORKS
from batch_scheduler.planning.vocabulary import IGNORE, meaning

OBJECTS = ("platform_settings", "first_comment", "engagement_comment_trigger", "repost_after")
NAMES_OF_ACCOUNTS = ("social_accounts", "account", "provider", *NETWORKS)
"""Columns that say whom a row is for, beside ids."""
CONTENT = ("text", "title", "asset_ids", "media_urls")
"""What a post is created from, where there is no id of one."""
NAMES = (
    *("post_id", "social_account_ids", "scheduled_at", "date", "time", "timezone", "team_id"),
    *NAMES_OF_ACCOUNTS,
    *CONTENT,
    *OBJECTS,
    *("recurrence_interval_days", "recurrence_ends_at"),
)
"""Our names for columns."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person says of the words of a sheet.

    `mapping`: header text → one of NAMES, one of OBJECTS with a key behind a dot, or IGNORE.
    `format`: the name of one of FORMATS.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None

    def maps(self, text: str) -> str | None:
        """What a person says that a header text means."""
        return {_key(own): name for own, name in self.mapping.items()}.get(_key(text))


@lru_cache(maxsize=1 << 15)
def exact(text: str) -> str:
    """Case, spaces, hyphens and underscores don't count; so camelCase field names match too."""
    return re.sub(r"[\s_-]+", "", plain(text)).lower()


BY_EXACT = {exact(name): name for name in NAMES} | {"socialaccountid": "social_account_ids"}


def known(name: str) -> str | None:
    """Our name for a name of ours in any writing, also with a key behind a dot; or IGNORE."""
    if exact(name) == IGNORE:
        return IGNORE
    head, dot, key = name.partition(".")
    whole = BY_EXACT.get(exact(head))
    if dot:
        return f"{whole}.{key}" if key.strip() and whole in OBJECTS else None
    return whole


_TAKEN = {*NAMES, IGNORE, *formats.SPECIAL}


def means(header: Sequence[str], wording: Wording, form: Format | None) -> list[str | None]:
    """By position; None for what has no name or is not understood."""
    found = _as_one_time([_mean(text, wording, form) for text in header])
    return [name if name in _TAKEN or (name and "." in name) else None for name in found]


def is_own(text: str) -> bool:
    """Whether a column is only for whoever keeps the sheet."""
    return text.startswith("#") or text.lower().startswith("note")


def _key(text: str) -> str:
    return folded(text) or text.strip()


def _mean(text: str, wording: Wording, form: Format | None) -> str | None:
    if not text:
        return None
    if said := wording.maps(text):
        return said
    if is_own(text):
        return IGNORE
    if form and (listed := form.meaning(text)):
        return listed
    if "." in text and exact(text.partition(".")[0]) in BY_EXACT:
        return known(text)
    return known(text) or meaning(text) or (formats.LOST if form else None)


def _as_one_time(found: list[str | None]) -> list[str | None]:
    """A date alone, or a time alone, is taken for both: its cells tell whether they are."""
    for name, other in (("date", "time"), ("time", "date")):
        if name in found and other not in found:
            return ["scheduled_at" if one == name else one for one in found]
    return found

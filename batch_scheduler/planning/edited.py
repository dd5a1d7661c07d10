"""Texts that were changed after something of them was sent, or was about to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from batch_scheduler.planning.wishes import Wishes

_SHOWN = 60
_BEFORE = 15
"""Characters shown of a text, and of them before the first that differs."""
_NAMES = {"text": "text", "title": "title", "assetIds": "asset_ids", "mediaUrls": "media_urls"}
Place = tuple[str, str, int]
"""Team, account and instant."""


def changed(wishes: Wishes, others: pd.DataFrame, lines: np.ndarray) -> dict[int, str]:
    """Line → what to tell a person, of those `lines` (a mask) where something else was created for
    the account and instant.

    `others`: the ledger's live deliveries of created posts that these sheets do not ask for;
    `held`: by a living run.
    """
    told: dict[int, str] = {}
    sent = others[(others["state"] != "planned") | others["held"]]
    before: dict[Place, Any] = {}
    for old in sent.itertuples():
        before.setdefault(_place(old), old)
    if not before:
        return told
    for line, wish in _lines(wishes, lines):
        if one := before.get(_place(wish)):
            what = differences(one.content, wishes.contents[wish.content])
            told[line] = _SENTENCE.format(_STATES.get(one.state, f"is sent by run {one.run}"), what)
    return told


def made_otherwise(wishes: Wishes, lines: np.ndarray) -> dict[int, str]:
    """The same for rows with the id of a post that was created from another text."""
    texts = wishes.table["content"].to_numpy()
    return {
        line: _OTHERWISE.format(differences(body, wishes.contents[texts[line]]))
        for line, body in wishes.made_from.items()
        if lines[line]
    }


def outdated(wishes: Wishes, others: pd.DataFrame, lines: np.ndarray) -> list[int]:
    """The ledger's ids of what dead runs left over for the accounts and instants of these lines."""
    left = others[(others["state"] == "planned") & ~others["held"]]
    if left.empty:
        return []
    wanted = {_place(wish) for _, wish in _lines(wishes, lines)}
    return [int(one.id) for one in left.itertuples() if _place(one) in wanted]  # type: ignore[arg-type]


def differences(old: str, new: str) -> str:
    """Which parts of a content differ, with both: `text: "Big sale" → "Big sales"`."""
    was: Mapping[str, Any] = json.loads(old) if old else {}
    now: Mapping[str, Any] = json.loads(new)
    if not was:
        return "the old text is not kept any more"
    return "; ".join(
        f"{name}: {_both(was.get(field, ''), now.get(field, ''))}"
        for field, name in _NAMES.items()
        if was.get(field) != now.get(field)
    )


def _both(old: str | list[str], new: str | list[str]) -> str:
    was, now = (one if isinstance(one, str) else ", ".join(one) for one in (old, new))
    pairs = zip(was, now, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(was), len(now)))
    start = max(0, same - _BEFORE)
    return " → ".join(_excerpt(text, start) for text in (was, now))


def _excerpt(text: str, start: int) -> str:
    part = text[start : start + _SHOWN]
    left, right = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
    return f'"{left}{part}{right}"'


def _lines(wishes: Wishes, lines: np.ndarray) -> Iterable[tuple[int, Any]]:
    at = np.flatnonzero(lines)
    return zip(at.tolist(), wishes.table.iloc[at].itertuples(), strict=True)


def _place(one: Any) -> Place:
    return one.team, one.account, one.instant


_STATES = {
    "accepted": "is accepted",
    "in_doubt": "was sent, and may be scheduled,",
    "sending": "was sent, and may be scheduled,",
}
_SENTENCE = (
    "another text {} for this account and time, which the sheet no longer has: {}. Cancel that one "
    "in Octospark and run with --send-held text-changed, or put the old text back"
)
_OTHERWISE = (
    "this post was created from another text: {}. Put the old text back; or run with --send-held "
    "text-changed, and a new post is created (if the old one is scheduled, cancel it in Octospark)"
)

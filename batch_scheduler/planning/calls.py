"""Planned deliveries → as few calls as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batch_scheduler.planning.distinct import combined
from batch_scheduler.planning.size import (
    BY_ACCOUNT,
    ID_BYTES,
    LARGEST_BODY,
    ONE_FOR_ALL,
    document_bytes,
    envelope_bytes,
    line_bytes,
    shared_bytes,
)

_SHARED = ("post", "instant", "team", "zone", "options")


def with_calls(
    entries: pd.DataFrame, documents: Sequence[str], max_accounts: int
) -> tuple[pd.DataFrame, int]:
    """The entries, each planned one with the number of its call (all others: -1); how many calls.

    They are numbered from 1, soonest first.
    """
    planned = (entries["state"] == "planned").to_numpy()
    calls = np.full(len(entries), -1, dtype=np.int64)
    lines = entries if planned.all() else entries[planned]
    calls[planned] = _numbers(lines, documents, max_accounts)
    return entries.assign(call=calls), int(calls.max(initial=0))


def _numbers(lines: pd.DataFrame, documents: Sequence[str], max_accounts: int) -> np.ndarray:
    """The number of each line's call: from 1, soonest first, then as the input has them."""
    if lines.empty:
        return np.zeros(0, dtype=np.int64)
    groups = combined(*(lines[name].to_numpy() for name in _SHARED))
    parts = _places(groups) // max_accounts
    calls = combined(groups, parts) if parts.any() else groups
    sizes = document_bytes(documents)
    largest = np.bincount(calls, weights=line_bytes(lines, sizes))[calls]
    largest += shared_bytes(lines, sizes)
    oversize = np.unique(groups[largest > LARGEST_BODY]).tolist()
    for group in oversize:
        members = np.flatnonzero(groups == group)
        parts[members] = _split(lines.iloc[members], documents, sizes, max_accounts)
    if oversize:
        calls = combined(groups, parts)
    first = np.flatnonzero(~pd.Series(calls).duplicated())
    soonest = np.argsort(lines["instant"].to_numpy()[first], kind="stable")
    numbers = np.empty(len(first), dtype=np.int64)
    numbers[soonest] = np.arange(1, len(first) + 1)
    numbered: np.ndarray = numbers[calls]
    return numbered


def _places(groups: np.ndarray) -> np.ndarray:
    """Each line's place among those of its group, from 0."""
    if groups.max() == len(groups) - 1:
        return np.zeros(len(groups), dtype=np.int64)
    return pd.Series(groups).groupby(groups).cumcount().to_numpy()


@dataclass(slots=True)
class _Body:
    """A call that is being filled. `mixed`: bytes of settings if they go by account."""

    accounts: int = 0
    mixed: int = 0
    settings: int | None = None
    uniform: bool = True

    def with_one(self, settings: int, size: int) -> _Body:
        return _Body(
            self.accounts + 1,
            self.mixed + (ID_BYTES + len(":,") + size if size else 0),
            settings,
            self.uniform and self.settings in (None, settings),
        )

    def bytes(self, size: int) -> int:
        """Beside the envelope, exact; `size` is that of the settings added last."""
        total = self.accounts * (ID_BYTES + 1) - 1
        if not self.uniform:
            return total + BY_ACCOUNT + self.mixed - 1
        return total + (ONE_FOR_ALL + size if size else 0)


def _split(
    lines: pd.DataFrame, documents: Sequence[str], sizes: np.ndarray, max_accounts: int
) -> list[int]:
    """First fit, in two orders; the better one. Packing at its best is too hard a problem.

    Equal settings side by side need to be written once a call; large ones first leave less waste.
    """
    head = lines.iloc[0]
    options = documents[head["options"]]
    room = LARGEST_BODY - envelope_bytes(int(head["instant"]), head["zone"], options)
    settings = lines["settings"].tolist()
    weights = [int(sizes[code]) for code in settings]
    alike = sorted(range(len(lines)), key=lambda line: (-weights[line], settings[line]))
    orders: list[Iterable[int]] = [alike, range(len(lines))]
    packed = (_first_fit(order, settings, weights, room, max_accounts) for order in orders)
    return min(packed, key=max)


def _first_fit(
    order: Iterable[int], settings: list[int], weights: list[int], room: int, most: int
) -> list[int]:
    bodies: list[_Body] = []
    parts = [0] * len(settings)
    for line in order:
        code, size = settings[line], weights[line]
        bodies.append(_Body())  # one that is empty always takes it
        for part, body in enumerate(bodies):
            fuller = body.with_one(code, size)
            if part == len(bodies) - 1 or (fuller.accounts <= most and fuller.bytes(size) <= room):
                bodies[part], parts[line] = fuller, part
                break
        if not bodies[-1].accounts:
            bodies.pop()
    return parts

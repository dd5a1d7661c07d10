"""The posts of a run, and which of them may be moved to draft. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from batch_scheduler.ledger import Scheduled
from batch_scheduler.model import utc_text

Place = tuple[str, str]
"""Team and post."""

DOUBT_S = 60.0
"""So long after its answer was lost the service may still be at work on a call."""


class Word(StrEnum):
    """What came of one delivery."""

    UNDONE = "undone"
    """The post shows nothing scheduled any more."""
    UNCONFIRMED = "unconfirmed"
    """It was asked for, and the post does not show that it was done."""
    REFUSED = "refused"
    LEFT = "left"
    """It was not asked for, because something speaks against it."""
    WAITING = "waiting"
    """It was not asked for, because it was stopped before."""
    TO_UNDO = "to_undo"
    """In a dry run."""


@dataclass(frozen=True, slots=True)
class Ending:
    word: Word
    said: str


@dataclass(frozen=True, slots=True)
class Target:
    """One post with all that the run got scheduled of it and has not taken back yet.

    `left`: why it is not asked for; "" where nothing speaks against it.
    """

    team: str
    post: str
    rows: tuple[Scheduled, ...]
    left: str = ""

    @property
    def place(self) -> Place:
        return self.team, self.post

    @property
    def first(self) -> int:
        """The soonest of its instants."""
        return min(row.instant for row in self.rows)


def targets_of(
    rows: Sequence[Scheduled], sharing: Mapping[Place, str], now: float, lead: float
) -> list[Target]:
    """Soonest first. `sharing`: posts of which another run got something scheduled."""
    posts: dict[Place, list[Scheduled]] = {}
    for row in rows:
        if row.state != "undone":
            posts.setdefault((row.team, row.post), []).append(row)
    found = [
        Target(*place, tuple(own), _left(own, sharing.get(place), now, lead))
        for place, own in posts.items()
    ]
    return sorted(found, key=lambda target: target.first)


def _left(rows: Sequence[Scheduled], other: str | None, now: float, lead: float) -> str:
    if other:
        return (
            f"run {other} has scheduled something of this post too, and a move to draft would take "
            "that back as well: cancel it in Octospark"
        )
    soonest = min(row.instant for row in rows)
    if soonest < now + lead:
        return too_late(soonest)
    if any(row.state == "in_doubt" and (row.since or 0) > now - DOUBT_S for row in rows):
        return (
            "the answer to a call of it was lost just now, and the service may still be at work on "
            "it: undo the run again in a minute"
        )
    return ""


def too_late(instant: int) -> str:
    return (
        f"its time, {utc_text(instant)}, has come or is too near: it may be published, and what a "
        "move to draft does to that is not known"
    )

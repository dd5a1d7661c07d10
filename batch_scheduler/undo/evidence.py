"""What a post shows of what a run got scheduled of it. Pure: the reading is done elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from batch_scheduler.ledger import Scheduled
from batch_scheduler.octospark import Post, ScheduledPost
from batch_scheduler.sending.evidence import SAME_INSTANT_S
from batch_scheduler.sending.instant import parse_instant


class Shows(Enum):
    NOTHING = "no scheduled post"
    OURS = "a scheduled post of this run"
    ANOTHER = "one that this run did not make, or that can't be told"


@dataclass(frozen=True, slots=True)
class Seen:
    """`by_id`: ours beyond doubt. `said` is for a person."""

    shows: Shows
    said: str
    by_id: bool = False


def seen_of(post: Post, rows: Sequence[Scheduled]) -> Seen:
    """`rows`: what the run got scheduled of it, or may have."""
    latest = post.latest_scheduled_post
    if latest is None:
        return Seen(Shows.NOTHING, "the service shows nothing scheduled of this post")
    said = f"the service shows it as scheduled on {_described(latest)}"
    if latest.key and latest.key in {(row.scheduled_post_id or "").lower() for row in rows}:
        return Seen(Shows.OURS, said, by_id=True)
    if any(row.state == "in_doubt" and _may_be(latest, row) for row in rows):
        return Seen(Shows.OURS, said)
    return Seen(Shows.ANOTHER, f"{said}, which this run did not do")


def _may_be(latest: ScheduledPost, row: Scheduled) -> bool:
    at = parse_instant(latest.scheduled_at)
    same = at is not None and abs(at - row.instant) <= SAME_INSTANT_S
    return same and (latest.social_account_id or "").lower() == row.account


def _described(latest: ScheduledPost) -> str:
    when = latest.scheduled_at or "an unknown time"
    return f"account {latest.social_account_id or 'unknown'} at {when}"

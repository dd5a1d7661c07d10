"""What the service shows of a request whose answer was lost: here, a post of a call. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from batch_scheduler.model import Call
from batch_scheduler.octospark import Post
from batch_scheduler.sending.instant import parse_instant

SAME_INSTANT_S = 60
"""Two instants that differ by no more are the same one, rounded."""


class Shows(Enum):
    NOTHING = "nothing newer than the request that could come of it"
    THIS = "just what was asked for, newer than the request"
    OTHER = "something that tells neither yes nor no"
    LATER = "what a later call did, which hides what came of this one"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`ident` is that of THIS: a scheduled post of `account`, or a post; `said` is for a person."""

    shows: Shows
    said: str
    ident: str = ""
    account: str = ""


def weigh(
    call: Call, post: Post, since: float, known: Collection[str], later: Collection[str] = ()
) -> Evidence:
    """`post` is what the service shows: its newest scheduled post alone.

    `since`: the earliest moment, by the service's clock, at which the request can have had an
    effect. `known`: ids of what other calls scheduled of this post, in lower case; where one is
    shown, times need not be compared. `later`: those of them that were sent after this call: they
    hide it.
    """
    latest = post.latest_scheduled_post
    if latest is None:
        return Evidence(Shows.NOTHING, "the service shows nothing scheduled of this post")
    if latest.key in known and latest.key not in later:
        return Evidence(Shows.NOTHING, "the service shows nothing newer than an earlier call's")
    created = parse_instant(latest.created_at)
    account = (latest.social_account_id or "").lower()
    at = parse_instant(latest.scheduled_at)
    same = at is not None and abs(at - call.instant) <= SAME_INSTANT_S
    older = created is not None and created < since
    if older and not (same and account in call.accounts):
        return Evidence(Shows.NOTHING, "the service shows nothing newer than the request")
    if latest.key in later:
        return Evidence(Shows.LATER, "the service shows a later call's, which hides this one's")
    if older:  # it is there, whoever did it: also where the service's clocks differ
        said = f"the service shows the same on {account}, but as older than the request"
        return Evidence(Shows.OTHER, said)
    trouble = latest.error_message or latest.error_code
    if trouble and same and account in call.accounts:
        return Evidence(Shows.OTHER, f"the service shows it on {account} with an error: {trouble}")
    if created is None or not latest.id or account not in call.accounts or not same:
        when = latest.scheduled_at or "an unknown time"
        return Evidence(
            Shows.OTHER,
            f"the service shows account {account or 'unknown'} at {when} as the newest of this "
            "post, which tells nothing of this call",
        )
    said = f"the service shows it as scheduled on {account}"
    return Evidence(Shows.THIS, said, latest.id, account)

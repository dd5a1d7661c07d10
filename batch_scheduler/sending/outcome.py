"""A 2xx answer, taken apart account by account."""

from __future__ import annotations

from collections import defaultdict

from batch_scheduler.model import Call, Outcome, Status, utc_text
from batch_scheduler.octospark import Entry, ScheduleAnswer
from batch_scheduler.sending.instant import parse_instant

OTHER_INSTANT_S = 60
"""An instant that differs from the one asked by more than this is accepted with a warning."""


def take_apart(call: Call, answer: ScheduleAnswer) -> dict[int, Outcome]:
    """Delivery id → outcome. The answer's counts are not trusted: only its entries are."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in answer.data:
        entries[entry.account].append(entry)
    return {one.id: _outcome(call, one.account, entries[one.account]) for one in call.deliveries}


def _outcome(call: Call, account: str, entries: list[Entry]) -> Outcome:
    if not entries:
        return _in_doubt("not-in-answer", "the service's answer does not mention this account")
    if len(entries) > 1:
        return _in_doubt("twice-in-answer", "the service's answer has this account more than once")
    entry = entries[0]
    post = entry.scheduled_post
    message = entry.error_message
    if post is None and message is not None:
        return Outcome(Status.REJECTED, code="refused-by-service", error=message)
    if post is None:
        return _in_doubt("empty-entry", "the service's answer says neither yes nor no")
    trouble = message or post.error_message or post.error_code
    if trouble:
        said = f"the service's answer has a scheduled post, but also an error: {trouble}"
        return _in_doubt("yes-and-no", said, post.id)
    if not post.id:
        return _in_doubt("no-id", "the service's answer has a scheduled post without an id")
    if post.social_account_id and post.social_account_id.lower() != account:
        return _in_doubt("other-account", "the scheduled post is for another account", post.id)
    return _accepted(call, post.id, post.scheduled_at)


def _accepted(call: Call, scheduled_post_id: str, scheduled_at: str | None) -> Outcome:
    at = parse_instant(scheduled_at or "")
    if at is None or abs(at - call.instant) <= OTHER_INSTANT_S:
        return Outcome(Status.ACCEPTED, scheduled_post_id)
    said = f"asked for {utc_text(call.instant)}, the service says {scheduled_at}"
    return Outcome(Status.ACCEPTED, scheduled_post_id, "other-instant", said)


def _in_doubt(code: str, said: str, scheduled_post_id: str | None = None) -> Outcome:
    return Outcome(Status.IN_DOUBT, scheduled_post_id, code, f"{said}; look at it in Octospark")

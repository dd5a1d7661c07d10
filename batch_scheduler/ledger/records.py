"""The nouns that a ledger speaks in, whatever database is behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from batch_scheduler.model import Call, Content, Issue, Outcome, SocialAccount

KNOWN_COLUMNS = (
    "id",
    "run",
    "team",
    "post",
    "account",
    "instant",
    "state",
    "zone",
    "options",
    "settings",
    "scheduled_post_id",
    "finished_at",
    "content",
)


class Claim(NamedTuple):
    """A call that is about to leave. `not_before` as in Doubt."""

    call: Call
    now: float
    not_before: float = -math.inf


class Conclusion(NamedTuple):
    """What became of each delivery of a call, by id."""

    call: Call
    outcomes: Mapping[int, Outcome]
    now: float


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run about to be recorded. `settings` hold no secrets; times are seconds since 1970.

    `results`: where each sheet's results go. `sends`: else it is only kept for its results.
    """

    id: str
    service: str
    started_at: float
    settings: Mapping[str, Any]
    results: Sequence[str]
    sends: bool = True


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the ledger knows it. `reason`: why it stopped early, for a person."""

    id: str
    service: str
    status: str
    reason: str | None
    settings: Mapping[str, Any]
    issues: Sequence[Issue]
    rows: int
    started_at: float
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One sheet of a run. `columns` are the input's own columns beside the known five."""

    number: int
    path: str
    sheet: str | None
    columns: Sequence[str]
    results: str | None


class Others(NamedTuple):
    """What calls scheduled of a post, as far as the ledger knows. Ids are in lower case."""

    scheduled_post_ids: frozenset[str]
    recurring: bool


class Scheduled(NamedTuple):
    """A delivery that a run got scheduled (accepted), may have (in_doubt), or took back.

    `state`: undoing where that was asked for and is not confirmed, undone where it is. `since`:
    when it came to what it was before it was taken back, or was taken back; seconds since 1970.
    """

    id: int
    call: int
    team: str
    post: str
    account: str
    instant: int
    state: str
    scheduled_post_id: str | None
    since: float | None
    error: str | None


class Made(NamedTuple):
    """A post that was created from a content. `body`: canonical JSON; None: not kept any more."""

    team: str
    key: str
    post: str
    body: str | None


class Creation(NamedTuple):
    """A content that a call waits for, as it stands: planned, creating, in_doubt, created, refused.

    `mine`: it was planned or refused, and is being created by the call's run from now on.
    `imported`: address → asset id, of the media that the run has imported; `content` is there
    unless it is created. `assets`, `since`, `not_before`, `answered` and `doubts` are those of
    PostDoubt.
    """

    number: int
    state: str
    post: str | None
    content: Content | None
    imported: Mapping[str, str]
    mine: bool
    assets: tuple[str, ...]
    since: float | None
    not_before: float
    answered: bool
    doubts: int


class LastLook(NamedTuple):
    """A team's accounts as the service last listed them; `at`: seconds since 1970."""

    at: float
    accounts: Sequence[SocialAccount]

"""What the service has in memory: accounts, posts, and what is scheduled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .schedule import Wish


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    team_id: str
    provider: str
    handle: str
    name: str
    status: str
    connected_at: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of one call: an id or an error for each account.

    Scheduled posts are kept as their ids: a million objects would slow all other calls down.
    """

    team_id: str
    post_id: str
    account_ids: Sequence[str]
    wish: Wish
    created_at: float
    ids: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def scheduled(self, account_id: str) -> ScheduledPost:
        return ScheduledPost(self.ids[account_id], account_id, self)


class ScheduledPost(NamedTuple):
    id: str
    account_id: str
    batch: Batch

    @property
    def settings(self) -> Mapping[str, Any] | None:
        return self.batch.wish.settings_for(self.account_id)


@dataclass(slots=True)
class Post:
    id: str
    team_id: str
    title: str
    text: str
    asset_ids: list[str]
    created_at: float
    updated_at: float
    batches: list[Batch] = field(default_factory=list)
    """Those with something scheduled, the oldest first."""

"""What the service has in memory: accounts, posts, and what is scheduled."""

from __future__ import annotations

from collections.abc import Mapping
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


class ScheduledPost(NamedTuple):
    id: str
    team_id: str
    post_id: str
    account_id: str
    wish: Wish
    settings: Mapping[str, Any] | None
    created_at: float


@dataclass(slots=True)
class Post:
    id: str
    team_id: str
    title: str
    text: str
    asset_ids: list[str]
    created_at: float
    updated_at: float
    scheduled: list[ScheduledPost] = field(default_factory=list)


class Entry(NamedTuple):
    """What came of one account of a call: a scheduled post, or an error."""

    account_id: str
    scheduled: ScheduledPost | None = None
    error: str | None = None

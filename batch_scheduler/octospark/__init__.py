"""The wire: one request, one typed answer or one typed failure. The only room for it.

async with OctosparkClient(token) as octospark:
    team = (await octospark.context()).value.default_team_id
    answer = await octospark.schedule_multi(team, post, {"socialAccountIds": [...], ...})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batch_scheduler.octospark.address import checked_base_url
from batch_scheduler.octospark.answers import (
    Account,
    Answer,
    Asset,
    Context,
    Entry,
    Post,
    PostPage,
    ScheduleAnswer,
    ScheduledPost,
)
from batch_scheduler.octospark.failures import (
    CallFailed,
    HttpFailure,
    NoAnswer,
    NotConnected,
    Undecodable,
)
from batch_scheduler.octospark.timeouts import Timeouts

if TYPE_CHECKING:
    from batch_scheduler.octospark.client import OctosparkClient, checked_token

__all__ = [
    "Account",
    "Answer",
    "Asset",
    "CallFailed",
    "Context",
    "Entry",
    "HttpFailure",
    "NoAnswer",
    "NotConnected",
    "OctosparkClient",
    "Post",
    "PostPage",
    "ScheduleAnswer",
    "ScheduledPost",
    "Timeouts",
    "Undecodable",
    "checked_base_url",
    "checked_token",
]


def __getattr__(name: str) -> Any:
    """The client and aiohttp are loaded when one first asks for it: a check never does."""
    if name not in ("OctosparkClient", "checked_token"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from batch_scheduler.octospark import client

    return getattr(client, name)

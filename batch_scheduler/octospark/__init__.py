"""The wire: one request, one typed answer or one typed failure. The only room for it.

async with OctosparkClient(token) as octospark:
    team = (await octospark.context()).value.default_team_id
    answer = await octospark.schedule_multi(team, post, {"socialAccountIds": [...], ...})
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batch_scheduler.octospark.address import checked_base_url
from batch_scheduler.octospark.failures import (
    CallFailed,
    HttpFailure,
    NoAnswer,
    NotConnected,
    Undecodable,
)
from batch_scheduler.octospark.timeouts import Timeouts

if TYPE_CHECKING:
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
    """The client with aiohttp, and the answers' shapes, are loaded when one first asks for them: a
    check seldom does.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "client" if name in ("OctosparkClient", "checked_token") else "answers"
    return getattr(import_module(f"{__name__}.{room}"), name)

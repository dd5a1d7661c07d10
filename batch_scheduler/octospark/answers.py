"""What the service says, read leniently: unknown fields are passed over, absent ones allowed.

Only what this program acts on is declared, so that a novelty elsewhere spoils no answer. The
wire's names are these in camelCase.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from batch_scheduler.octospark.assumed import ASSET_ID, ASSET_WITHIN
from batch_scheduler.octospark.wording import one_line

T = TypeVar("T")
Line = Annotated[str, AfterValidator(one_line)]
Word = Annotated[Line, BeforeValidator(lambda value: "" if value is None else value)]


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A 2xx, decoded. `service_time`: its Date header in seconds since 1970; `ray`: its cf-ray."""

    value: T
    service_time: float | None = None
    ray: str | None = None


class _Read(BaseModel):
    model_config = ConfigDict(
        extra="ignore", coerce_numbers_to_str=True, frozen=True, alias_generator=to_camel
    )


class ScheduledPost(_Read):
    id: str | None = None
    social_account_id: str | None = None
    scheduled_at: str | None = None
    created_at: str | None = None
    error_code: Line | None = None
    error_message: Line | None = None

    @property
    def key(self) -> str:
        """The id in lower case, as two are compared; "" if there is none."""
        return (self.id or "").lower()


class Entry(_Read):
    """One account's part of a schedule-multi answer: a scheduled post, an error, both or none."""

    social_account_id: str | None = None
    scheduled_post: ScheduledPost | None = None
    error: JsonValue = None

    @property
    def account(self) -> str:
        """In lower case; "" if the entry does not say."""
        return (self.social_account_id or "").lower()

    @property
    def error_message(self) -> str | None:
        """None if there is no error. An error of an unknown shape is one all the same."""
        if self.error is None:
            return None
        said = self.error.get("message") if isinstance(self.error, dict) else self.error
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return one_line(text) if said else "no reason given"


def _garbled(value: Any) -> Entry:
    """One that can't be read: whom it is about is all that it tells."""
    account = value.get("socialAccountId") if isinstance(value, dict) else None
    return Entry.model_construct(social_account_id=account if isinstance(account, str) else None)


def _some_tell(entries: list[Entry]) -> list[Entry]:
    if all(one.scheduled_post is None and one.error is None for one in entries):
        raise ValueError("no entry can be read")
    return entries


_OneByOne = Annotated[
    list[
        Annotated[
            Entry | Annotated[Entry, PlainValidator(_garbled)], Field(union_mode="left_to_right")
        ]
    ],
    AfterValidator(_some_tell),
]


class ScheduleAnswer(_Read):
    """`data` is required: without it the answer says nothing of what was done. An entry that can't
    be read spoils none of the others; one by one they are read where it is needed, for it takes
    half as long again.
    """

    data: list[Entry] | _OneByOne = Field(union_mode="left_to_right")
    outcome: JsonValue = None


class Account(_Read):
    """A social account; only a `connected` one can publish. With all that is told of it."""

    model_config = ConfigDict(extra="allow")

    id: str
    team_id: str | None = None
    provider: Word = ""
    display_name: Line | None = None
    profile_handle: Line | None = None
    status: Word = ""


class _List(_Read):
    """A bare list stands for one under `data`."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"data": value} if isinstance(value, list) else value


class Accounts(_List):
    """The team's accounts; no page shows how they are listed."""

    data: list[Account] = Field(validation_alias=AliasChoices("data", "items"))


class Context(_Read):
    """Who the token is."""

    user: JsonValue = None
    default_team_id: str | None = None


class Asset(_Read):
    """A file that posts can show."""

    id: str = Field(min_length=1, validation_alias=AliasChoices(*ASSET_ID))

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        inner = [value[name] for name in ASSET_WITHIN if isinstance(value.get(name), dict)]
        return inner[0] if inner else value


class Post(_Read):
    """`latest_scheduled_post`: the newest one alone, or null; no list of them all can be had."""

    id: str
    title: str | None = None
    text: str | None = None
    asset_ids: JsonValue = None
    created_at: str | None = None
    latest_scheduled_post: ScheduledPost | None = None


class PostPage(_List):
    """Up to 100 posts, in either of the two shapes that the service is known to use."""

    posts: list[Post] = Field(validation_alias=AliasChoices("data", "items"))
    cursor: str | None = Field(None, validation_alias=AliasChoices("nextCursor", "cursor"))

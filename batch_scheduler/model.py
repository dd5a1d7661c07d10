"""The nouns that every room speaks of. Imports nothing of its neighbours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

RESULT_COLUMNS = (
    "sheet",
    "row",
    "team_id",
    "post_id",
    "social_account_id",
    "scheduled_at",
    "timezone",
    "status",
    "scheduled_post_id",
    "error_code",
    "error",
    "attempts",
    "call_id",
    "finished_at",
)
"""The first columns of every results sheet; a sheet that has all of them is one."""


UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
is_uuid = re.compile(UUID).fullmatch

PROBLEMS_OF = "Problems that batch-scheduler found in "
"""So begins the list at the front of a marked copy: it is not the sheet that was meant."""

CUT = " … [cut: an Excel cell holds 32,767 characters]"
"""So ends a text in a workbook of ours that did not fit into its cell."""


class Status(StrEnum):
    """What became of one delivery, as a results sheet says it."""

    ACCEPTED = "accepted"
    ALREADY_ACCEPTED = "already_accepted"
    REJECTED = "rejected"
    HELD = "held"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    INVALID = "invalid"


SENT = (Status.ACCEPTED, Status.ALREADY_ACCEPTED, Status.IN_DOUBT)
"""What is not sent again, whatever ledger is at hand."""

POST_IN_DOUBT = "post-in-doubt"
"""The code of a delivery that waits for a post of which nobody knows whether it was created."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with, or worth saying about, one cell, row or sheet. Data, never raised.

    `row` is the number that the spreadsheet program shows, from 1; None: the whole sheet.
    """

    severity: Severity
    code: str
    path: str
    message: str
    hint: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One worksheet or text file, without meaning.

    `frame` has one column per sheet column, named 0, 1, 2 …; its index is the row number that the
    spreadsheet program shows; every cell is text as a person reads it ("" when empty), and
    spreadsheet dates are ISO 8601 without an offset ("2027-05-01T09:00:00"). A column whose texts
    repeat is one of categories. `header` holds the texts of the header row, one per column; the
    header row itself and empty rows are not in it.
    `header_row` is its number and `first_column` that of column 0, from 1, as they are shown.
    `above` holds the rows above the header as `frame` holds those below it: titles, notes.
    """

    path: str
    name: str | None
    header: tuple[str, ...]
    frame: pd.DataFrame
    issues: tuple[Issue, ...] = ()
    header_row: int = 1
    first_column: int = 1
    above: pd.DataFrame | None = None


class Outcome(NamedTuple):
    """What is known of one delivery after an answer, or after its absence."""

    status: Status
    scheduled_post_id: str | None = None
    code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SocialAccount:
    """A team's account as the service lists it: "" is what it does not say.

    `id` is in lower case, `handle` without its @.
    """

    id: str
    provider: str
    handle: str
    display_name: str
    status: str

    @property
    def name(self) -> str:
        """As a person knows it; "" if it has none."""
        return f"@{self.handle}" if self.handle else self.display_name

    def __str__(self) -> str:
        known = self.name or self.id
        return f"{known} ({self.provider})" if self.provider else known


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post on one account at one instant, as a call carries it."""

    id: int
    account: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One schedule-multi request: deliveries that agree in all but account and settings.

    `instant` counts seconds since 1970 in UTC; `options` are the request's other fields, ready
    to send; `attempts` counts the times that it has left before, `doubts` those that ended in
    doubt.
    """

    run: str
    number: int
    team: str
    post: str
    instant: int
    zone: str | None
    options: Mapping[str, Any]
    deliveries: tuple[Delivery, ...]
    attempts: int = 0
    doubts: int = 0

    @property
    def id(self) -> str:
        return f"{self.run}-{self.number}"

    @property
    def accounts(self) -> Sequence[str]:
        return [delivery.account for delivery in self.deliveries]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A call of which it is not known what came of it, or of some of its deliveries.

    `call` has only the deliveries in doubt; `whole`: these are all that it had. `not_before`: the
    least that the service's clock can have shown when the request left, in seconds since 1970;
    -inf where it was not known then. `asked_at`: when it left, on the monotonic clock of this
    process; None: another process sent it. `answered`: the service itself had answered, so it is
    done with the request. `doubts` counts the times that this call was in doubt, this one among
    them. `nothing_seen`: when it was time, the service showed nothing of it, but was not known yet
    to show what it accepts.
    """

    call: Call
    not_before: float
    answered: bool
    whole: bool
    doubts: int = 1
    nothing_seen: bool = False
    asked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a post is created from. `media_urls`: addresses of files that are imported first."""

    text: str
    title: str = ""
    asset_ids: tuple[str, ...] = ()
    media_urls: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """Only what there is of it: equal contents have equal bodies."""
        fields = {
            "text": self.text,
            "title": self.title,
            "assetIds": list(self.asset_ids),
            "mediaUrls": list(self.media_urls),
        }
        return {name: value for name, value in fields.items() if value}

    def missing(self, imported: Mapping[str, str]) -> list[str]:
        """The media that is not imported yet. `imported`: address → asset id."""
        return [url for url in self.media_urls if url not in imported]

    def assets(self, imported: Mapping[str, str]) -> tuple[str, ...]:
        """The ids of all that it shows, when nothing is missing."""
        return *self.asset_ids, *(imported[url] for url in self.media_urls)


def content_of(text: str) -> Content:
    """`text`: the JSON of its body."""
    body: dict[str, Any] = json.loads(text)
    assets, urls = tuple(body.get("assetIds", ())), tuple(body.get("mediaUrls", ()))
    return Content(body["text"], body.get("title", ""), assets, urls)


def content_key(body: str) -> str:
    """Of a content's canonical JSON: equal contents have equal keys, in every sheet and ledger."""
    return hashlib.sha256(body.encode()).hexdigest()


TO_BE_CREATED = "text:"
"""Begins what stands for the id of a post that is not created yet."""


def placeholder(key: str) -> str:
    """`key`: of the content that the post is to be created from."""
    return TO_BE_CREATED + key


def key_of(post: str) -> str:
    """The key in a placeholder; "" for a post's own id."""
    return post.removeprefix(TO_BE_CREATED) if post.startswith(TO_BE_CREATED) else ""


@dataclass(frozen=True, slots=True)
class PostDoubt:
    """A post of which it is not known whether it was created; `call` is the one that waits for it.

    `content_id` is the ledger's; `assets`: ids of all that the request gave it to show; `since`:
    when that left, by our clock: it tells one request from another. The others as in Doubt.
    """

    call: Call
    content_id: int
    content: Content
    assets: tuple[str, ...]
    since: float
    not_before: float
    answered: bool
    doubts: int = 1
    asked_at: float | None = None


def request_body(
    accounts: Sequence[str],
    instant: int,
    zone: str | None,
    options: Mapping[str, Any],
    settings: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The JSON body of one call. `settings` run parallel to `accounts`.

    Settings that differ by account go into platformSettingsBySocialAccountId alone: how the
    service would merge both fields is not documented. Absent fields are left out, never null.
    """
    body: dict[str, Any] = {"socialAccountIds": list(accounts), "scheduledAt": utc_text(instant)}
    if zone:
        body["timezone"] = zone
    if all(one == settings[0] for one in settings):
        if settings[0]:
            body["platformSettings"] = settings[0]
    else:
        pairs = zip(accounts, settings, strict=True)
        body["platformSettingsBySocialAccountId"] = {who: what for who, what in pairs if what}
    return {**body, **options}


def utc_text(instant: float) -> str:
    """Seconds since 1970 → "2027-05-01T07:00:00Z"."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a service was found to allow; None: no such limit was met.

    `rate`: calls per second; `in_flight`: calls at once; `quota`: calls per window.
    """

    rate: float | None = None
    in_flight: int | None = None
    quota: int | None = None

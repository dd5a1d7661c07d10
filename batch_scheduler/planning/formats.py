"""Bulk templates of other schedulers: what their columns mean, and what their dates look like.

Sources: the vendors' help pages, and third-party code that writes files for them; none was tried
against the vendor's importer. Headers drift: a template is known by the words that no other has
together, and a column of it that is not listed here is ignored, by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from batch_scheduler.planning.headings import folded, heading
from batch_scheduler.planning.vocabulary import IGNORE

LOST = "lost"
"""Would show in what is published (a link, a second comment, a kind of post), and can't be sent."""
DRAFT = "draft"
"""TRUE: the tool would have kept the row as a draft."""
ELSEWHERE = "elsewhere"
"""TRUE: a network that the service does not have."""
KIND = "kind"
"""What the row's MEDIA_OR_LINK is: "image", "video"; else it is a link, as LOST."""
MEDIA_OR_LINK = "media or link"
SPECIAL = (LOST, DRAFT, ELSEWHERE, KIND, MEDIA_OR_LINK)


@dataclass(frozen=True)
class Format:
    """`columns`: the template's header texts in its order → our name, one of SPECIAL, or IGNORE,
    which means nothing for what is published: the tool's own housekeeping.

    `tells`: header words that together are in no other file. `without_time`: what the tool does
    with a row whose time is blank. `order`: of dates with slashes, where the template fixes it.
    `comments`: what stands between several comments in one cell. `headless`: it has no header.
    `brand`: of `columns`, what names a brand that has several accounts, more often than an account.
    `positional`: `columns` are all of them, in the template's order. `further`: others that were
    seen in files for the same tool.
    """

    name: str
    title: str
    columns: Mapping[str, str]
    tells: tuple[str, ...]
    without_time: str
    order: str | None = None
    comments: str | None = None
    brand: str | None = None
    headless: bool = False
    positional: bool = True
    further: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _meanings(self) -> dict[str, str]:
        both = {**self.columns, **self.further}
        return {heading(text).word: what for text, what in both.items()}

    def meaning(self, text: str) -> str | None:
        said = heading(text)
        return self._meanings.get(said.whole) or self._meanings.get(said.word)

    def has(self, words: Collection[str]) -> bool:
        return all(folded(word) in words for word in self.tells)


def by_header(header: Sequence[str]) -> Format | None:
    """The template that a header row belongs to."""
    said = [heading(text) for text in header]
    words = {one.word for one in said} | {one.whole for one in said}
    return next((one for one in FORMATS if one.tells and one.has(words)), None)


def by_name(name: str) -> Format | None:
    """In any case, with or without spaces and hyphens: "Vista Social"."""
    wanted = folded(name)
    return next((one for one in FORMATS if wanted in (folded(one.name), folded(one.title))), None)


def _columns(**meanings: str) -> dict[str, str]:
    """Header texts, apart by semicolons, under what they mean; for templates with many columns."""
    return {
        text.strip(): what for what, texts in meanings.items() for text in texts.split(";") if text
    }


_QUEUE = "would have put it into its queue"
_DRAFT = "would have kept it as a draft"

FORMATS = (
    Format(
        name="autopostit",
        title="Auto-PostIt",
        columns={
            "platform": "provider",
            "scheduled_date": "scheduled_at",
            "content": "text",
            "media_urls": "media_urls",
            "tags": LOST,
            "link": LOST,
            "title": "title",
            "description": LOST,
            "board": IGNORE,
            "privacy": LOST,
        },
        tells=("platform", "scheduled_date", "content", "board", "privacy"),
        without_time="needs a time as well",
    ),
    Format(
        name="ayrshare",
        title="Ayrshare",
        columns={
            "post": "text",
            "platforms": "provider",
            "mediaUrls": "media_urls",
            "scheduleDate": "scheduled_at",
        },
        tells=("post", "platforms", "mediaUrls", "scheduleDate"),
        without_time="would have published it at once",
    ),
    Format(
        name="buffer",
        title="Buffer",
        columns={
            "Text": "text",
            "Image URL": "media_urls",
            "Tags": IGNORE,
            "Posting Time": "scheduled_at",
        },
        further={"Board Name": IGNORE},
        tells=("text", "image url", "tags", "posting time"),
        without_time=_QUEUE,
    ),
    Format(
        name="contentstudio",
        title="ContentStudio",
        columns={
            "Date and Time": "scheduled_at",
            "Message": "text",
            "Image URL": "media_urls",
            "Link": LOST,
        },
        tells=("date and time", "message", "image url", "link"),
        without_time=_QUEUE,
        order="dmy",
    ),
    Format(
        name="highlevel_advanced",
        title="HighLevel (advanced)",
        columns={
            "postAtSpecificTime (YYYY-MM-DD HH:mm:ss)": "scheduled_at",
            "content": "text",
            "OGmetaUrl (url)": LOST,
            "imageUrls (comma-separated)": "media_urls",
            "gifUrl": "media_urls",
            "videoUrls (comma-separated)": "media_urls",
            "followUpComment": "first_comment",
            "type": LOST,
            "postType": LOST,
            "privacyLevel": LOST,
            "tags": IGNORE,
            "category": IGNORE,
            "title": LOST,
            "link": LOST,
        },
        tells=("postAtSpecificTime", "content", "imageUrls", "followUpComment"),
        without_time=_DRAFT,
        order="mdy",
        positional=False,
    ),
    Format(
        name="highlevel_basic",
        title="HighLevel",
        columns={
            "postAtSpecificTime (YYYY-MM-DD HH:mm:ss)": "scheduled_at",
            "content": "text",
            "link (OGmetaUrl)": LOST,
            "imageUrls": "media_urls",
            "gifUrl": "media_urls",
            "videoUrls": "media_urls",
        },
        tells=("postAtSpecificTime", "content", "imageUrls"),
        without_time=_DRAFT,
        order="mdy",
    ),
    Format(
        name="hootsuite",
        title="Hootsuite",
        columns={"Date": "scheduled_at", "Message": "text", "Link": LOST},
        tells=(),
        without_time="needs a time as well",
        headless=True,
    ),
    Format(
        name="metricool",
        title="Metricool",
        columns=_columns(
            text="Text",
            date="Date",
            time="Time",
            draft="Draft",
            facebook="Facebook",
            x="Twitter/X; Twitter; X",
            linkedin="LinkedIn",
            elsewhere="GBP; Pinterest; Bluesky; Twitch",
            instagram="Instagram",
            tiktok="TikTok",
            youtube="Youtube",
            threads="Threads",
            media_urls=";".join(f"Picture Url {n}" for n in range(1, 21)),
            first_comment="First Comment Text",
            account="Brand name",
            ignore="Shortener; Video Cover Frame; Video Thumbnail Url; Document title",
        ),
        tells=("text", "draft", "picture url 1"),
        without_time=_DRAFT,
        positional=False,
        brand="Brand name",
    ),
    Format(
        name="postfast",
        title="PostFast",
        columns={
            "scheduled_at": "scheduled_at",
            "account_id": "social_account_ids",
            "content": "text",
            "media_urls": "media_urls",
            "first_comment": "first_comment",
            "fb_content_type": LOST,
            "ig_publish_type": LOST,
            "yt_is_short": LOST,
            "pinterest_board_id": IGNORE,
        },
        tells=("account_id", "content", "fb_content_type", "ig_publish_type"),
        without_time="needs a time as well",
    ),
    Format(
        name="publer",
        title="Publer",
        columns={
            "Date": "scheduled_at",
            "Text": "text",
            "Link(s)": LOST,
            "Media URL(s)": "media_urls",
            "Title": "title",
            "Label(s)": IGNORE,
            "Alt text(s)": LOST,
            "Comment(s)": "first_comment",
            "Board/Album": IGNORE,
            "Post subtype": LOST,
            "CTA": LOST,
            "Reminder": LOST,
        },
        tells=("text", "link(s)", "media url(s)", "label(s)"),
        without_time=_QUEUE,
        comments="||",
    ),
    Format(
        name="schedulin",
        title="Schedulin",
        columns={
            "channel": "social_accounts",
            "caption": "text",
            "media_url": "media_urls",
            "scheduled_at": "scheduled_at",
            "placement": LOST,
        },
        tells=("channel", "caption", "media_url", "placement"),
        without_time=_DRAFT,
    ),
    Format(
        name="socialbee",
        title="SocialBee",
        columns={
            "text": "text",
            "link": LOST,
            "imageUrls": "media_urls",
            "gifUrls": "media_urls",
            "videoUrls": "media_urls",
            "postAtSpecificTime": "scheduled_at",
        },
        tells=("text", "imageUrls", "postAtSpecificTime"),
        without_time=_QUEUE,
    ),
    Format(
        name="socialpilot",
        title="SocialPilot",
        columns={
            "text": "text",
            "image URL": "media_urls",
            "time": "scheduled_at",
            "SocialPilot account ids": IGNORE,
            "first comment": "first_comment",
            "tags": IGNORE,
            "link": LOST,
        },
        tells=(),
        without_time=_QUEUE,
        headless=True,
    ),
    Format(
        name="sproutsocial",
        title="Sprout Social",
        columns={"date": "date", "time_24hr": "time", "message_text": "text"},
        tells=("date", "time_24hr", "message_text"),
        without_time="needs a time as well",
    ),
    Format(
        name="vistasocial",
        title="Vista Social",
        columns={
            "message": "text",
            "type": KIND,
            "link": MEDIA_OR_LINK,
            "time": "scheduled_at",
            "comment1": "first_comment",
            "comment2": LOST,
            "comment3": LOST,
            "comments_enabled": LOST,
            "instagram_publish_as": LOST,
            "facebook_publish_as": LOST,
            "title": "title",
            "board": IGNORE,
        },
        further={
            "comment4": LOST,
            "comment5": LOST,
            "share_to_feed": LOST,
            "description": LOST,
            "like": IGNORE,
            "section": IGNORE,
            "subreddit": IGNORE,
        },
        tells=("message", "type", "link", "time", "comment1"),
        without_time=_QUEUE,
    ),
    Format(
        name="zernio",
        title="Zernio",
        columns={
            "post_content": "text",
            "platforms": "provider",
            "profiles": "account",
            "schedule_time": "scheduled_at",
            "tz": "timezone",
        },
        tells=("post_content", "platforms", "profiles", "schedule_time"),
        without_time="would have published it at once",
        brand="profiles",
    ),
)
"""In the order in which they are looked for: one with more words before one with fewer."""

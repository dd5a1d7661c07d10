"""What the columns of an empty sheet are, in words for whoever fills it in."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """`width` is in characters. `example` is what a cell could hold."""

    name: str
    width: int
    needed: str
    says: str
    example: str


COLUMNS = (
    Column(
        "text",
        48,
        "yes, or a post_id",
        "What is published. Line breaks and emoji stay as they are (Alt+Enter makes a line break).",
        "Doors open at nine. Who is in?",
    ),
    Column(
        "social_accounts",
        34,
        "yes",
        "Where it goes: one from the list, or several with commas between them. A handle that two "
        "networks have is written with the network: instagram:@acme.",
        "instagram:@acme, facebook:acme",
    ),
    Column(
        "scheduled_at",
        20,
        "yes",
        "Date and time of day, in the time zone of the next column. It must be in the future.",
        "2035-05-07 09:00",
    ),
    Column(
        "timezone",
        24,
        "yes",
        "The place whose clock is meant, from the list.",
        "Europe/Berlin",
    ),
    Column(
        "media_urls",
        34,
        "no",
        "Addresses of pictures or videos, one on each line. They must be reachable for everyone.",
        "https://acme.example/launch.jpg",
    ),
    Column(
        "first_comment",
        40,
        "no",
        "A comment below the post, by the same account.",
        "Tickets: acme.example/launch",
    ),
    Column(
        "platform_settings.privacyLevel",
        30,
        "no",
        "Who can see it, for networks that ask: TikTok and YouTube.",
        "PUBLIC_TO_EVERYONE",
    ),
    Column(
        "recurrence_interval_days",
        24,
        "no",
        "It goes out again every so many days: a whole number from 1 to 365.",
        "7",
    ),
    Column(
        "recurrence_ends_at",
        20,
        "no",
        "When that stops; without it: never.",
        "2035-08-07 09:00",
    ),
    Column(
        "post_id",
        39,
        "no",
        "Instead of a text, for a post that is in Octospark already: its id.",
        "b0570000-0000-4000-8000-000000000001",
    ),
    Column(
        "notes",
        34,
        "no",
        "For you alone: nothing of it is sent.",
        "Approved by Mia",
    ),
)

PRIVACY_LEVELS = (
    "PUBLIC_TO_EVERYONE",
    "MUTUAL_FOLLOW_FRIENDS",
    "FOLLOWER_OF_CREATOR",
    "SELF_ONLY",
    "public",
    "unlisted",
    "private",
)
"""TikTok's words, then YouTube's. What the service takes is assumed, not documented: any other text
is let through.
"""

"""The built-in data: one organization, one team, its accounts and a product-launch week."""

from __future__ import annotations

ORGANIZATION_ID = "04900000-0000-4000-8000-000000000001"
USER_ID = "05e40000-0000-4000-8000-000000000001"
TEAM_ID = "7ea00000-0000-4000-8000-000000000001"

_ACCOUNT_ID = "acc00000-0000-4000-8000-0000000000{:02x}"
_POST_ID = "b0570000-0000-4000-8000-0000000000{:02x}"

# provider, handle (stored without its @), display name, status
_ACCOUNTS = (
    ("instagram", "acme", "Acme", "connected"),
    ("facebook", "acme", "Acme", "connected"),
    ("linkedin", "acme-inc", "Acme Inc.", "connected"),
    ("x", "acme", "Acme", "connected"),
    ("tiktok", "acme.makes", "Acme Makes", "connected"),
    ("youtube", "acmetv", "Acme TV", "connected"),
    ("threads", "acme", "Acme", "connected"),
    ("instagram", "acme.uk", "Acme UK", "connected"),
    ("linkedin", "acme-careers", "Acme Careers", "refresh_needed"),
    ("facebook", "acme-outlet", "Acme Outlet", "disabled"),
)
ACCOUNTS = tuple((_ACCOUNT_ID.format(n), *row) for n, row in enumerate(_ACCOUNTS, 1))

_POSTS = (
    ("Teaser", "Something is coming out of the workshop. Monday."),
    ("Countdown", "Three days to go. Guess what it is?"),
    ("Behind the scenes", "Two years of prototypes on one table. Here are our favourites."),
    ("Launch day", "Meet the Acme Anvil 2: lighter, louder, and still an anvil."),
    ("Launch film", "Ninety seconds of falling anvils. Sound on."),
    ("How it works", "Five things that the Anvil 2 does and the first one did not."),
    ("Customer story", "Wile has ordered from us since 1949. He had notes."),
    ("Founder's note", "Why we rebuilt a product that nobody complained about."),
    ("Questions and answers", "You asked, we answered: weight, colours, delivery to canyons."),
    ("Weekend offer", "Free delivery until Sunday. Drop by, or let us drop it."),
    ("We are hiring", "The launch went well. Come and help us with the next one."),
    ("Thank you", "A week, 12 posts, one anvil. Thank you."),
)
POSTS = tuple((_POST_ID.format(n), *row) for n, row in enumerate(_POSTS, 1))

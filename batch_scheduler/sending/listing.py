"""What a list of posts shows of one whose creation was not answered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from batch_scheduler.model import Content
from batch_scheduler.octospark import Post
from batch_scheduler.sending.evidence import Evidence, Shows
from batch_scheduler.sending.instant import parse_instant

SHOWN = 3


class Sent(NamedTuple):
    """What a request asked for. `assets`: all ids that it gave the post to show."""

    content: Content
    assets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A team's posts, the newest first. `whole`: surely all that are as new as was asked for."""

    posts: Sequence[Post]
    whole: bool


def seek(
    sent: Sent,
    listing: Listing,
    since: float,
    known: Mapping[str, Content | None],
    rivals: Collection[Sent] = (),
) -> Evidence:
    """`since`: the earliest moment, by the service's clock, at which it can have been created.

    `known`: ids of what was created here and is accounted for. `rivals`: what else is in doubt; a
    post that is exactly one of these is no other.
    """
    exact: list[str] = []
    alike: list[str] = []
    for post in listing.posts:
        created = parse_instant(post.created_at)
        if post.id.lower() in known or (created is not None and created < since):
            continue
        likeness = _likeness(sent, post)
        if likeness is False and any(_likeness(rival, post) for rival in rivals):
            continue
        if likeness is not None:
            (exact if likeness and created is not None and post.id else alike).append(post.id)
    if not exact and not alike:
        said = "the service lists no post with this text that is newer than the request"
        if listing.whole:
            return Evidence(Shows.NOTHING, said)
        return Evidence(Shows.OTHER, f"{said}, but its list could not be read far enough")
    if len(exact) == 1 and not alike:
        return Evidence(Shows.THIS, f"the service lists it as {exact[0]}", exact[0].lower())
    ids = ", ".join([*exact, *alike][:SHOWN])
    may = "may be it" if len(exact) + len(alike) == 1 else "may all be it"
    return Evidence(Shows.OTHER, f"the service lists posts that {may}: {ids}")


def shows_as_created(listing: Listing, known: Mapping[str, Content | None]) -> bool:
    """Whether something that was created here is in it, with the text that was sent."""
    return any(
        content is not None and _written(post.text) == content.text
        for post in listing.posts
        if (content := known.get(post.id.lower()))
    )


def _likeness(sent: Sent, post: Post) -> bool | None:
    """True: it is so exactly. False: it may be. None: it is another."""
    content = sent.content
    if post.text is None:
        return False
    text = _written(post.text)
    if _folded(text) != _folded(content.text):
        return None
    shown = post.asset_ids if isinstance(post.asset_ids, list) else None
    assets = None if shown is None else [str(one).lower() for one in shown]
    ours = [one.lower() for one in sent.assets]
    fields = [text == content.text, _same(content.title, post.title), _same(ours, assets)]
    if any(field is None for field in fields):
        return None
    return all(fields)


def _same(ours: Any, shown: Any) -> bool | None:
    """True, or where one of the two is empty, False; None: they contradict each other."""
    if shown is None or ours == shown:
        return True
    return False if not ours or not shown else None


def _written(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()

"""What a list of posts shows of one whose creation was not answered."""

from __future__ import annotations

from typing import Any

import pytest

from batch_scheduler.model import Content, utc_text
from batch_scheduler.octospark import Post
from batch_scheduler.sending.evidence import Shows
from batch_scheduler.sending.listing import Listing, Sent, seek, shows_as_created

SINCE = 1_900_000_000.0
CONTENT = Content("Doors\nopen", "May")
SENT = Sent(CONTENT, ("a1",))


def post(**fields: Any) -> Post:
    usual = {"id": "P1", "text": "Doors\nopen", "title": "May", "assetIds": ["A1"]}
    return Post.model_validate({**usual, "createdAt": utc_text(SINCE + 5), **fields})


def shown(*posts: Post, whole: bool = True, **more: Any) -> Shows:
    return seek(SENT, Listing(posts, whole), SINCE, more.pop("known", {}), **more).shows


@pytest.mark.parametrize("fields", [{}, {"text": "Doors\r\nopen"}, {"assetIds": None}])
def test_just_what_was_sent_is_it(fields: dict[str, Any]) -> None:
    seen = seek(SENT, Listing([post(**fields), post(id="p2", text="else")], True), SINCE, {})
    assert (seen.shows, seen.ident) == (Shows.THIS, "p1")


@pytest.mark.parametrize(
    "fields",
    [
        {"createdAt": utc_text(SINCE - 1)},
        {"text": "Doors closed"},
        {"title": "June"},
        {"assetIds": ["a2"]},
    ],
)
def test_another_post_is_nothing(fields: dict[str, Any]) -> None:
    assert shown(post(**fields)) is Shows.NOTHING
    assert shown(post(**fields), whole=False) is Shows.OTHER


@pytest.mark.parametrize(
    "fields",
    [
        {"createdAt": None},
        {"text": None},
        {"text": "doors  open "},
        {"title": ""},
        {"assetIds": []},
        {"id": ""},
    ],
)
def test_what_may_be_it_tells_neither_yes_nor_no(fields: dict[str, Any]) -> None:
    assert shown(post(**fields)) is Shows.OTHER
    assert shown(post(id="p2"), post(**fields)) is Shows.OTHER


def test_one_that_is_accounted_for_is_not_it() -> None:
    assert shown(post(), known={"p1": CONTENT}) is Shows.NOTHING
    assert shown(post(), post(id="p2"), known={"p1": None}) is Shows.THIS


def test_what_is_just_as_another_that_is_in_doubt_is_that_one() -> None:
    untitled = Sent(Content("Doors\nopen"), ("a1",))
    assert shown(post(title="")) is Shows.OTHER
    assert shown(post(title=""), rivals=[untitled]) is Shows.NOTHING


def test_a_list_proves_something_with_a_text_as_it_was_sent() -> None:
    listing = Listing([post()], True)
    assert shows_as_created(listing, {"p1": CONTENT})
    assert not shows_as_created(listing, {"p1": Content("Doors open")})
    assert not shows_as_created(listing, {"p2": CONTENT, "p1": None})

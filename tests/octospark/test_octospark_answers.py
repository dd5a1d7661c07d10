"""Answers are read leniently: more than was expected, or less, is no failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from octospark_wire import ACCOUNT, POST, TEAM, TOKEN, answering, reply, schedule, serving

from batch_scheduler.octospark import Answer, Asset, Entry, OctosparkClient
from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening

T = TypeVar("T")
Ask = Callable[[OctosparkClient], Awaitable[Answer[T]]]


def answer_to(ask: Ask[T], body: Any, **headers: str) -> Answer[T]:
    async def run() -> Answer[T]:
        async with (
            serving(answering(reply(body, **headers))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            return await ask(client)

    return asyncio.run(run())


def rehearsed(ask: Ask[T], **options: Any) -> T:
    """What the stand-in answers."""

    async def run() -> T:
        async with listening(options_from(options)) as url, OctosparkClient(TOKEN, url) as client:
            return (await ask(client)).value

    return asyncio.run(run())


def entry(**fields: Any) -> Entry:
    return answer_to(schedule, {"data": [fields]}).value.data[0]


def accounts(client: OctosparkClient) -> Awaitable[Any]:
    return client.accounts(TEAM)


def posts(client: OctosparkClient) -> Awaitable[Any]:
    return client.posts(TEAM)


def test_the_whole_of_a_scheduled_post() -> None:
    scheduled = {
        "id": "s1",
        "socialAccountId": ACCOUNT,
        "scheduledAt": "2999-05-01T07:00:00.000Z",
        "createdAt": "2026-01-01T00:00:00Z",
        "errorCode": "PLATFORM",
        "errorMessage": "It did not answer",
        "providerPublishState": {"requiresPolling": False},
    }
    post = entry(socialAccountId=ACCOUNT, scheduledPost=scheduled).scheduled_post
    assert post is not None
    assert (post.id, post.social_account_id) == ("s1", ACCOUNT)
    assert post.scheduled_at == "2999-05-01T07:00:00.000Z"
    assert post.created_at == "2026-01-01T00:00:00Z"
    assert (post.error_code, post.error_message) == ("PLATFORM", "It did not answer")


def test_fields_that_nobody_expected_spoil_nothing() -> None:
    body = {"data": [{"scheduledPost": {"id": "s1", "mood": [1]}, "new": None}], "at": {"a": 1}}
    post = answer_to(schedule, body).value.data[0].scheduled_post
    assert post is not None
    assert post.id == "s1"


def test_a_byte_order_mark_spoils_nothing() -> None:
    body = b'\xef\xbb\xbf{"data": [{"socialAccountId": "a1"}]}'
    assert answer_to(schedule, body).value.data[0].account == "a1"


def test_all_that_is_told_of_an_account_is_kept() -> None:
    (one,) = answer_to(accounts, {"data": [{"id": "a1", "mood": [1]}]}).value.data
    assert one.model_extra == {"mood": [1]}


def test_absent_is_as_good_as_null() -> None:
    full = entry(socialAccountId=None, scheduledPost=None, error=None)
    assert full == entry()
    assert (full.account, full.scheduled_post, full.error_message) == ("", None, None)
    post = entry(scheduledPost={}).scheduled_post
    assert post is not None
    assert post.id is None


def test_the_counts_can_be_anything() -> None:
    for outcome in ({"totalCount": "many"}, None, 7, ["?"]):
        assert answer_to(schedule, {"data": [], "outcome": outcome}).value.data == []


def test_ids_are_compared_in_lower_case() -> None:
    assert entry(socialAccountId=ACCOUNT.upper()).account == ACCOUNT
    body = rehearsed(schedule, id_case="upper")
    assert body.data[0].social_account_id == ACCOUNT.upper()
    assert body.data[0].account == ACCOUNT


def test_an_id_can_be_a_number() -> None:
    post = entry(scheduledPost={"id": 17}).scheduled_post
    assert post is not None
    assert post.id == "17"


ERRORS: list[tuple[Any, str | None]] = [
    (None, None),
    ({"message": "Refused"}, "Refused"),
    ("Refused", "Refused"),
    ({"message": {"code": 7}}, '{"code": 7}'),
    ({"message": 7}, "7"),
    (["a", "é"], '["a", "é"]'),
    ({"message": "a\nb\x1b[31m\x00\u202ec"}, "a b [31m c"),
    ({"code": "x"}, "no reason given"),
    ({"message": None}, "no reason given"),
    ({"message": ""}, "no reason given"),
    ({}, "no reason given"),
    ("", "no reason given"),
    (False, "no reason given"),
    (0, "no reason given"),
]


@pytest.mark.parametrize(("error", "message"), ERRORS)
def test_an_error_of_any_shape_is_one(error: Any, message: str | None) -> None:
    assert entry(error=error).error_message == message


def test_what_a_scheduled_post_says_of_its_error_is_on_one_line() -> None:
    post = entry(scheduledPost={"errorCode": "A\nB", "errorMessage": "a\r\n\x00b"}).scheduled_post
    assert post is not None
    assert (post.error_code, post.error_message) == ("A B", "a b")


@pytest.mark.parametrize(
    "options",
    [
        {"extra_fields": True},
        {"sparse": True},
        {"wrong_counts": True},
        {"explicit_nulls": True},
        {"answer_instant": "offset"},
        {"answer_instant": "milliseconds"},
        {"id_case": "mixed"},
    ],
    ids=str,
)
def test_every_way_in_which_the_service_may_put_it(options: dict[str, Any]) -> None:
    (one,) = rehearsed(schedule, **options).data
    assert one.account == ACCOUNT
    assert one.error_message is None
    assert one.scheduled_post is not None
    assert one.scheduled_post.id


# Lists.


@pytest.mark.parametrize("body", [[{"id": "a"}], {"data": [{"id": "a"}]}, {"items": [{"id": "a"}]}])
def test_accounts_come_in_any_list(body: Any) -> None:
    (one,) = answer_to(accounts, body).value.data
    assert (one.id, one.provider, one.status) == ("a", "", "")


@pytest.mark.parametrize("options", [{}, {"bare_lists": True}, {"extra_fields": True}], ids=str)
def test_the_accounts_of_a_team(options: dict[str, Any]) -> None:
    found = rehearsed(accounts, **options).data
    assert len(found) == 10
    first = found[0]
    assert (first.id, first.team_id, first.provider) == (ACCOUNT, TEAM, "instagram")
    assert (first.display_name, first.profile_handle) == ("Acme", "acme")
    assert first.status == "connected"


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        ({"data": [{"id": "a"}], "total": 1, "nextCursor": "n", "prevCursor": "p"}, "n"),
        ({"items": [{"id": "a"}], "cursor": "n", "hasMore": True}, "n"),
        ({"data": [{"id": "a"}], "nextCursor": 25}, "25"),
        ({"data": [{"id": "a"}], "nextCursor": None}, None),
        ({"items": [{"id": "a"}]}, None),
        ([{"id": "a"}], None),
    ],
)
def test_posts_come_in_any_page(body: Any, cursor: str | None) -> None:
    page = answer_to(posts, body).value
    assert [post.id for post in page.posts] == ["a"]
    assert page.cursor == cursor


@pytest.mark.parametrize("shape", ["data", "items"])
def test_all_pages_of_posts(shape: str) -> None:
    async def run() -> list[str]:
        async with (
            listening(options_from({"page_shape": shape})) as url,
            OctosparkClient(TOKEN, url) as client,
        ):
            page = (await client.posts(TEAM, limit=5)).value
            found = [post.id for post in page.posts]
            while page.cursor is not None:
                page = (await client.posts(TEAM, limit=5, cursor=page.cursor)).value
                found += [post.id for post in page.posts]
            return found

    found = asyncio.run(run())
    assert len(found) == len(set(found)) == 12


# The others.


def test_a_post_shows_what_was_scheduled_last() -> None:
    async def run() -> None:
        async with listening(options_from({})) as url, OctosparkClient(TOKEN, url) as client:
            before = (await client.post(TEAM, POST)).value
            assert before.id == POST
            assert before.title
            assert before.latest_scheduled_post is None
            scheduled = (await schedule(client)).value.data[0].scheduled_post
            latest = (await client.post(TEAM, POST)).value.latest_scheduled_post
            assert scheduled is not None
            assert latest is not None
            assert latest.id == scheduled.id
            await client.move_to_draft(TEAM, POST)
            assert (await client.post(TEAM, POST)).value.latest_scheduled_post is None

    asyncio.run(run())


def test_who_the_token_is() -> None:
    context = rehearsed(lambda client: client.context())
    assert context.default_team_id == TEAM
    assert context.user
    assert answer_to(lambda client: client.context(), {}).value.default_team_id is None


def test_an_answer_tells_the_time_of_the_service_and_its_ray() -> None:
    answer = answer_to(
        schedule, {"data": []}, Date="Thu, 01 Jan 2026 12:00:00 GMT", CF_RAY="8f1-FRA"
    )
    assert (answer.service_time, answer.ray) == (1767268800.0, "8f1-FRA")
    silent = answer_to(schedule, {"data": []})
    assert (silent.service_time, silent.ray) == (None, None)


@pytest.mark.parametrize(
    "told", [{"id": "a1", "url": "…"}, {"asset": {"id": "a1"}}, {"data": {"assetId": "a1"}}]
)
def test_an_imported_asset_is_found_in_any_wrapping(told: dict[str, Any]) -> None:
    assert Asset.model_validate(told).id == "a1"


@pytest.mark.parametrize("told", [{}, {"id": ""}, {"asset": {}}, [], None])
def test_an_asset_without_an_id_is_none(told: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Asset.model_validate(told)

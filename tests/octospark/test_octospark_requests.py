"""What leaves: the raw bytes that the server got."""

from __future__ import annotations

import asyncio
import json
import string
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from octospark_wire import CALL, POST, TEAM, TOKEN, Wire, answering, reply, schedule, serving

import batch_scheduler
from batch_scheduler.octospark import CallFailed, NotConnected, OctosparkClient

Ask = Callable[[OctosparkClient], Awaitable[Any]]


def asked(ask: Ask, prefix: str = "") -> Wire:
    """What the server saw of it; its answer is `{}`."""

    async def run() -> Wire:
        async with serving(answering(reply("{}"))) as wire:
            async with OctosparkClient(TOKEN, wire.url + prefix) as client:
                with suppress(CallFailed):
                    await ask(client)
            return wire

    return asyncio.run(run())


REQUESTS: dict[str, Ask] = {
    "GET /v1/agent/context": lambda client: client.context(),
    f"GET /v1/teams/{TEAM}/social-accounts": lambda client: client.accounts(TEAM),
    f"GET /v1/teams/{TEAM}/posts/{POST}": lambda client: client.post(TEAM, POST),
    f"GET /v1/teams/{TEAM}/posts?limit=100": lambda client: client.posts(TEAM),
    f"GET /v1/teams/{TEAM}/posts?sortBy=createdAt&limit=5&cursor=a%2Bb%26c%3Dd+%2F": (
        lambda client: client.posts(
            TEAM, cursor="a+b&c=d /", limit=5, query={"sortBy": "createdAt"}
        )
    ),
    f"GET /v1/teams/{TEAM}/posts?filter%5Bstatus%5D=draft&limit=100": (
        lambda client: client.posts(TEAM, query={"filter[status]": "draft"})
    ),
    f"POST /v1/teams/{TEAM}/posts/{POST}/schedule-multi": schedule,
    f"POST /v1/teams/{TEAM}/posts/{POST}/move-to-draft": (
        lambda client: client.move_to_draft(TEAM, POST)
    ),
}


@pytest.mark.parametrize(("line", "ask"), REQUESTS.items(), ids=REQUESTS)
def test_each_method_is_one_request(line: str, ask: Ask) -> None:
    assert asked(ask).lines == [f"{line} HTTP/1.1"]


def test_a_base_url_can_have_a_path() -> None:
    wire = asked(lambda client: client.context(), "/api/octospark/")
    assert wire.lines == ["GET /api/octospark/v1/agent/context HTTP/1.1"]


def test_the_headers() -> None:
    wire = asked(schedule)
    assert wire.header("host") == [f"127.0.0.1:{wire.port}"]
    assert wire.header("authorization") == [f"Bearer {TOKEN}"]
    assert wire.header("accept") == ["application/json"]
    assert wire.header("content-type") == ["application/json"]
    (agent,) = wire.header("user-agent")
    assert agent.startswith(f"batch-scheduler/{batch_scheduler.__version__} ")


def test_a_request_without_a_body_says_so() -> None:
    wire = asked(lambda client: client.move_to_draft(TEAM, POST))
    assert wire.bodies == [b""]
    assert wire.header("content-length") == ["0"]
    assert wire.header("content-type") == []
    assert wire.header("transfer-encoding") == []


def test_the_body_is_json_in_utf_8_as_it_was_given() -> None:
    more = {"timezone": "Asia/Tokyo", "platformSettings": {"title": "Grüße 👋 \u2028 </script>"}}
    wire = asked(lambda client: schedule(client, **more))
    (raw,) = wire.bodies
    assert json.loads(raw) == {**CALL, **more}
    assert "Grüße 👋".encode() in raw
    assert b" " not in raw.replace("Grüße 👋 \u2028 </script>".encode(), b"")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_can_not_say_is_not_sent(number: float) -> None:
    async def run() -> int:
        async with (
            serving(answering(reply("{}"))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            with pytest.raises(ValueError):
                await schedule(client, platformSettings={"a": number})
            return wire.opened

    assert asyncio.run(run()) == 0


# Ids come out of a sheet: whatever they hold, they stay one segment of the path.

IDS = {
    "../admin": "..%2Fadmin",
    "a/b": "a%2Fb",
    "%2F": "%252F",
    "%2e%2e": "%252e%252e",
    "a b": "a%20b",
    "a+b": "a%2Bb",
    "a?b=c": "a%3Fb%3Dc",
    "a#b": "a%23b",
    "a;b": "a%3Bb",
    "a\\b": "a%5Cb",
    "a@b:1": "a%40b%3A1",
    "\r\nX-Forged: 1\r\n": "%0D%0AX-Forged%3A%201%0D%0A",
    " HTTP/1.1\r\n\r\n": "%20HTTP%2F1.1%0D%0A%0D%0A",
    "\x00": "%00",
    "é": "%C3%A9",
    "👋": "%F0%9F%91%8B",
    "...": "...",
    "A-b_c.d~e": "A-b_c.d~e",
}


@pytest.mark.parametrize(("ident", "written"), IDS.items(), ids=IDS.values())
def test_an_id_stays_one_segment_of_the_path(ident: str, written: str) -> None:
    wire = asked(lambda client: client.schedule_multi(ident, ident, CALL))
    assert wire.lines == [f"POST /v1/teams/{written}/posts/{written}/schedule-multi HTTP/1.1"]
    assert wire.header("x-forged") == []


@pytest.mark.parametrize("ident", ["", ".", "..", "\ud800"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, ident: client.accounts(ident),
        lambda client, ident: client.post(ident, "p"),
        lambda client, ident: client.post("t", ident),
        lambda client, ident: client.posts(ident),
        lambda client, ident: client.schedule_multi("t", ident, CALL),
        lambda client, ident: client.move_to_draft("t", ident),
    ],
)
def test_what_would_be_another_path_is_not_sent(
    ask: Callable[[OctosparkClient, str], Awaitable[Any]], ident: str
) -> None:
    async def run() -> int:
        async with (
            serving(answering(reply("{}"))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            with pytest.raises(ValueError):
                await ask(client, ident)
            return wire.opened

    assert asyncio.run(run()) == 0


def test_an_id_without_an_end_is_not_sent() -> None:
    async def run() -> int:
        async with (
            serving(answering(reply("{}"))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            with pytest.raises(NotConnected):
                await client.post(TEAM, "a" * 100_000)
            return wire.opened

    assert asyncio.run(run()) == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_no_id_forges_a_request(ident: str) -> None:
    if ident in (".", ".."):
        return
    wire = asked(lambda client: client.post(TEAM, ident))
    (line,) = wire.lines
    method, path, version = line.split(" ")
    assert (method, version) == ("GET", "HTTP/1.1")
    start, segment = path.rsplit("/", 1)
    assert start == f"/v1/teams/{TEAM}/posts"
    assert set(segment) <= {*string.ascii_letters, *string.digits, *"-._~%"}
    names = [line.partition(b":")[0] for line in wire.heads[0].split(b"\r\n")[1:-2]]
    assert len(names) == len(set(names)) == 6

"""Each way to fail, on a real socket, and what it says of the effect.

NotConnected promises that no byte of the request left; NoAnswer and Undecodable promise nothing.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable

import pytest
from octospark_wire import (
    ACCEPTED,
    CERTIFICATE,
    TOKEN,
    Caller,
    Talk,
    answering,
    failure,
    failure_with,
    free_port,
    reply,
    schedule,
    serving,
)

from batch_scheduler.octospark import (
    CallFailed,
    HttpFailure,
    NoAnswer,
    NotConnected,
    OctosparkClient,
    Timeouts,
    Undecodable,
)
from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening

SOON = Timeouts(connect=0.15, write=0.1, read=0.1)
WHOLE = reply(ACCEPTED)


def failure_at(url: str) -> CallFailed:
    async def run() -> CallFailed:
        async with OctosparkClient(TOKEN, url, timeouts=SOON) as client:
            return await failure(client)

    return asyncio.run(run())


# Nothing was sent.


def test_a_refused_port_is_no_connection() -> None:
    port = free_port()
    failed = failure_at(f"http://127.0.0.1:{port}")
    assert type(failed) is NotConnected
    assert f"no connection to http://127.0.0.1:{port}: " in failed.message
    assert "object at 0x" not in failed.message


def test_a_machine_that_does_not_answer_is_no_connection() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        # The queue is full with these: whoever comes after them is not even refused.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        failed = failure_at(f"http://127.0.0.1:{place[1]}")
        for one in waiting:
            one.close()
    assert type(failed) is NotConnected
    assert "no connection in time" in failed.message


def test_a_name_that_is_nowhere_is_no_connection() -> None:
    assert type(failure_at("https://nowhere.invalid")) is NotConnected


async def _hang(caller: Caller) -> None:
    await asyncio.Event().wait()


async def _reset_at_once(caller: Caller) -> None:
    caller.reset()


async def _hang_up_at_once(caller: Caller) -> None:
    await caller.reader.read(1)


async def _speak_in_the_clear(caller: Caller) -> None:
    await caller.say(WHOLE)
    await caller.reader.read()


@pytest.mark.parametrize("talk", [_hang, _reset_at_once, _hang_up_at_once, _speak_in_the_clear])
def test_a_failed_tls_handshake_is_no_connection(talk: Talk) -> None:
    async def run() -> CallFailed:
        async with serving(talk) as wire:
            url = wire.url.replace("http:", "https:")
            async with OctosparkClient(TOKEN, url, timeouts=SOON) as client:
                return await failure(client)

    assert type(asyncio.run(run())) is NotConnected


def test_a_certificate_that_nobody_vouches_for_is_no_connection() -> None:
    async def run() -> tuple[CallFailed, list[bytes]]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        async with (
            serving(answering(WHOLE), tls) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            return await failure(client), wire.heads

    failed, heads = asyncio.run(run())
    assert type(failed) is NotConnected
    assert "CERTIFICATE_VERIFY_FAILED" in failed.message
    assert heads == []


# It left, at least in part, and its answer never came whole.


async def _reset_before_reading(caller: Caller) -> None:
    await caller.reader.read(1)
    caller.reset()


async def _reset_after_reading(caller: Caller) -> None:
    await caller.request()
    caller.reset()


async def _hang_up_without_a_word(caller: Caller) -> None:
    await caller.request()


async def _never_answer(caller: Caller) -> None:
    await caller.request()
    await _hang(caller)


def _and_hang_up(raw: bytes) -> Talk:
    async def talk(caller: Caller) -> None:
        await caller.request()
        await caller.say(raw)

    return talk


def _and_hang(raw: bytes) -> Talk:
    async def talk(caller: Caller) -> None:
        await caller.request()
        await caller.say(raw)
        await _hang(caller)

    return talk


def _in_drops(raw: bytes, at_once: int) -> Talk:
    """Never silent for long, and never done in time."""

    async def talk(caller: Caller) -> None:
        await caller.request()
        await caller.say(raw[:at_once])
        for index in range(at_once, len(raw)):
            await caller.say(raw[index : index + 1])
            await asyncio.sleep(0.02)

    return talk


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
_A_BOMB = zlib.compress(bytes(65 << 20), 9)
_LONG = b"a" * 100_000

UNANSWERED: dict[str, Talk] = {
    "reset before it was read": _reset_before_reading,
    "reset after it was read": _reset_after_reading,
    "hung up without a word": _hang_up_without_a_word,
    "never answered": _never_answer,
    "half a status line": _and_hang_up(b"HTTP/1.1 2"),
    "half the headers": _and_hang_up(WHOLE[:30]),
    "no body": _and_hang_up(WHOLE.partition(b"{")[0]),
    "half a body": _and_hang_up(WHOLE[:-10]),
    "half a body, then silence": _and_hang(WHOLE[:-10]),
    "half a chunk": _and_hang_up(_CHUNKED + b"40\r\n{"),
    "no last chunk": _and_hang_up(_CHUNKED + b"1\r\n{\r\n"),
    "no length of a chunk": _and_hang_up(_CHUNKED + b"what?\r\n{\r\n"),
    "headers in drops": _in_drops(WHOLE, 5),
    "a body in drops": _in_drops(WHOLE, len(WHOLE) - 60),
    "no HTTP": _and_hang_up(b"\x16\x03\x01 what is this?\r\n\r\n"),
    "no HTTP, for ever": _and_hang(b"\0" * 1000),
    "HTTP 2": _and_hang_up(b"HTTP/2 200\r\n\r\n"),
    "no status": _and_hang_up(b"HTTP/1.1 OK\r\n\r\n"),
    "two lengths": _and_hang(WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n")),
    "a length below zero": _and_hang(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
    "no colon in a header": _and_hang(b"HTTP/1.1 200 OK\r\nwhat is this\r\n\r\n"),
    "a header that is too large": _and_hang(b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n" % _LONG),
    "a header without an end": _and_hang(b"HTTP/1.1 200 OK\r\nA: %b" % _LONG),
    "too many headers": _and_hang(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000 + b"\r\n"),
    "no gzip": _and_hang_up(_GZIPPED % 5 + b"what?"),
    "a gzip that is too large": _and_hang_up(
        _GZIPPED.replace(b"gzip", b"deflate") % len(_A_BOMB) + _A_BOMB
    ),
}


@pytest.mark.parametrize("talk", UNANSWERED.values(), ids=UNANSWERED)
def test_it_left_and_its_answer_never_came_whole(talk: Talk) -> None:
    failed = failure_with(talk, Timeouts(write=0.1, read=0.2, connect=0.2))
    assert type(failed) is NoAnswer
    assert failed.message.startswith("no answer: ")
    assert len(failed.message) > len("no answer: ")


# More than is ever sent, since systems buffer more than a megabyte.
@pytest.mark.filterwarnings("ignore:Sending a large body")
def test_a_request_that_is_not_taken_is_no_answer_and_does_not_arrive_later() -> None:
    length = 32 << 20

    async def run() -> tuple[CallFailed, float, int]:
        given_up: asyncio.Event = asyncio.Event()
        arrived: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def read_too_late(caller: Caller) -> None:
            count = 0
            await given_up.wait()
            try:
                while part := await caller.reader.read(1 << 20):
                    count += len(part)
            finally:
                arrived.set_result(count)

        began = time.monotonic()
        async with (
            serving(read_too_late) as wire,
            OctosparkClient(TOKEN, wire.url, timeouts=SOON) as client,
        ):
            failed = await failure(client, firstComment={"text": "a" * length})
            took = time.monotonic() - began
            given_up.set()
            return failed, took, await arrived

    failed, took, arrived = asyncio.run(run())
    assert type(failed) is NoAnswer
    assert "in time" in failed.message
    assert took > SOON.read + SOON.write  # else it was sent, and only the answer was missing
    assert arrived < length


def test_an_interim_answer_is_not_yet_one() -> None:
    async def run() -> str | None:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
        async with (
            serving(answering(early + WHOLE)) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            scheduled = (await schedule(client)).value.data[0].scheduled_post
            return scheduled.id if scheduled else None

    assert asyncio.run(run()) == "s1"


# A 2xx, but of what?

_DEEP = 100_000

SENSELESS: dict[str, bytes] = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><title>Welcome</title>",
    "half of it": b'{"data": [{"socialAccountId": "',
    "no text": b"\xff\xfe\x00{}",
    "a number": b"5",
    "null": b"null",
    "another shape": b'{"posts": []}',
    "data that is no list": b'{"data": {"socialAccountId": "a"}}',
    "entries that are none": b'{"data": ["scheduled"]}',
    "a scheduled post that is none": b'{"data": [{"scheduledPost": true}]}',
    "deep": b'{"data": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
    "deep where nothing is declared": b'{"data": [], "a": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
    "two answers": b'{"data": []}{"data": []}',
}


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "299 Whatever"])
@pytest.mark.parametrize("body", SENSELESS.values(), ids=SENSELESS)
def test_a_success_that_can_not_be_understood(status: str, body: bytes) -> None:
    failed = failure_with(
        answering(reply(body, status, Date="Thu, 01 Jan 2026 00:00:00 GMT", cf_ray="8f1"))
    )
    assert type(failed) is Undecodable
    assert failed.service_time == 1767225600
    assert len(failed.message) < 300


def test_no_content_says_nothing_of_the_effect() -> None:
    failed = failure_with(answering(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert type(failed) is Undecodable


# A status other than 2xx.

STATUSES = [
    *(101, 300, 304, 305, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413),
    *(414, 415, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 460, 499, 500, 501, 502),
    *(503, 504, 505, 507, 508, 511, 520, 522, 524, 525, 530, 599, 600, 999),
]


@pytest.mark.parametrize("status", STATUSES)
def test_every_other_status_is_a_failure_that_says_it(status: int) -> None:
    failed = failure_with(_and_hang_up(reply(b"", f"{status} Reason")))
    assert isinstance(failed, HttpFailure)
    assert failed.status == status
    assert failed.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["{other}/v1/elsewhere", "/v1/here", "//[", "https://[", "ftp://é", "?", ""]
)
def test_a_redirect_is_not_followed(status: int, location: str) -> None:
    async def run() -> tuple[CallFailed, int, int]:
        async with serving(answering(WHOLE)) as other:
            there = location.format(other=other.url)
            raw = reply("moved", f"{status} Moved", Location=there)
            async with (
                serving(answering(raw)) as wire,
                OctosparkClient(TOKEN, wire.url) as client,
            ):
                failed = await failure(client)
            return failed, len(wire.heads), other.opened

    failed, asked_here, asked_there = asyncio.run(run())
    assert isinstance(failed, HttpFailure)
    assert (failed.status, failed.message) == (status, "moved")
    assert (asked_here, asked_there) == (1, 0)


# The stand-in's own faults.

FAULTS: dict[str, type[CallFailed]] = {
    **dict.fromkeys(["429", "429_seconds", "429_date", "503_retry_after"], HttpFailure),
    **dict.fromkeys(["403", "409", "redirect", "decode_error_response"], HttpFailure),
    **dict.fromkeys(["408_before", "500_after", "500_midway", "502_after"], HttpFailure),
    **dict.fromkeys(["503_before", "504_after"], HttpFailure),
    **dict.fromkeys(["reset_before", "reset_after", "reset_midway", "half_answer"], NoAnswer),
    **dict.fromkeys(["hang_before", "hang_after", "effect_after_reset"], NoAnswer),
    "html_200_after": Undecodable,
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS.items())
def test_a_fault_of_the_service(fault: str, kind: type[CallFailed]) -> None:
    async def run() -> CallFailed:
        async with (
            listening(options_from({"faults": {fault: 1}, "effect_delay": 60})) as url,
            OctosparkClient(TOKEN, url, timeouts=Timeouts(read=0.2)) as client,
        ):
            return await failure(client)

    assert type(asyncio.run(run())) is kind


READS: dict[str, Callable[[OctosparkClient], Awaitable[object]]] = {
    "context": lambda client: client.context(),
    "accounts": lambda client: client.accounts("t"),
    "post": lambda client: client.post("t", "p"),
    "posts": lambda client: client.posts("t"),
    "move_to_draft": lambda client: client.move_to_draft("t", "p"),
}


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (reply("[1, 2]"), Undecodable),
        (reply("gone", "410 Gone"), HttpFailure),
        (b"HTTP/1.1 2", NoAnswer),
    ],
)
def test_every_request_fails_in_the_same_ways(
    ask: Callable[[OctosparkClient], Awaitable[object]], raw: bytes, kind: type[CallFailed]
) -> None:
    async def run() -> None:
        async with (
            serving(_and_hang_up(raw)) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            await ask(client)

    with pytest.raises(CallFailed) as met:
        asyncio.run(run())
    assert type(met.value) is kind

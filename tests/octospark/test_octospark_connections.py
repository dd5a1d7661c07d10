"""Connections: kept while they are fit for a request, and given up when a call is."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import zlib
from typing import Any

import pytest
from octospark_wire import (
    ACCEPTED,
    ACCOUNT,
    CERTIFICATE,
    TOKEN,
    USUAL,
    Caller,
    Talk,
    Wire,
    answering,
    failure,
    failure_with,
    reply,
    schedule,
    serving,
)

from batch_scheduler.octospark import (
    Answer,
    CallFailed,
    HttpFailure,
    NoAnswer,
    OctosparkClient,
    ScheduleAnswer,
    Timeouts,
)
from batch_scheduler.simulator.options import options_from
from batch_scheduler.simulator.server import listening


def said(answer: Answer[ScheduleAnswer]) -> str | None:
    """What the one entry of an answer says, so that answers can be told apart."""
    return answer.value.data[0].error_message


def saying(text: str) -> bytes:
    return reply({"data": [{"socialAccountId": ACCOUNT, "error": {"message": text}}]})


def after_calls(talk: Talk, count: int, timeouts: Timeouts = USUAL) -> Wire:
    """What the server saw of calls one after the other, all answered."""

    async def run() -> Wire:
        async with serving(talk) as wire:
            async with OctosparkClient(TOKEN, wire.url, timeouts=timeouts) as client:
                for _ in range(count):
                    await schedule(client)
            return wire

    return asyncio.run(run())


def test_calls_share_a_connection() -> None:
    assert after_calls(answering(saying("no")), 5).opened == 1


def test_a_connection_that_idled_for_too_long_is_replaced() -> None:
    wire = after_calls(answering(saying("no")), 3, Timeouts(idle=0))
    assert (len(wire.heads), wire.opened) == (3, 3)


def test_a_refusal_does_not_cost_the_connection() -> None:
    async def run() -> int:
        talk = answering(reply({"error": "no"}, "429 Too Many Requests"), saying("yes"))
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            await failure(client)
            await schedule(client)
            return wire.opened

    assert asyncio.run(run()) == 1


def test_calls_at_once_do_not_wait_for_each_other() -> None:
    async def run() -> Wire:
        everyone = asyncio.Barrier(40)

        async def talk(caller: Caller) -> None:
            await caller.request()
            await everyone.wait()
            await caller.say(saying("no"))

        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            await asyncio.gather(*(schedule(client) for _ in range(40)))
            return wire

    assert asyncio.run(run()).opened == 40


def test_the_end_closes_them() -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def talk(caller: Caller) -> None:
            await caller.request()
            await caller.say(saying("no"))
            await caller.reader.read()
            gone.set()

        async with serving(talk) as wire:
            async with OctosparkClient(TOKEN, wire.url) as client:
                await schedule(client)
                assert not gone.is_set()
            await asyncio.wait_for(gone.wait(), 5)

    asyncio.run(run())


def test_over_tls_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async def run() -> Wire:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        async with serving(answering(saying("no")), tls) as wire:
            async with OctosparkClient(TOKEN, wire.url) as client:
                assert said(await schedule(client)) == "no"
                await schedule(client)
            return wire

    wire = asyncio.run(run())
    assert (len(wire.heads), wire.opened) == (2, 1)


def test_no_cookie_is_kept() -> None:
    wire = after_calls(answering(saying("no").replace(b"\r\n", b"\r\nSet-Cookie: a=b\r\n", 1)), 2)
    assert wire.header("cookie") == []


# A kept connection that is no longer what it was.


async def _answer_and_hang_up(caller: Caller) -> None:
    await caller.request()
    await caller.say(saying("no"))


async def _answer_and_reset(caller: Caller) -> None:
    await _answer_and_hang_up(caller)
    await asyncio.sleep(0.01)
    caller.reset()


@pytest.mark.parametrize("talk", [_answer_and_hang_up, _answer_and_reset])
def test_one_that_the_peer_closed_meanwhile_is_not_used(talk: Talk) -> None:
    async def run() -> Wire:
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            for _ in range(3):
                await schedule(client)
                await asyncio.sleep(0.03)  # for the end to arrive
            return wire

    wire = asyncio.run(run())
    assert (len(wire.heads), wire.opened) == (3, 3)


def _closing_on_the_second(reset: bool) -> Talk:
    """At the worst moment: when a request is on its way."""

    async def talk(caller: Caller) -> None:
        await caller.request()
        await caller.say(saying("no"))
        await caller.request()
        if reset:
            caller.reset()

    return talk


@pytest.mark.parametrize("reset", [False, True])
def test_one_that_is_closed_under_a_call_is_no_answer_and_the_call_is_not_repeated(
    reset: bool,
) -> None:
    async def run() -> tuple[CallFailed, Wire]:
        async with (
            serving(_closing_on_the_second(reset)) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            await schedule(client)
            failed = await failure(client)
            await asyncio.sleep(0.03)
            return failed, wire

    failed, wire = asyncio.run(run())
    assert type(failed) is NoAnswer
    assert (len(wire.heads), wire.opened) == (2, 1)


@pytest.mark.parametrize("reset", [False, True])
def test_a_read_on_one_is_repeated_once(reset: bool) -> None:
    """It has no effect that could be had twice."""

    async def run() -> Wire:
        async with (
            serving(_closing_on_the_second(reset)) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            await client.context()
            await client.context()
            return wire

    wire = asyncio.run(run())
    assert (len(wire.heads), wire.opened) == (3, 2)


LATE = {
    "an answer": saying("stale"),
    "two answers": saying("stale") * 2,
    "half an answer": saying("stale")[:-5],
    "a good-bye": reply(b"", "408 Request Timeout", Connection="close"),
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "no HTTP": b"\r\nwhat is this?\r\n\r\n",
    "a byte": b"\0",
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_what_a_server_says_unasked_is_never_the_answer_to_a_later_call(late: bytes) -> None:
    async def talk(caller: Caller) -> None:
        while True:
            await caller.request()
            await caller.say(saying(f"answer {len(caller.wire.heads)}"))
            await asyncio.sleep(0.01)
            await caller.say(late)

    async def run() -> tuple[list[str | None], int]:
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            heard = []
            for _ in range(3):
                heard.append(said(await schedule(client)))
                await asyncio.sleep(0.03)
            return heard, len(wire.heads)

    assert asyncio.run(run()) == (["answer 1", "answer 2", "answer 3"], 3)


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_what_a_server_says_beyond_its_answer_is_never_an_answer(late: bytes) -> None:
    """In one piece with an answer it may cost that one, but no other."""

    async def talk(caller: Caller) -> None:
        await caller.request()
        await caller.say(saying(f"answer {len(caller.wire.heads)}") + late)
        await caller.reader.read()

    async def run() -> tuple[list[str | None], int]:
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            heard: list[str | None] = []
            for _ in range(3):
                try:
                    heard.append(said(await schedule(client)))
                except NoAnswer:
                    heard.append(None)
            return heard, len(wire.heads)

    heard, asked = asyncio.run(run())
    assert asked == 3
    for number, one in enumerate(heard, 1):
        assert one in (f"answer {number}", None)


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_server_that_speaks_first_is_heard_and_not_called_again(
    monkeypatch: pytest.MonkeyPatch, over_tls: bool
) -> None:
    """One that is overloaded refuses before it has read anything."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async def talk(caller: Caller) -> None:
        await caller.say(reply(b"", "503 Service Unavailable", Retry_After="1"))
        await caller.reader.read()

    async def run() -> tuple[CallFailed, int]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        tls.maximum_version = (
            ssl.TLSVersion.TLSv1_2
        )  # the server has the last word of its handshake
        async with (
            serving(talk, tls if over_tls else None) as wire,
            OctosparkClient(TOKEN, wire.url, timeouts=Timeouts(0.2, 0.2, 0.2)) as client,
        ):
            return await failure(client), wire.opened

    failed, opened = asyncio.run(run())
    assert opened == 1
    assert isinstance(failed, HttpFailure | NoAnswer)


# A call that is given up.


async def _silent(caller: Caller) -> None:
    await caller.request()
    if len(caller.wire.heads) > 1:
        await caller.say(saying("no"))
    await caller.reader.read()


async def _half_way(caller: Caller) -> None:
    await caller.request()
    await caller.say(saying("no")[: None if len(caller.wire.heads) > 1 else -10])
    await caller.reader.read()


@pytest.mark.parametrize("talk", [_silent, _half_way])
@pytest.mark.parametrize("give_up", ["cancel", "timeout"])
def test_a_call_that_is_given_up_closes_its_connection_and_no_other(
    talk: Talk, give_up: str
) -> None:
    async def run() -> None:
        timeouts = Timeouts(read=5 if give_up == "cancel" else 0.1)
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url, timeouts=timeouts) as it:
            call = asyncio.create_task(schedule(it))
            if give_up == "cancel":
                await asyncio.sleep(0.05)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
            else:
                with pytest.raises(NoAnswer):
                    await call
            await asyncio.wait_for(wire.someone_left.wait(), 5)
            assert said(await schedule(it)) == "no"
            assert (wire.opened, wire.closed) == (2, 1)

    asyncio.run(run())


def test_a_call_can_be_given_up_while_it_connects() -> None:
    async def hang(caller: Caller) -> None:
        await caller.reader.read()

    async def run() -> None:
        async with serving(hang) as wire:
            url = wire.url.replace("http:", "https:")
            async with OctosparkClient(TOKEN, url) as client:
                call = asyncio.create_task(schedule(client))
                await asyncio.sleep(0.05)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                await asyncio.wait_for(wire.someone_left.wait(), 5)

    asyncio.run(run())


def test_calls_given_up_by_the_dozen_leave_the_client_usable() -> None:
    async def run() -> list[dict[str, Any]]:
        async with (
            listening(options_from({"latency": 0.02})) as url,
            OctosparkClient(TOKEN, url) as client,
        ):
            for wait in range(25):
                call = asyncio.create_task(schedule(client))
                await asyncio.sleep(wait / 1000)
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
            return [entry.model_dump() for entry in (await schedule(client)).value.data]

    (entry,) = asyncio.run(run())
    assert entry["social_account_id"] == ACCOUNT


# How an answer can be put.

_BODY = json.dumps(ACCEPTED).encode()
_GZIPPED = gzip.compress(_BODY)


def _chunked(*parts: bytes, encoding: str = "identity") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {encoding}\r\n\r\n"
    chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))
    return head.encode() + chunks


def _deflated_raw(body: bytes) -> bytes:
    press = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return press.compress(body) + press.flush()


FORMS = {
    "plain": reply(_BODY),
    "no type": reply(_BODY, Content_Type=""),
    "another type": reply(_BODY, Content_Type="text/html; charset=hex"),
    "chunked": _chunked(_BODY[:10], _BODY[10:]),
    "gzip": reply(_GZIPPED, Content_Encoding="gzip"),
    "GZIP": reply(_GZIPPED, Content_Encoding="GZIP"),
    "chunked gzip": _chunked(_GZIPPED[:15], _GZIPPED[15:], encoding="gzip"),
    "deflate": reply(zlib.compress(_BODY), Content_Encoding="deflate"),
    "deflate as some write it": reply(_deflated_raw(_BODY), Content_Encoding="deflate"),
    "spaces around": reply(b" \r\n " + _BODY + b"\n\n"),
    "HTTP 1.0": b"HTTP/1.0 200 OK\r\n\r\n" + _BODY,
    "until the end": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + _BODY,
    "201": reply(_BODY, "201 Created"),
    "no reason": reply(_BODY, "200 "),
    "large headers": reply(_BODY, Content_Security_Policy="a" * 20_000),
    "large": reply(_BODY[:-1] + b', "more": "' + b"a" * (5 << 20) + b'"}'),
}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("in_pieces", [False, True])
def test_an_answer_is_understood_however_it_is_put(raw: bytes, in_pieces: bool) -> None:
    async def talk(caller: Caller) -> None:
        await caller.request()
        cut = len(raw) - len(_BODY) // 2 if in_pieces else len(raw)
        await caller.say(raw[:cut])
        await asyncio.sleep(0.005)
        await caller.say(raw[cut:])

    async def run() -> str | None:
        async with serving(talk) as wire, OctosparkClient(TOKEN, wire.url) as client:
            scheduled = (await schedule(client)).value.data[0].scheduled_post
            return scheduled.id if scheduled else None

    assert asyncio.run(run()) == "s1"


def test_a_compressed_refusal_is_read_too() -> None:
    body = gzip.compress(b'{"message": "Not yours"}')
    failed = failure_with(answering(reply(body, "403 Forbidden", Content_Encoding="gzip")))
    assert isinstance(failed, HttpFailure)
    assert (failed.status, failed.message) == (403, "Not yours")


@pytest.mark.parametrize("cut", range(len(_GZIPPED) - 10))
def test_half_a_gzip_is_no_answer_of_any_kind(cut: int) -> None:
    failed = failure_with(answering(reply(_GZIPPED[:cut], Content_Encoding="gzip")))
    assert isinstance(failed, CallFailed)
    assert not isinstance(failed, HttpFailure)

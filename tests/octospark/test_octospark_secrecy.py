"""The token is nowhere but on the wire: in no repr, no message, no log, no chain of exceptions."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator

import pytest
from octospark_wire import (
    ACCOUNT,
    TOKEN,
    Caller,
    Talk,
    answering,
    failure_with,
    free_port,
    reply,
    schedule,
    serving,
)

from batch_scheduler.errors import UsageError
from batch_scheduler.octospark import CallFailed, OctosparkClient, Timeouts

SOON = Timeouts(connect=0.1, write=0.1, read=0.1)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever any library has to say; none of it may hold the token."""
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    before = {logger: logger.level for logger in known}
    caplog.set_level(logging.DEBUG)
    for logger in known:
        logger.setLevel(logging.DEBUG)
    yield
    for logger, level in before.items():
        logger.setLevel(level)
    for record in caplog.records:
        assert TOKEN not in f"{record.getMessage()} {record.__dict__} {record.exc_text}"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and whatever hangs on it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


def shown(error: BaseException) -> str:
    """All that a careless caller could print of it."""
    parts = ["".join(traceback.format_exception(error))]
    for one in chain(error):
        parts += [
            repr(one),
            str(one),
            repr(one.args),
            repr(vars(one)),
            *getattr(one, "__notes__", []),
        ]
    return "\n".join(parts)


def test_a_client_shows_no_token() -> None:
    async def run() -> list[object]:
        async with OctosparkClient(TOKEN) as client:
            return [client, vars(client), *vars(client).values()]

    for value in asyncio.run(run()):
        assert TOKEN not in f"{value!r} {value!s}"


async def _reset(caller: Caller) -> None:
    await caller.request()
    caller.reset()


async def _hang(caller: Caller) -> None:
    await asyncio.Event().wait()


async def _echo(caller: Caller) -> None:
    """What a server that debugs itself does."""
    await caller.request()
    await caller.say(reply(caller.wire.heads[-1], "500 Internal Server Error"))


async def _echo_alone(caller: Caller) -> None:
    await caller.request()
    await caller.say(caller.wire.heads[-1])


_ESCAPED = TOKEN.replace("t", "\\u0074")

TALKS: dict[str, Talk] = {
    "a reset": _reset,
    "no answer": _hang,
    "the request, sent back": _echo,
    "the request, as an answer": _echo_alone,
    "in a message": answering(reply({"message": f"{TOKEN} has expired"}, "401 Unauthorized")),
    "in a message, escaped": answering(reply(f'{{"error": "{_ESCAPED} is bad"}}', "403 Forbidden")),
    "in a message, cut short": answering(
        reply({"message": f"unknown token {TOKEN[:22]}..."}, "401 Unauthorized")
    ),
    "in a message, in capitals": answering(reply({"message": TOKEN.upper()}, "403 Forbidden")),
    "in an issue": answering(
        reply({"message": "m", "issues": [{"path": [TOKEN], "message": TOKEN}]}, "400 Bad Request")
    ),
    "where a message is cut": answering(reply("a" * 175 + TOKEN, "502 Bad Gateway")),
    "where an answer is cut": answering(reply("a" * 175 + TOKEN)),
    "in an answer of another shape": answering(reply({"debug": TOKEN})),
    "in a reason": answering(reply(b"", f"418 {TOKEN}")),
    "in every header": answering(
        reply(b"", "503 Busy", Retry_After=TOKEN, Date=TOKEN, cf_ray=TOKEN, Set_Cookie=TOKEN)
    ),
    "in a redirect": answering(reply(b"", "302 Found", Location=f"http://[{TOKEN}")),
    "in a header that is none": answering(f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n".encode()),
    "in a status line that is none": answering(f"HTTP/1.1 {TOKEN}\r\n\r\n".encode()),
    "in a length": answering(f"HTTP/1.1 200 OK\r\nContent-Length: {TOKEN}\r\n\r\n".encode()),
    "in a chunk": answering(
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{TOKEN}\r\n".encode()
    ),
    "in an encoding": answering(reply("{}", "500 No", Content_Encoding=TOKEN)),
}


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_a_failure_shows_no_token(talk: Talk) -> None:
    said = shown(failure_with(talk, SOON))
    assert TOKEN not in said
    assert TOKEN[:20] not in said
    assert TOKEN.upper() not in said


def test_a_failure_to_connect_shows_no_token() -> None:
    async def run() -> CallFailed:
        async with OctosparkClient(TOKEN, f"http://127.0.0.1:{free_port()}") as client:
            with pytest.raises(CallFailed) as met:
                await schedule(client)
            return met.value

    assert TOKEN not in shown(asyncio.run(run(), debug=True))


def test_a_failure_hangs_on_no_other_exception() -> None:
    """The exceptions of the libraries hold the whole request."""
    assert len(list(chain(failure_with(_reset)))) == 1


@pytest.mark.parametrize("echo", [TOKEN, TOKEN[:-6]])
def test_an_answer_that_echoes_the_token_or_its_beginning_has_it_not(echo: str) -> None:
    async def run() -> str:
        post = {"id": "sp-1", "errorMessage": f"{echo}, as well"}
        error = {"message": f"{echo} is bad"}
        body = {"data": [{"socialAccountId": ACCOUNT, "scheduledPost": post, "error": error}]}
        async with (
            serving(answering(reply(body, cf_ray=f"ray-{TOKEN}"))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            answer = await schedule(client)
            [entry] = answer.value.data
            assert entry.error_message == "[token] is bad"
            assert entry.scheduled_post is not None
            assert str(entry.scheduled_post.error_message).startswith("[token]")
            return repr(answer)

    assert TOKEN not in asyncio.run(run(), debug=True)


def test_a_cancelled_call_shows_no_token() -> None:
    async def run() -> BaseException:
        async with serving(_hang) as wire, OctosparkClient(TOKEN, wire.url) as client:
            call = asyncio.create_task(schedule(client))
            await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as met:
                await call
            return met.value

    assert TOKEN not in shown(asyncio.run(run(), debug=True))


NO_TOKENS = ["", " ", "{}\n", "\t{}", "{}\r\nX-Forged: 1", "Bearer {}", "{}é", "{}\x00", "{}\ud800"]


@pytest.mark.parametrize("text", NO_TOKENS)
def test_what_can_not_be_a_token_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(UsageError) as met:
        OctosparkClient(text.format(TOKEN))
    assert TOKEN not in shown(met.value)
    assert met.value.hint


def test_it_is_on_the_wire() -> None:
    """Else nothing here would mean anything."""

    async def run() -> list[str]:
        async with (
            serving(answering(reply({"data": []}))) as wire,
            OctosparkClient(TOKEN, wire.url) as client,
        ):
            await schedule(client)
            return wire.header("authorization")

    assert asyncio.run(run()) == [f"Bearer {TOKEN}"]

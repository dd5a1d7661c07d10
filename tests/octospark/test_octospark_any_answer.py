"""Whatever bytes come back: an Answer or a CallFailed, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from octospark_wire import ACCEPTED, TOKEN, Caller, reply, schedule, serving

from batch_scheduler.octospark import (
    Answer,
    CallFailed,
    HttpFailure,
    NoAnswer,
    OctosparkClient,
    ScheduleAnswer,
    Timeouts,
    Undecodable,
)

Outcome = Answer[ScheduleAnswer] | CallFailed


class Service:
    """One server and one client for all the bytes that are tried."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._raw = b""
        self._serving = serving(self._talk)
        self._client = self._runner.run(self._start())

    async def _start(self) -> OctosparkClient:
        wire = await self._serving.__aenter__()
        timeouts = Timeouts(connect=1, write=1, read=1)
        return await OctosparkClient(TOKEN, wire.url, timeouts=timeouts).__aenter__()

    async def _talk(self, caller: Caller) -> None:
        await caller.request()
        await caller.say(self._raw)

    def close(self) -> None:
        async def stop() -> None:
            await self._client.__aexit__(None, None, None)
            await self._serving.__aexit__(None, None, None)

        self._runner.run(stop())
        self._runner.close()

    def outcome(self, raw: bytes) -> Outcome:
        async def run() -> Outcome:
            try:
                return await schedule(self._client)
            except CallFailed as failed:
                return failed

        self._raw = raw
        return self._runner.run(run())


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    it = Service()
    yield it
    it.close()


many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

names = st.sampled_from(
    [
        *("Date", "Retry-After", "cf-ray", "Content-Type", "Content-Encoding", "Location"),
        *("Set-Cookie", "Connection", "Transfer-Encoding", "Content-Length", "Upgrade", "Trailer"),
    ]
) | st.from_regex(r"[A-Za-z-]{1,9}", fullmatch=True)
values = st.sampled_from(
    [
        *("close", "keep-alive", "chunked", "gzip", "br", "zstd", "gzip, gzip", "deflate"),
        *("0", "-1", "5", "1e9", "Thu, 01 Jan 2026 12:00:00 GMT", "h2c", "https://[", "//"),
        *("application/json; charset=base64", "text/html; charset=\x00", "a=b; expires=x"),
    ]
) | st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n"), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(
                [
                    *("data", "error", "message", "issues", "path", "_tag", "scheduledPost", "id"),
                    *("socialAccountId", "outcome", "errorCode"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
bodies = st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode())


def check(outcome: Outcome) -> None:
    if isinstance(outcome, CallFailed):
        assert type(outcome) in (HttpFailure, NoAnswer, Undecodable)  # it was connected
        assert outcome.message.isprintable()
        assert outcome.message


@many
@given(st.binary(max_size=200))
def test_any_bytes(service: Service, raw: bytes) -> None:
    outcome = service.outcome(raw)
    check(outcome)
    assert type(outcome) is NoAnswer or raw.lstrip().startswith(b"HTTP/1.")


@many
@given(st.integers(0, 9999), st.lists(st.tuples(names, values), max_size=4), bodies, st.booleans())
def test_any_answer(
    service: Service, status: int, headers: list[tuple[str, str]], body: bytes, told: bool
) -> None:
    length = [("Content-Length", str(len(body)))] if told else []
    head = "".join(f"{name}: {value}\r\n" for name, value in [*length, *headers])
    raw = f"HTTP/1.1 {status} Any\r\n{head}\r\n".encode("latin-1") + body
    outcome = service.outcome(raw)
    check(outcome)
    if isinstance(outcome, HttpFailure):
        assert outcome.status == status
        assert not 200 <= status < 300
    if isinstance(outcome, Answer | Undecodable):
        assert 200 <= status < 300


@many
@given(st.sampled_from([200, 400, 429, 500]), json_values)
def test_any_json(service: Service, status: int, value: object) -> None:
    body = json.dumps(value)
    outcome = service.outcome(reply(body, f"{status} Any"))
    check(outcome)
    if isinstance(outcome, Answer):
        assert isinstance(value, list | dict)


@many
@given(json_values, json_values, json_values)
def test_any_entry(service: Service, account: object, post: object, error: object) -> None:
    entry = {"socialAccountId": account, "scheduledPost": post, "error": error}
    outcome = service.outcome(reply(json.dumps({"data": [entry]})))
    check(outcome)
    if isinstance(outcome, Answer):
        (read,) = outcome.value.data
        assert (read.error_message is None) == (error is None)
        assert (read.error_message or "").isprintable()
        assert read.account == read.account.lower()
        assert (read.scheduled_post is None) == (post is None)


@many
@given(st.data())
def test_a_gzip_with_any_damage(service: Service, data: st.DataObject) -> None:
    body = bytearray(gzip.compress(json.dumps(ACCEPTED).encode(), mtime=0))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    status = data.draw(st.sampled_from([200, 503]))
    check(service.outcome(reply(bytes(body), f"{status} Any", Content_Encoding="gzip")))


@many
@given(st.integers(0, 200), st.binary(max_size=5))
def test_an_answer_with_any_damage(service: Service, at: int, damage: bytes) -> None:
    raw = reply(ACCEPTED, Date="Thu, 01 Jan 2026 12:00:00 GMT")
    check(service.outcome(raw[:at] + damage + raw[at + len(damage) :]))

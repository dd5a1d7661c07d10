"""What a failure says about the effect, and what follows: never again what may have happened."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.octospark import CallFailed, HttpFailure, NoAnswer, NotConnected, Undecodable
from batch_scheduler.sending.verdict import Fate, verdict

# The whole table: a failure, and what follows from it alone.
TABLE = [
    (NotConnected("no connection"), Fate.NOT_SENT, "no-connection"),
    (NoAnswer("cut off"), Fate.IN_DOUBT, "no-answer"),
    (Undecodable("<html>"), Fate.IN_DOUBT, "unreadable-answer"),
    (CallFailed("anything else"), Fate.IN_DOUBT, "unknown-failure"),
    (HttpFailure(429, ""), Fate.REFUSED, "http-429"),
    (HttpFailure(429, "", retry_after=3), Fate.REFUSED, "http-429"),
    (HttpFailure(503, "", retry_after=3), Fate.REFUSED, "http-503"),
    (HttpFailure(503, "", retry_after=0), Fate.REFUSED, "http-503"),
    (HttpFailure(503, ""), Fate.IN_DOUBT, "http-503"),
    *((HttpFailure(n, ""), Fate.REJECTED, f"http-{n}") for n in (400, 403, 404, 409, 413, 422)),
    *((HttpFailure(n, ""), Fate.IN_DOUBT, f"http-{n}") for n in (408, 500, 501, 502, 504, 599)),
    (HttpFailure(401, ""), Fate.ABORT, "http-401"),
    *((HttpFailure(n, ""), Fate.ABORT, f"http-{n}") for n in (301, 302, 303, 307, 308)),
    (HttpFailure(400, "", is_response_decode_error=True), Fate.IN_DOUBT, "http-400"),
]

# Statuses with which some server or proxy tells of a request that it acted on, or passed on.
AFTER_THE_FACT = {406, 408, 424, 425, 444, 460, 499, *range(500, 600)}

EVERY_HTTP_FAILURE = [
    (HttpFailure(status, "said", retry_after=wait, by_service=own, is_response_decode_error=bad), d)
    for status, wait, own, bad, d in product(
        range(300, 600), (None, 0.0, 7.0), (False, True), (False, True), (False, True)
    )
]


@pytest.mark.parametrize(("failure", "fate", "code"), TABLE)
def test_the_table_of_failures(failure: CallFailed, fate: Fate, code: str) -> None:
    found = verdict(failure)
    assert (found.fate, found.code) == (fate, code)


def test_a_conflict_after_a_doubt_may_be_its_echo() -> None:
    assert verdict(HttpFailure(409, ""), doubted=True).fate is Fate.IN_DOUBT
    assert verdict(HttpFailure(404, ""), doubted=True).fate is Fate.REJECTED


def test_only_what_certainly_did_nothing_is_sent_again() -> None:
    for failure, doubted in EVERY_HTTP_FAILURE:
        fate = verdict(failure, doubted=doubted).fate
        waits = failure.status == 429 or (failure.status == 503 and failure.retry_after is not None)
        refused = waits and not failure.is_response_decode_error
        assert (fate is Fate.REFUSED) == refused, (vars(failure), doubted)
        assert fate is not Fate.NOT_SENT, (vars(failure), doubted)


def test_only_a_definite_no_is_rejected() -> None:
    for failure, doubted in EVERY_HTTP_FAILURE:
        if verdict(failure, doubted=doubted).fate is Fate.REJECTED:
            assert 400 <= failure.status < 500
            assert failure.status not in AFTER_THE_FACT | {401, 429}
            assert not failure.is_response_decode_error
            assert not (failure.status == 409 and doubted)


def test_the_credentials_and_a_wrong_address_stop_the_run() -> None:
    for failure, doubted in EVERY_HTTP_FAILURE:
        stops = failure.status in (401, 407) or failure.status < 400
        fate = verdict(failure, doubted=doubted).fate
        assert (fate is Fate.ABORT) == (stops and not failure.is_response_decode_error)


def test_an_answer_that_the_service_could_not_write_is_in_doubt_whatever_its_status() -> None:
    for failure, doubted in EVERY_HTTP_FAILURE:
        if failure.is_response_decode_error:
            assert verdict(failure, doubted=doubted).fate is Fate.IN_DOUBT


@given(
    status=st.integers(300, 599),
    wait=st.none() | st.floats(0, 1e9),
    own=st.booleans(),
    bad=st.booleans(),
    message=st.text(),
    doubted=st.booleans(),
)
def test_a_verdict_hands_on_what_the_service_said(
    status: int, wait: float | None, own: bool, bad: bool, message: str, doubted: bool
) -> None:
    failure = HttpFailure(
        status, message, retry_after=wait, by_service=own, is_response_decode_error=bad
    )
    found = verdict(failure, doubted=doubted)
    assert found.code == f"http-{status}"
    assert message in found.message
    assert found.retry_after == (wait if found.fate is Fate.REFUSED else None)
    assert found.answered == (own and found.fate is Fate.IN_DOUBT)


@given(st.text(), st.sampled_from([NotConnected, NoAnswer, Undecodable, CallFailed]), st.booleans())
def test_without_an_http_status_only_a_missing_connection_is_certain(
    message: str, kind: type[CallFailed], doubted: bool
) -> None:
    found = verdict(kind(message), doubted=doubted)
    assert found.fate is (Fate.NOT_SENT if kind is NotConnected else Fate.IN_DOUBT)
    assert (found.message, found.retry_after, found.answered) == (message, None, False)

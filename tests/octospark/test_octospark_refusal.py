"""What a person reads of an answer that is not a 2xx, and what is told of it."""

from __future__ import annotations

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from octospark_wire import answering, failure_with, reply

from batch_scheduler.octospark import HttpFailure


def refused(body: Any = b"", status: str = "400 Bad Request", **headers: str) -> HttpFailure:
    failed = failure_with(answering(reply(body, status, **headers)))
    assert type(failed) is HttpFailure
    assert str(failed) == failed.message
    return failed


LONG = "ab " * 300

MESSAGES: dict[str, tuple[Any, str]] = {
    "message": ({"_tag": "Forbidden", "message": "Not yours"}, "Not yours"),
    "error.message": ({"error": {"code": "x", "message": "Too big"}}, "Too big"),
    "error as text": ({"error": "It is closed"}, "It is closed"),
    "message before error": ({"message": "This", "error": {"message": "not this"}}, "This"),
    "an empty message": ({"message": "", "error": {"message": "But this"}}, "But this"),
    "a blank message": ({"message": " \n", "error": "But this"}, "But this"),
    "a message that is no text": ({"message": {"a": 1}, "error": "But this"}, "But this"),
    "no message at all": ({"detail": "Look here"}, '{"detail": "Look here"}'),
    "an error without a message": ({"error": {"code": "x"}}, '{"error": {"code": "x"}}'),
    "an error that is a list": ({"error": ["x"]}, '{"error": ["x"]}'),
    "a byte order mark": (b'\xef\xbb\xbf{"message": "Not yours"}', "Not yours"),
    "a list": (["no"], '["no"]'),
    "a JSON text": ('"no"', '"no"'),
    "HTML": ("<html><body>\n  <h1>502</h1>\r\n</body></html>", "<html><body> <h1>502</h1> </body>"),
    "plain text": ("upstream connect error", "upstream connect error"),
    "the first 200": (LONG, LONG[:200].strip()),
    "broken JSON": ('{"message": "No', '{"message": "No'),
    "no text": (b"\xff\xfeno\x00", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}no"),
    "deep JSON": ('{"message":' + "[" * 100_000, '{"message":' + "[" * 189),
    "nothing": (b"", "Bad Request"),
    "blanks": (b" \r\n ", "Bad Request"),
    "control codes": ({"message": "a\x1b[31mb\x07\u202ec\ud800d\ne"}, "a [31mb c d e"),
}


@pytest.mark.parametrize(("body", "message"), MESSAGES.values(), ids=MESSAGES)
def test_the_message_for_a_person(body: Any, message: str) -> None:
    failed = refused(body)
    assert failed.message.startswith(message)
    assert len(failed.message) <= max(200, len(message))


@pytest.mark.parametrize("charset", ["base64", "hex", "idna", "undefined", "utf-7", "no-such"])
def test_the_charset_that_a_server_claims_spoils_nothing(charset: str) -> None:
    kind = f"text/html; charset={charset}"
    assert refused("Grüße, no", Content_Type=kind).message == "Grüße, no"


def test_a_long_message_of_the_service_is_bounded() -> None:
    assert 200 < len(refused({"message": LONG * 100}).message) <= 1000


def test_a_status_without_a_name_and_a_body_has_a_message_all_the_same() -> None:
    assert refused(b"", "599 ").message == "no reason given"


def test_it_says_which_fields_are_wrong() -> None:
    issues = [
        {"path": ["scheduledAt"], "message": "Expected a date"},
        {"path": ["socialAccountIds", 0], "message": "Expected a UUID"},
        {"path": "timezone", "message": "Unknown"},
        {"path": ["silent"]},
        "what is this",
    ]
    body = {"_tag": "HttpApiDecodeError", "message": "Not valid", "issues": issues}
    assert refused(body).message == (
        "Not valid (scheduledAt: Expected a date; socialAccountIds.0: Expected a UUID; "
        "timezone: Unknown)"
    )


# Whose failure it is.


def _decode_error(*paths: Any, tag: str = "HttpApiDecodeError") -> dict[str, Any]:
    return {"_tag": tag, "message": "m", "issues": [{"path": p, "message": "m"} for p in paths]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (_decode_error(["data"]), True),
        (_decode_error(["data", 0, "scheduledPost"]), True),
        (_decode_error(["outcome", "totalCount"]), True),
        (_decode_error("data"), True),
        (_decode_error("outcome.totalCount"), True),
        (_decode_error(["scheduledAt"], ["data", 3]), True),
        (_decode_error(["scheduledAt"]), False),
        (_decode_error(["platformSettings", "data"]), False),
        (_decode_error(["database"]), False),
        (_decode_error([]), False),
        (_decode_error(None), False),
        (_decode_error(), False),
        (_decode_error(["data"], tag="BadRequest"), False),
        ({"_tag": "HttpApiDecodeError", "message": "m", "issues": {"path": ["data"]}}, False),
        ({"_tag": "HttpApiDecodeError", "message": "m", "issues": ["data", None]}, False),
        ({"_tag": "HttpApiDecodeError", "message": "m"}, False),
        ([_decode_error(["data"])], False),
    ],
)
def test_it_knows_an_answer_that_the_service_could_not_write(body: Any, expected: bool) -> None:
    assert refused(body).is_response_decode_error is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"_tag": "InternalServerError", "message": "m"}, True),
        ({"error": {"code": "c", "message": "m"}}, True),
        ({"error": "m"}, True),
        ({"message": "no healthy upstream"}, False),
        (b"<html></html>", False),
        (b"", False),
        (json.dumps(["_tag"]), False),
    ],
)
def test_it_knows_the_service_from_a_proxy(body: Any, expected: bool) -> None:
    assert refused(body, "500 Internal Server Error").by_service is expected


# Retry-After.

NOON = "Thu, 01 Jan 2026 12:00:00 GMT"
AT_NOON = 1767268800.0

WAITS: dict[str, float | None] = {
    "0": 0,
    "7": 7,
    " 120 ": 120,
    "0.5": 0.5,
    "007": 7,
    "999999999999": 1e9,
    "9" * 4000: 1e9,
    "Thu, 01 Jan 2026 12:00:30 GMT": 30,
    "Thursday, 01-Jan-26 12:00:30 GMT": 30,
    "Thu Jan  1 12:00:30 2026": 30,
    "Thu, 01 Jan 2026 13:00:30 +0100": 30,
    "Thu, 01 Jan 2026 12:00:30 -0000": 30,
    "Thu, 01 Jan 2026 12:00:30": 30,
    "Thu, 01 Jan 2026 11:59:00 GMT": 0,
    "Thu, 01 Jan 1970 00:00:00 GMT": 0,
    "Fri, 31 Dec 9999 23:59:59 GMT": 1e9,
    "Fri, 31 Dec 9999 23:59:59 -2359": 1e9,
    "-5": None,
    "+5": None,
    "1e3": None,
    "5s": None,
    "5, 7": None,
    "1,5": None,
    "\u0665".encode().decode("latin-1"): None,
    "inf": None,
    "nan": None,
    "soon": None,
    "": None,
    "Thu, 99 Jan 2026 12:00:30 GMT": None,
    "Thu, 01 Jan 99999 12:00:30 GMT": None,
    "2026-01-01T12:00:30Z": None,
}


@pytest.mark.parametrize(("text", "seconds"), WAITS.items(), ids=[text[:32] for text in WAITS])
def test_how_long_to_wait(text: str, seconds: float | None) -> None:
    """By the service's clock, which is at noon of a day long gone."""
    failed = refused(b"", "429 Too Many Requests", Retry_After=text, Date=NOON)
    assert failed.retry_after == seconds
    assert failed.service_time == AT_NOON


def test_without_a_header_there_is_no_wait() -> None:
    assert refused(b"", "503 Service Unavailable").retry_after is None


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_a_service_that_does_not_say_its_time_is_taken_to_have_ours(date: dict[str, str]) -> None:
    until = formatdate(time.time() + 90, usegmt=True)
    failed = refused(b"", "429 Too Many Requests", Retry_After=until, **date)
    assert failed.service_time is None
    assert failed.retry_after is not None
    assert 60 < failed.retry_after <= 90


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's zone can't be changed")
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_date_is_never_of_the_time_zone_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        failed = refused(b"", "429 Too Many Requests", Date="Thu Jan  1 12:00:00 2026")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert failed.service_time == AT_NOON

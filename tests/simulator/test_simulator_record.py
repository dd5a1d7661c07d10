"""The record is the truth about effects, and a second process can read it at once."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

ONE, TWO = (f"acc00000-0000-4000-8000-00000000000{n}" for n in (1, 2))
POST = "b0570000-0000-4000-8000-000000000003"
TEAM = "7ea00000-0000-4000-8000-000000000001"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_is_in_the_file_before_the_answer_leaves(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    stand_in = start(record=str(path))
    for number in (1, 2, 3):
        stand_in.schedule(ONE, TWO)
        lines = _lines(path)
        assert len(lines) == 3 * number
        assert [it["event"] for it in lines[-3:]] == ["effect", "effect", "request"]
    assert [it["number"] for it in lines if it["event"] == "effect"] == [1, 2, 3, 4, 5, 6]
    assert [it["number"] for it in lines if it["event"] == "request"] == [1, 2, 3]


def test_the_file_and_the_socket_say_the_same(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    stand_in = start(record=str(path))
    stand_in.schedule(ONE, post=POST)
    assert _lines(path) == stand_in.effects() + stand_in.requests()


def test_the_same_request_twice_schedules_twice(stand_in: Any) -> None:
    stand_in.schedule(ONE)
    stand_in.schedule(ONE)
    first, second = stand_in.effects()
    same = ("teamId", "postId", "socialAccountId", "instant")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert first["scheduledPostId"] != second["scheduledPostId"]
    assert [first["request"], second["request"]] == [1, 2]


def test_an_effect_has_all_that_was_asked(stand_in: Any) -> None:
    options = {
        "timezone": "Europe/Paris",
        "firstComment": {"text": "First!"},
        "engagementCommentTrigger": {"likes": 10},
        "repostAfter": {"days": 2},
        "recurrenceIntervalDays": 7,
        "recurrenceEndsAt": "2999-12-31T00:00:00Z",
    }
    stand_in.schedule(
        ONE,
        TWO,
        post=POST,
        scheduledAt="2999-05-01T09:00:00+02:00",
        platformSettings={"privacyLevel": "PUBLIC"},
        platformSettingsBySocialAccountId={TWO: {"title": "Ä"}},
        **options,
    )
    one, two = stand_in.effects()
    for effect in (one, two):
        assert {name: effect[name] for name in options} == options
        assert (effect["teamId"], effect["postId"]) == (TEAM, POST)
        assert effect["scheduledAt"] == "2999-05-01T09:00:00+02:00"
        assert effect["instant"] == "2999-05-01T07:00:00Z"
    assert one["platformSettings"] == {"privacyLevel": "PUBLIC"}
    assert two["platformSettings"] == {"title": "Ä"}


def test_a_request_has_its_connection_and_its_answer(stand_in: Any) -> None:
    connection = http.client.HTTPConnection(stand_in.address, timeout=5)
    for path in ("/v1/teams", "/v1/nowhere"):
        connection.request("GET", path, headers={"Authorization": "Bearer octo_test_a"})
        connection.getresponse().read()
    connection.close()
    stand_in.call("GET", "/v1/teams?x=1", token="wrong")
    shown = ("number", "method", "path", "connection", "answer", "fault")
    rows = [tuple(it[name] for name in shown) for it in stand_in.requests()]
    first = rows[0][3]
    assert rows == [
        (1, "GET", "/v1/teams", first, 200, None),
        (2, "GET", "/v1/nowhere", first, 404, None),
        (3, "GET", "/v1/teams?x=1", first + 1, 401, None),
    ]
    assert all(it["time"] <= it["answered"] for it in stand_in.requests())


@pytest.mark.parametrize("fault", ["hang_after", "reset_after"])
def test_a_call_without_an_answer_is_written_down_once(
    start: Any, tmp_path: Path, fault: str
) -> None:
    path = tmp_path / "record.jsonl"
    stand_in = start(record=str(path), faults={fault: 1}, cancel_on_hangup=True)
    with pytest.raises(OSError):
        stand_in.schedule(ONE, timeout=0.1)
    stand_in.call("GET", "/v1/teams")
    events = [(it["event"], it.get("fault")) for it in _lines(path)]
    assert events == [("effect", None), ("request", fault), ("request", None)]


def test_a_caller_that_leaves_in_its_body_is_written_down(stand_in: Any) -> None:
    connection = http.client.HTTPConnection(stand_in.address, timeout=5)
    connection.putrequest("POST", f"/v1/teams/{TEAM}/posts/{POST}/schedule-multi")
    connection.putheader("Authorization", "Bearer octo_test_a")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"{")
    connection.close()
    assert stand_in.soon(lambda: [it["fault"] for it in stand_in.requests()] == ["hung_up"])
    assert stand_in.effects() == []


def test_it_can_be_kept_to_itself(start: Any) -> None:
    assert start(show_record=False).call("GET", "/__record")[0] == 404

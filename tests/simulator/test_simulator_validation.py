"""A schedule-multi call is checked as documented, and refused without effect."""

from __future__ import annotations

from typing import Any

import pytest

TEAM = "7ea00000-0000-4000-8000-000000000001"
ONE = "acc00000-0000-4000-8000-000000000001"
NEW = "12345678-1234-4234-8234-1234567890ab"
GOOD = {"socialAccountIds": [ONE], "scheduledAt": "2999-05-01T07:00:00Z"}

WRONG: list[tuple[dict[str, Any], list[Any]]] = [
    ({"socialAccountIds": []}, ["socialAccountIds"]),
    ({"socialAccountIds": ONE}, ["socialAccountIds"]),
    ({"socialAccountIds": None}, ["socialAccountIds"]),
    ({"socialAccountIds": [ONE, "not-a-uuid"]}, ["socialAccountIds", 1]),
    ({"socialAccountIds": [ONE + "\n"]}, ["socialAccountIds", 0]),
    ({"socialAccountIds": [ONE, ONE.upper()]}, ["socialAccountIds"]),
    ({"scheduledAt": None}, ["scheduledAt"]),
    ({"scheduledAt": 32503680000}, ["scheduledAt"]),
    ({"scheduledAt": "2999-05-01T07:00:00"}, ["scheduledAt"]),
    ({"scheduledAt": "2999-05-01 07:00:00Z"}, ["scheduledAt"]),
    ({"scheduledAt": "2999-02-29T07:00:00Z"}, ["scheduledAt"]),
    ({"scheduledAt": "2999-05-01T07:00:00+25:00"}, ["scheduledAt"]),
    ({"scheduledAt": "tomorrow"}, ["scheduledAt"]),
    ({"scheduledAt": "2001-01-01T00:00:00Z"}, ["scheduledAt"]),
    ({"timezone": "Mars/Olympus"}, ["timezone"]),
    ({"timezone": "../../etc/passwd"}, ["timezone"]),
    ({"timezone": ""}, ["timezone"]),
    ({"timezone": "localtime"}, ["timezone"]),
    ({"timezone": None}, ["timezone"]),
    ({"platformSettings": "{}"}, ["platformSettings"]),
    ({"platformSettings": None}, ["platformSettings"]),
    ({"platformSettingsBySocialAccountId": []}, ["platformSettingsBySocialAccountId"]),
    (
        {"platformSettingsBySocialAccountId": {"me": {}}},
        ["platformSettingsBySocialAccountId", "me"],
    ),
    ({"platformSettingsBySocialAccountId": {ONE: 1}}, ["platformSettingsBySocialAccountId", ONE]),
    ({"firstComment": "First!"}, ["firstComment"]),
    ({"engagementCommentTrigger": 5}, ["engagementCommentTrigger"]),
    ({"repostAfter": "7d"}, ["repostAfter"]),
    ({"recurrenceIntervalDays": 0}, ["recurrenceIntervalDays"]),
    ({"recurrenceIntervalDays": 366}, ["recurrenceIntervalDays"]),
    ({"recurrenceIntervalDays": 7.0}, ["recurrenceIntervalDays"]),
    ({"recurrenceIntervalDays": True}, ["recurrenceIntervalDays"]),
    ({"recurrenceEndsAt": "Friday"}, ["recurrenceEndsAt"]),
    ({"recurrenceEndsAt": None}, ["recurrenceEndsAt"]),
]


@pytest.mark.parametrize(("change", "path"), WRONG, ids=lambda it: str(it)[:60])
def test_a_wrong_field_is_named(stand_in: Any, change: dict[str, Any], path: list[Any]) -> None:
    status, _, body = stand_in.schedule(**GOOD | change)
    assert (status, body["_tag"]) == (400, "HttpApiDecodeError")
    assert [issue["path"] for issue in body["issues"]] == [path]
    assert stand_in.effects() == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(stand_in: Any, raw: bytes) -> None:
    path = f"/v1/teams/{TEAM}/posts/{NEW}/schedule-multi"
    status, _, body = stand_in.call("POST", path, raw)
    assert (status, body["_tag"]) == (400, "HttpApiDecodeError")


def test_a_body_over_1_mib_is_refused(stand_in: Any) -> None:
    biggest = 1024 * 1024
    path = f"/v1/teams/{TEAM}/posts/{NEW}/schedule-multi"
    status, _, body = stand_in.call("POST", path, b" " * (biggest + 1))
    assert status == 413
    assert set(body["error"]) == {"code", "message"}
    assert stand_in.call("POST", path, b" " * biggest)[0] == 400


@pytest.mark.parametrize(
    "at",
    ["2999-05-01T07:00:00Z", "2999-05-01T09:00:00+02:00", "2999-05-01t07:00:00.000z"],
)
def test_an_instant_may_be_written_in_several_ways(stand_in: Any, at: str) -> None:
    assert stand_in.schedule(scheduledAt=at)[0] == 200
    (effect,) = stand_in.effects()
    assert effect["scheduledAt"] == at
    assert effect["instant"] == "2999-05-01T07:00:00Z"


def test_unknown_fields_are_dropped_without_a_word(stand_in: Any) -> None:
    assert stand_in.schedule(platform_settings={"a": 1})[0] == 200
    assert stand_in.effects()[0]["platformSettings"] is None


def test_nulls_can_be_allowed_where_they_are_documented(start: Any) -> None:
    lenient = start(refuse_nulls=False)
    assert lenient.schedule(timezone=None, recurrenceEndsAt=None)[0] == 200
    assert lenient.schedule(platformSettings=None)[0] == 400


def test_unknown_ids_are_adopted(stand_in: Any) -> None:
    assert stand_in.schedule(NEW, post=NEW)[0] == 200
    team = stand_in.call("GET", f"/v1/teams/{NEW}/posts")
    assert (team[0], team[2]["data"]) == (200, [])
    accounts = stand_in.call("GET", f"/v1/teams/{TEAM}/social-accounts")[2]["data"]
    assert [it["status"] for it in accounts if it["id"] == NEW] == ["connected"]


def test_strict_adopts_nothing(start: Any) -> None:
    strict = start(strict=True)
    assert strict.call("GET", f"/v1/teams/{NEW}/posts")[0] == 404
    assert strict.schedule(post=NEW)[0] == 404
    status, _, body = strict.schedule(ONE, NEW)
    assert status == 200
    assert ["error" in it for it in body["data"]] == [False, True]
    assert body["data"][1]["socialAccountId"] == NEW


@pytest.mark.parametrize("path", ["teams/me/posts", f"teams/{TEAM}/posts/mine"])
def test_an_id_in_the_path_is_a_uuid(stand_in: Any, path: str) -> None:
    status, _, body = stand_in.call("GET", f"/v1/{path}")
    assert (status, body["_tag"]) == (400, "HttpApiDecodeError")


def test_the_case_of_ids_does_not_matter(stand_in: Any) -> None:
    settings = {ONE.upper(): {"a": 1}}
    stand_in.schedule(ONE.upper(), post=NEW.upper(), platformSettingsBySocialAccountId=settings)
    (effect,) = stand_in.effects()
    assert (effect["socialAccountId"], effect["postId"]) == (ONE, NEW)
    assert effect["platformSettings"] == {"a": 1}

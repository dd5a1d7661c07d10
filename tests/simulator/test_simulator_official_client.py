"""The official client, which nobody here wrote, is served unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from octospark_sdk.client import (
    OctosparkApiError,
    OctosparkClient,
)

TEAM = "7ea00000-0000-4000-8000-000000000001"
ACCOUNT = "acc00000-0000-4000-8000-0000000000{:02x}"
POST = "b0570000-0000-4000-8000-000000000001"
AT = "2999-05-01T07:00:00Z"


@pytest.fixture
def client(stand_in: Any) -> OctosparkClient:
    return OctosparkClient(stand_in.url, "octo_test_anything")


def test_it_learns_who_it_is(client: OctosparkClient) -> None:
    context = client.agent_get_context()
    assert context["defaultTeamId"] == TEAM
    assert [team["name"] for team in context["teams"]] == ["Acme"]
    assert client.teams_list_teams()["data"] == context["teams"]
    assert client.organizations_list_organizations()["data"] == context["organizations"]


def test_it_lists_the_accounts_of_its_team(client: OctosparkClient) -> None:
    accounts = client.social_list_social_accounts(TEAM)["data"]
    shown = [(it["provider"], it["profileHandle"], it["displayName"]) for it in accounts]
    assert shown[:3] == [
        ("instagram", "acme", "Acme"),
        ("facebook", "acme", "Acme"),
        ("linkedin", "acme-inc", "Acme Inc."),
    ]
    assert [it["status"] for it in accounts] == ["connected"] * 8 + ["refresh_needed", "disabled"]
    assert client.social_get_social_account(TEAM, accounts[3]["id"]) == accounts[3]


def test_it_pages_through_all_posts(client: OctosparkClient) -> None:
    for number in range(20):
        client.social_create_post(TEAM, {"title": f"Extra {number}", "text": "…"})
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = client.social_list_posts(TEAM, {"cursor": cursor, "limit": 7})
        assert page["total"] == 32
        seen += [post["id"] for post in page["data"]]
        cursor, pages = page["nextCursor"], pages + 1
    assert pages == 5
    assert len(seen) == len(set(seen)) == 32
    assert len(client.social_list_posts(TEAM)["data"]) == 25


def test_it_sorts_posts(client: OctosparkClient) -> None:
    query = {"sortBy": "title", "sortOrder": "asc"}
    titles = [post["title"] for post in client.social_list_posts(TEAM, query)["data"]]
    assert titles == sorted(titles)
    assert len(titles) == 12


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": "all"}, {"sortBy": "colour"}])
def test_a_list_that_is_not_documented_is_refused(
    client: OctosparkClient, query: dict[str, Any]
) -> None:
    with pytest.raises(OctosparkApiError) as error:
        client.social_list_posts(TEAM, query)
    assert error.value.body["issues"][0]["path"] == [next(iter(query))]


def test_it_schedules_on_several_accounts(client: OctosparkClient) -> None:
    wanted = [ACCOUNT.format(n) for n in (1, 2, 3)]
    body = {"socialAccountIds": wanted, "scheduledAt": AT, "timezone": "Europe/London"}
    answer = client.social_schedule_multi_post(TEAM, POST, body)
    assert [entry["socialAccountId"] for entry in answer["data"]] == wanted
    assert answer["outcome"] == {"totalCount": 3, "successCount": 3, "failureCount": 0}
    first = answer["data"][0]["scheduledPost"]
    assert first["contentItemId"] == POST
    assert first["teamId"] == TEAM
    assert first["scheduledAt"] == AT
    assert first["timezone"] == "Europe/London"


def test_a_partial_failure_comes_inside_a_success(client: OctosparkClient) -> None:
    wanted = [ACCOUNT.format(n) for n in (1, 9, 10)]
    body = {"socialAccountIds": wanted, "scheduledAt": AT}
    answer = client.social_schedule_multi_post(TEAM, POST, body)
    assert [sorted(entry) for entry in answer["data"]] == [
        ["scheduledPost", "socialAccountId"],
        ["error", "socialAccountId"],
        ["error", "socialAccountId"],
    ]
    assert "refresh_needed" in answer["data"][1]["error"]["message"]
    assert answer["outcome"] == {"totalCount": 3, "successCount": 1, "failureCount": 2}


def test_a_post_shows_its_newest_scheduled_post(client: OctosparkClient) -> None:
    assert client.social_get_post(TEAM, POST)["latestScheduledPost"] is None
    for number in (1, 2):
        body = {"socialAccountIds": [ACCOUNT.format(number)], "scheduledAt": AT}
        made = client.social_schedule_multi_post(TEAM, POST, body)["data"][0]["scheduledPost"]
        assert client.social_get_post(TEAM, POST)["latestScheduledPost"] == made
    listed = client.social_list_posts(TEAM, {"sortOrder": "asc"})["data"]
    assert listed[0]["latestScheduledPost"] == made
    assert listed[1]["latestScheduledPost"] is None


def test_one_account_has_a_route_of_its_own(client: OctosparkClient) -> None:
    body = {"socialAccountId": ACCOUNT.format(1), "scheduledAt": AT}
    made = client.social_schedule_post(TEAM, POST, body)
    assert made == client.social_get_post(TEAM, POST)["latestScheduledPost"]


def test_moving_to_draft_cancels(client: OctosparkClient, stand_in: Any) -> None:
    body = {"socialAccountIds": [ACCOUNT.format(1), ACCOUNT.format(2)], "scheduledAt": AT}
    client.social_schedule_multi_post(TEAM, POST, body)
    assert client.social_move_post_to_draft(TEAM, POST)["latestScheduledPost"] is None
    effects = stand_in.effects()
    assert [it["kind"] for it in effects] == ["scheduled", "scheduled", "cancelled", "cancelled"]
    assert effects[2]["scheduledPostId"] == effects[0]["scheduledPostId"]


def test_posts_are_made_changed_and_deleted(client: OctosparkClient, stand_in: Any) -> None:
    post = client.social_create_post(TEAM, {"text": "Hello"})
    changed = client.social_update_post(TEAM, post["id"], {"text": "Good day"})
    assert (changed["id"], changed["text"]) == (post["id"], "Good day")
    assert client.social_delete_post(TEAM, post["id"]) is None
    with pytest.raises(OctosparkApiError) as error:
        client.social_get_post(TEAM, post["id"])
    assert error.value.status == 404
    kinds = [it["kind"] for it in stand_in.effects()]
    assert kinds == ["post_created", "post_updated", "post_deleted"]


def test_media_routes_answer(client: OctosparkClient) -> None:
    upload = client.assets_request_upload(TEAM, {"filename": "anvil.mp4"})
    assert client.assets_confirm_upload(TEAM, upload["uploadId"])["status"] == "ready"
    url = "https://acme.example/anvil.png"
    assert client.assets_import_asset(TEAM, {"url": url})["url"] == url


@pytest.mark.parametrize("token", [None, "", "octo_live_real", "secret"])
def test_only_test_tokens_are_let_in(stand_in: Any, token: str | None) -> None:
    with pytest.raises(OctosparkApiError) as error:
        OctosparkClient(stand_in.url, token).agent_get_context()
    assert error.value.status == 401
    assert error.value.body["_tag"] == "Unauthorized"
    assert error.value.body["message"]


def test_an_unknown_route_is_not_found(client: OctosparkClient) -> None:
    with pytest.raises(OctosparkApiError) as error:
        client.billing_get_credit_balance(TEAM)
    assert error.value.status == 404


def test_a_token_can_expire(start: Any) -> None:
    client = OctosparkClient(start(token_expires_after=2).url, "octo_test_anything")
    client.agent_get_context()
    client.agent_get_context()
    with pytest.raises(OctosparkApiError) as error:
        client.agent_get_context()
    assert error.value.status == 401

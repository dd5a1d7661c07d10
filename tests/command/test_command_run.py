"""`run`: what is sent, and what standard output and the exit code say of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from command_line import NOW, TEAM, Desk, account_id, at, key, post_id, read_table, row
from command_services import StandIn

STATUSES = {*("accepted", "already_accepted", "rejected", "held", "waiting", "in_doubt", "invalid")}


def test_the_json_document_is_all_of_standard_output(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.xlsx", row(1, accounts=3), row(2, hours=25))
    ended = desk("run", "week.xlsx", "--json")
    assert ended.code == 0
    document = ended.document
    expected = {"valid": True, "rows": 2, "deliveries": 4, "calls": 2, "issues": []}
    assert {name: document[name] for name in expected} == expected
    assert document["status"] == "complete"
    assert set(document["counts"]) == STATUSES
    assert ended.counts == {"accepted": 4}
    assert document["results"] == ["week.results.xlsx"]


def test_accepted_is_what_the_service_scheduled(desk: Desk, service: StandIn) -> None:
    other = "7ea00000-0000-4000-8000-0000000000ff"
    desk.sheet(
        "week.csv",
        row(1, accounts=3, timezone="Europe/Berlin"),
        row(2, hours=25, team_id=other),
    )
    ended = desk("run", "week.csv")
    assert (ended.code, ended.err) == (0, "")  # no progress, for there is no terminal
    assert "\x1b" not in ended.out
    results = desk.results("week.results.xlsx")
    assert {one["status"] for one in results} == {"accepted"}
    assert {key(one): one["scheduled_post_id"] for one in results} == service.ids
    assert set(service.scheduled.values()) == {1}
    assert [one["timezone"] for one in service.effects] == ["Europe/Berlin"] * 3 + [None]
    assert [one["teamId"] for one in service.effects] == [TEAM] * 3 + [other]


def test_nothing_of_an_invalid_sheet_is_sent(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", row(1), row(2, scheduled_at="soon"))
    ended = desk("run", "week.csv", "--json")
    assert ended.code == 4
    assert ended.document["status"] == "invalid"
    assert ended.document["valid"] is False
    assert ended.counts == {"waiting": 1, "invalid": 1}
    assert service.requests == []
    assert desk.statuses("week.results.xlsx") == ["waiting", "invalid"]
    assert "bad-time" in ended.err
    assert "Nothing was sent" in ended.err


def test_the_good_rows_are_sent_if_that_is_wanted(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", row(1), row(2, scheduled_at="soon"), row(3))
    ended = desk("run", "week.csv", "--valid-only", "--json")
    assert ended.code == 3
    assert ended.document["status"] == "partial"
    assert ended.counts == {"accepted": 2, "invalid": 1}
    assert desk.statuses("week.results.xlsx") == ["accepted", "invalid", "accepted"]
    assert [one.post for one in service.scheduled] == [post_id(1), post_id(3)]


def test_a_time_that_is_too_near_is_an_error(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", row(1, hours=2), row(2, hours=-1), row(3, hours=0.5))
    late = desk("run", "week.csv", "--lead", "3600", "--json")
    assert late.code == 4
    found = [(one["code"], one["row"], one["column"]) for one in late.document["issues"]]
    assert found == [("too-late", 3, "scheduled_at"), ("too-late", 4, "scheduled_at")]
    assert service.requests == []
    assert desk("run", "week.csv", "--valid-only").code == 3
    assert {one.post for one in service.scheduled} == {post_id(1), post_id(3)}


def test_what_is_asked_for_twice_is_sent_once(desk: Desk, service: StandIn) -> None:
    again = row(1, accounts=[2, 3], post_id=post_id(1).upper())
    ended = desk("run", desk.sheet("week.csv", row(1, accounts=2), again), "--json")
    assert ended.code == 0
    (issue,) = ended.document["issues"]
    assert (issue["severity"], issue["code"], issue["row"]) == ("warning", "duplicate-row", 3)
    assert ended.document["deliveries"] == 3
    assert set(service.scheduled.values()) == {1}
    assert len(service.scheduled) == 3


def test_rows_that_contradict_each_other_are_an_error(desk: Desk) -> None:
    desk.sheet("a.csv", row(1, platform_settings='{"privacy": 1}'))
    desk.sheet("b.csv", row(1, platform_settings='{"privacy": 2}'))
    ended = desk("check", "a.csv", "b.csv", "--json")
    assert ended.code == 4
    (issue,) = ended.document["issues"]
    assert (issue["code"], issue["path"], issue["row"]) == ("conflicting-rows", "b.csv", 2)
    assert "row 2 of a.csv" in issue["message"]


def test_accounts_with_other_settings_share_a_call(desk: Desk, service: StandIn) -> None:
    desk.sheet(
        "week.csv",
        row(1, [1, 2]) | {"platform_settings.privacy": "public", "platform_settings.size": "2"},
        row(1, [3], platform_settings='{"privacy": "private"}'),
        row(1, [4]),
    )
    assert desk("run", "week.csv").code == 0
    assert len(service.calls) == 1
    assert {one["socialAccountId"]: one["platformSettings"] for one in service.effects} == {
        account_id(1): {"privacy": "public", "size": 2},
        account_id(2): {"privacy": "public", "size": 2},
        account_id(3): {"privacy": "private"},
        account_id(4): None,
    }


def test_all_options_of_a_row_reach_the_service(desk: Desk, service: StandIn) -> None:
    desk.sheet(
        "week.csv",
        row(
            first_comment='{"text": "First!"}',
            engagement_comment_trigger='{"likes": 10}',
            repost_after='{"days": 3}',
            recurrence_interval_days="7",
            recurrence_ends_at=at(1000),
        ),
    )
    assert desk("run", "week.csv").code == 0
    (effect,) = service.effects
    assert effect["firstComment"] == {"text": "First!"}
    assert effect["engagementCommentTrigger"] == {"likes": 10}
    assert effect["repostAfter"] == {"days": 3}
    assert effect["recurrenceIntervalDays"] == 7
    assert effect["recurrenceEndsAt"] == at(1000)


def test_the_soonest_are_sent_first_and_no_faster_than_wanted(desk: Desk, service: StandIn) -> None:
    hours = [30, 26, 28, 24, 29, 25, 27]
    desk.sheet("week.csv", *(row(post, hours=ahead) for post, ahead in enumerate(hours)))
    assert desk("run", "week.csv", "--concurrency", "1", "--rate", "10").code == 0
    assert [one["instant"] for one in service.effects] == [at(ahead) for ahead in sorted(hours)]
    results = desk.results("week.results.xlsx")
    assert [one["scheduled_at"] for one in results] == [at(ahead) for ahead in hours]
    times = [datetime.fromisoformat(one["time"]).timestamp() for one in service.calls]
    assert max(times) - min(times) > 0.5


def test_a_call_has_no_more_accounts_than_wanted(desk: Desk, service: StandIn) -> None:
    ended = desk("run", desk.sheet("week.csv", row(1, 5)), "--max-accounts", "2", "--json")
    assert ended.document["calls"] == 3
    by_call = [one["request"] for one in service.effects]
    assert sorted(map(by_call.count, set(by_call))) == [1, 2, 2]
    assert len(service.calls) == 3


def test_a_refusal_is_told_from_what_was_accepted(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    service = start(failing_accounts=(account_id(2),))
    desk.uses(service.url)
    ended = desk("run", desk.sheet("week.csv", row(1, 3)), "--json")
    assert ended.code == 3
    assert ended.document["status"] == "partial"
    assert ended.counts == {"accepted": 2, "rejected": 1}
    refused = desk.results("week.results.xlsx")[1]
    assert (refused["status"], refused["scheduled_post_id"]) == ("rejected", "")
    assert refused["error"] == "The platform refused this account"
    assert len(service.scheduled) == 2


def test_a_run_is_found_again(desk: Desk, service: StandIn) -> None:
    run = desk("run", desk.sheet("week.csv", row(1, 2)), "--json").document["run"]
    (listed,) = desk("runs", "--json").document
    shown = desk("show", run[:5], "--json").document
    for one in (listed, shown):
        assert (one["run"], one["status"]) == (run, "complete")
        assert one["counts"]["accepted"] == 2
    assert abs(datetime.fromisoformat(listed["started_at"]).timestamp() - NOW) < 3600
    ended = desk("show", run, "--results", "again.csv")
    assert ended.code == 0
    again, before = (read_table(desk.folder / name) for name in ("again.csv", "week.results.xlsx"))
    assert again == before

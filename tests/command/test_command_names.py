"""Accounts by the names that people have for them, from the sheet to the results."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from command_line import TEAM, Desk, Row, at, post_id, row
from command_services import StandIn


def acme(number: int) -> str:
    return f"acc00000-0000-4000-8000-{number:012x}"


INSTAGRAM, FACEBOOK, LINKEDIN, CAREERS, UK = (acme(number) for number in (1, 2, 3, 9, 8))
"""Of the stand-in's own accounts; the careers' must be reconnected."""


def named(post: int, accounts: str, **more: str) -> Row:
    return {"post_id": post_id(post), "social_accounts": accounts, "scheduled_at": at(24), **more}


def listings(service: StandIn) -> int:
    return sum(one["path"].endswith("/social-accounts") for one in service.requests)


def scheduled_on(service: StandIn) -> list[str]:
    return sorted(one.account for one in service.scheduled)


def codes(ended_issues: list[dict[str, str]]) -> list[str]:
    return [issue["code"] for issue in ended_issues]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_names_are_looked_up_once_and_sent_as_ids(
    desk: Desk, service: StandIn, ending: str
) -> None:
    rows = [named(1, "instagram:@acme; Acme Inc."), named(2, "@acme.uk"), named(3, "LinkedIn")]
    ended = desk("run", desk.sheet(f"week.{ending}", *rows), "--json", "--results", "r.csv")
    assert (ended.code, ended.counts) == (0, {"accepted": 4})
    assert scheduled_on(service) == sorted([INSTAGRAM, LINKEDIN, UK, LINKEDIN])
    assert listings(service) == 1
    results = desk.results("r.csv")
    assert [one["social_account_id"] for one in results] == [INSTAGRAM, LINKEDIN, UK, LINKEDIN]
    assert results[0]["social_accounts"] == "instagram:@acme; Acme Inc."


def test_its_results_are_a_sheet_that_sends_nothing_again(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", named(1, "instagram:@acme; Acme Inc."))
    assert desk("run", "week.csv", "--results", "r.csv").code == 0
    asked = len(service.requests)
    again = desk("run", "r.csv", "--json")
    assert (again.code, again.counts) == (0, {"already_accepted": 2})
    assert len(service.requests) == asked
    assert desk("run", "week.csv", "--json").counts == {"already_accepted": 2}


def test_one_that_can_not_publish_rejects_its_own(desk: Desk, service: StandIn) -> None:
    ended = desk("run", desk.sheet("week.csv", named(1, "@acme.uk, @acme-careers")), "--json")
    assert (ended.code, ended.counts) == (3, {"accepted": 1, "rejected": 1})
    assert desk.results("week.results.xlsx")[1]["error_code"] == "account-refresh-needed"
    assert listings(service) == 1


def test_a_wrong_name_is_an_issue_with_candidates(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", named(1, "@acme"), named(2, "@acme.ukk"), named(3, "@acme.uk"))
    ended = desk("run", "week.csv", "--json", "--results", "r.csv")
    assert (ended.code, ended.counts) == (4, {"invalid": 2, "waiting": 1})
    ambiguous, unknown = ended.document["issues"]
    assert (ambiguous["code"], ambiguous["row"]) == ("ambiguous-account", 2)
    assert "instagram:@acme" in ambiguous["message"]
    assert (unknown["code"], unknown["column"]) == ("unknown-account", "social_accounts")
    assert "instagram:@acme.uk" in unknown["hint"]
    assert service.calls == []
    meant = {"'@acme": "facebook:@acme", "'@acme.ukk": "@acme.uk", "'@acme.uk": "@acme.uk"}
    mended = [
        one | {"social_accounts": meant[one["social_accounts"]]} for one in desk.results("r.csv")
    ]
    again = desk("run", desk.sheet("mended.csv", *mended), "--json")
    assert (again.code, again.counts) == (0, {"accepted": 3})
    assert scheduled_on(service) == sorted([FACEBOOK, UK, UK])


def test_options_and_groups_name_accounts(desk: Desk, service: StandIn) -> None:
    rows = [{"post_id": post_id(1), "scheduled_at": at(24)}]
    sheet = desk.sheet("week.csv", *rows)
    ended = desk("run", sheet, "--account", "@acme.uk", "--account", "Acme Inc.", "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 2})
    assert scheduled_on(service) == sorted([UK, LINKEDIN])
    settings = '[brand]\n[brand.groups]\n"all of them" = ["@acme.uk", "facebook:@acme"]\n'
    (desk.folder / "batch-scheduler.toml").write_text(settings)
    other = desk.sheet("other.csv", named(2, "All of them"))
    ended = desk("run", other, "--profile", "brand", "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 2})
    ended = desk("run", sheet, "--account", "@acme", "--json")
    assert ended.code == 4
    assert codes(ended.document["issues"]) == ["ambiguous-account"]


def test_networks_in_columns(desk: Desk, service: StandIn) -> None:
    flags = {"post_id": post_id(1), "scheduled_at": at(24)}
    desk.sheet("flags.csv", flags | {"Facebook": "TRUE", "LinkedIn": "TRUE", "TikTok": "FALSE"})
    assert desk("run", "flags.csv", "--json").counts == {"accepted": 2}
    assert scheduled_on(service) == sorted([FACEBOOK, LINKEDIN])
    desk.sheet("pairs.csv", flags | {"Platform": "instagram", "Account": "@acme"})
    assert desk("run", "pairs.csv", "--json").counts == {"accepted": 1}
    assert INSTAGRAM in scheduled_on(service)


# What check knows


def test_check_goes_by_the_last_look(desk: Desk, service: StandIn) -> None:
    sheet = desk.sheet("week.csv", named(1, "@acme.uk, instagram:@acme"), row(2))
    before = desk("check", sheet, "--json")
    assert (before.code, before.document["deliveries"]) == (0, 1)
    assert codes(before.document["issues"]) == ["needs-lookup"]
    assert service.requests == []
    assert desk("accounts").code == 0
    asked = len(service.requests)
    after = desk("check", sheet, "--json")
    assert (after.code, after.document["deliveries"], after.document["calls"]) == (0, 3, 2)
    (issue,) = after.document["issues"]
    assert issue["code"] == "accounts-as-of"
    assert time.strftime("%Y-%m-%d", time.gmtime()) in issue["message"]
    assert len(service.requests) == asked
    wrong = desk("check", desk.sheet("wrong.csv", named(1, "@acme")), "--json")
    assert codes(wrong.document["issues"]) == ["accounts-as-of", "ambiguous-account"]
    assert wrong.code == 4


def test_check_online_looks_and_sends_nothing(desk: Desk, service: StandIn) -> None:
    sheet = desk.sheet("week.csv", named(1, "@acme.uk, @acme-careers"))
    ended = desk("check", sheet, "--online", "--json")
    assert (ended.code, ended.document["deliveries"], ended.document["calls"]) == (0, 2, 1)
    assert codes(ended.document["issues"]) == ["account-refresh-needed"]
    assert [one["method"] for one in service.requests] == ["GET"]
    desk.forget("OCTOSPARK_TOKEN")
    assert desk("check", sheet, "--online").code == 2


# A look that fails


@pytest.mark.parametrize("fault", ["500_before", "403", "hang_before", "429_seconds", "redirect"])
def test_nothing_is_sent_by_names_that_can_not_be_looked_up(
    desk: Desk, service: StandIn, start: Callable[..., StandIn], fault: str
) -> None:
    sheet = desk.sheet("week.csv", named(1, "@acme.uk"), row(2))
    assert desk("check", sheet, "--online").code == 0
    broken = start(listing_fault=fault, retry_after=60)
    desk.ask_ledger("UPDATE team SET service = ?", broken.url)
    desk.uses(broken.url)
    began = time.monotonic()
    ended = desk("run", sheet, "--give-up", "1", "--timeout", "1")
    assert time.monotonic() - began < 20
    assert ended.code == 6
    assert "the accounts can't be looked up" in ended.err
    assert "social_account_ids" in ended.err
    assert broken.calls == []
    assert desk.ask_ledger("SELECT count(*) FROM run") == [(0,)]
    assert desk("check", sheet, "--online", "--give-up", "1").code in (2, 6)


def test_a_wrong_token_stops_it_before_anything_is_recorded(desk: Desk, service: StandIn) -> None:
    desk.environment["OCTOSPARK_TOKEN"] = "octo_live_unknown"
    ended = desk("run", desk.sheet("week.csv", named(1, "@acme.uk")))
    assert ended.code == 6
    assert "The token is missing or unknown" in ended.err
    assert len(service.requests) == 1


def test_a_look_that_fails_once_is_repeated(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(read_faults=0.5, seed=3, hang_seconds=0.2)
    desk.uses(service.url)
    ended = desk("run", desk.sheet("week.csv", named(1, "@acme.uk")), "--json", "--give-up", "60")
    assert (ended.code, ended.counts) == (0, {"accepted": 1})


def test_a_team_of_its_own_has_accounts_of_its_own(
    desk: Desk, start: Callable[..., StandIn]
) -> None:
    other = TEAM[:-1] + "2"
    theirs = {"id": acme(99), "team_id": other, "provider": "x", "handle": "acme.uk"}
    service = start(accounts=[theirs])
    desk.uses(service.url)
    rows = [named(1, "@acme.uk", team_id=TEAM), named(2, "@acme.uk", team_id=other)]
    ended = desk("run", desk.sheet("week.csv", *rows), "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 2})
    assert scheduled_on(service) == sorted([UK, acme(99)])
    assert listings(service) == 2

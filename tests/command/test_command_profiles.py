"""--profile: settings by name from a file, and `config show`: where each value comes from."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import TEAM, TOKEN, Desk, row
from command_services import StandIn

PROFILES = f"""
[acme]
team = "{TEAM}"
timezone = "Europe/Berlin"
date_order = "dmy"
max_accounts = 1
settle = "never"
lead = 120

[acme.columns]
"Go-live" = "scheduled_at"

[acme.groups]
"all EU brands" = ["@acme", "instagram:@acme.uk"]
"""


def profiles(desk: Desk, text: str = PROFILES) -> None:
    desk.folder.joinpath("batch-scheduler.toml").write_text(text, encoding="utf-8")


def settings(desk: Desk, *arguments: str) -> dict[str, Any]:
    ended = desk("config", "show", "--json", *arguments)
    assert ended.code == 0
    return {one["name"]: (one["value"], one["from"]) for one in ended.document}


def test_a_profile_says_what_no_option_says(desk: Desk, service: StandIn) -> None:
    desk.forget("OCTOSPARK_TEAM_ID")
    profiles(desk)
    cells = row(1, 2)
    del cells["scheduled_at"]
    sheet = desk.sheet("week.csv", cells | {"Go-live": "2027-05-01 09:00"})
    assert desk("run", sheet, "--profile", "acme").code == 0
    assert {one.instant for one in service.scheduled} == {"2027-05-01T07:00:00Z"}
    assert len(service.effects) == 2  # max_accounts = 1


def test_where_each_value_comes_from(desk: Desk) -> None:
    profiles(desk)
    desk.environment["BATCH_SCHEDULER_PROFILE"] = "acme"
    desk.folder.joinpath(".env").write_text("OCTOSPARK_TEAM_ID=x\n", encoding="utf-8")
    profile = "profile acme in batch-scheduler.toml"
    shown = settings(desk, "--timezone", "UTC")
    assert shown["profile"] == ("acme", "batch-scheduler.toml")
    assert shown["token"] == ("set", "the environment: OCTOSPARK_TOKEN")
    assert shown["team_id"] == (TEAM, "the environment: OCTOSPARK_TEAM_ID")
    assert shown["timezone"] == ("UTC", "--timezone")
    assert shown["date_order"] == ("dmy", profile)
    assert shown["settle"] == ("never", profile)
    assert shown["lead"] == (120, profile)
    assert shown["concurrency"] == (8, "the default")
    assert shown["columns"] == ({"Go-live": "scheduled_at"}, profile)
    assert shown["groups"] == ({"all EU brands": ["@acme", "instagram:@acme.uk"]}, profile)
    desk.forget("OCTOSPARK_TEAM_ID")
    assert settings(desk)["team_id"] == ("x", ".env in this folder: OCTOSPARK_TEAM_ID")
    assert settings(desk, "--team-id", "y")["team_id"] == ("y", "--team-id")
    desk.folder.joinpath(".env").unlink()
    assert settings(desk)["team_id"] == (TEAM, profile)


def test_secrets_are_not_shown(desk: Desk) -> None:
    arguments = ("--ledger", "postgresql://ann:s3cret@db/posts")
    ended = desk("config", "show", *arguments)
    assert ended.code == 0
    assert TOKEN not in ended.out
    assert "s3cret" not in ended.out
    assert "postgresql://ann:***@db/posts" in ended.out
    desk.uses("https://ann:s3cr3t@octospark.example")
    assert "https://***@octospark.example" in desk("config", "show").out


def test_a_profile_is_looked_for_in_the_users_own_folder_too(desk: Desk) -> None:
    folder = desk.home / ".config" / "batch-scheduler"
    folder.mkdir(parents=True)
    folder.joinpath("batch-scheduler.toml").write_text("[mine]\nlead = 5\n", encoding="utf-8")
    profiles(desk)
    value, origin = settings(desk, "--profile", "mine")["lead"]
    assert value == 5
    assert str(folder) in origin


WRONG = {
    "no such profile": ("[acme]", "acm", 'did you mean "acme"'),
    "no profile at all": ("", "acme", "[acme]"),
    "an unknown key": ('[acme]\ntimezon = "UTC"', "acme", 'did you mean "timezone"'),
    "no number": ('[acme]\nrate = "fast"', "acme", "calls a second"),
    "too small": ("[acme]\nmax_accounts = 0", "acme", "from 1"),
    "too late for ever": ("[acme]\nlead = 1e300", "acme", "ten years"),
    "no zone": ('[acme]\ntimezone = "EST5"', "acme", "America/New_York"),
    "no order": ('[acme]\ndate_order = "day first"', "acme", '"dmy"'),
    "no list": ('[acme.groups]\nall = "@acme"', "acme", '["@acme"'),
    "no column": ('[acme.columns]\n"Go-live" = "schedule"', "acme", "scheduled_at"),
    "no format": ('[acme]\nformat = "hotsuite"', "acme", "hootsuite"),
    "no TOML": ("[acme", "acme", "batch-scheduler.toml"),
    "no table": ("acme = 1", "acme", "[acme]"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_in_it_is_said(desk: Desk, service: StandIn, wrong: str) -> None:
    text, name, said = WRONG[wrong]
    profiles(desk, text)
    ended = desk("run", desk.sheet("week.csv", row()), "--profile", name)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert service.requests == []


@pytest.mark.parametrize("key", ["token", "team"])
def test_a_token_in_it_is_refused_and_not_shown(desk: Desk, key: str) -> None:
    profiles(desk, f'[acme]\n{key} = "{TOKEN}"\n')
    ended = desk("config", "show", "--profile", "acme")
    assert ended.code == 2
    assert "OCTOSPARK_TOKEN" in ended.err
    assert TOKEN not in ended.out + ended.err


def test_a_strange_folders_base_url_gets_no_token(desk: Desk, service: StandIn) -> None:
    desk.forget("OCTOSPARK_BASE_URL")
    profiles(desk, f'[acme]\nbase_url = "{service.url}"\n')
    sheet = desk.sheet("week.csv", row())
    ended = desk("run", sheet, "--profile", "acme")
    assert (ended.code, ended.out) == (2, "")
    assert "--base-url" in ended.err
    value, origin = settings(desk, "--profile", "acme")["base_url"]
    assert value is None
    assert "refused" in origin
    assert service.requests == []

    desk.forget("OCTOSPARK_TOKEN")  # from the same folder, it may go there
    desk.folder.joinpath(".env").write_text(f"OCTOSPARK_TOKEN={TOKEN}\n", encoding="utf-8")
    assert desk("run", sheet, "--profile", "acme").code == 0
    assert len(service.scheduled) == 1

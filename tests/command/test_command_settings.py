"""Where settings come from, what is said when they are missing, and wrong usage."""

from __future__ import annotations

import signal
import stat
import sys
from pathlib import Path

import pytest
from command_line import TEAM, TOKEN, Desk, account_id, row
from command_services import StandIn

LIVE = "https://api.octospark.ai"


@pytest.mark.parametrize("command", [["run", "week.csv", "--json"], ["accounts", "--json"]])
def test_a_missing_token_is_named(desk: Desk, service: StandIn, command: list[str]) -> None:
    desk.forget("OCTOSPARK_TOKEN")
    desk.sheet("week.csv", row())
    ended = desk(*command)
    assert (ended.code, ended.out) == (2, "")
    assert "OCTOSPARK_TOKEN is not set" in ended.err
    assert "Settings, API tokens" in ended.err
    assert "--simulate" in ended.err
    assert service.requests == []


def test_a_missing_team_is_named(desk: Desk, service: StandIn) -> None:
    desk.forget("OCTOSPARK_TEAM_ID")
    desk.sheet("week.csv", row(1), row(2, team_id=TEAM))
    ended = desk("run", "week.csv", "--json")
    assert ended.code == 4
    (issue,) = ended.document["issues"]
    assert (issue["code"], issue["row"], issue["column"]) == ("missing-team", 2, "team_id")
    assert "OCTOSPARK_TEAM_ID" in issue["hint"]
    assert service.requests == []
    assert desk("run", "week.csv", "--team-id", TEAM.upper()).code == 0
    assert {one["teamId"] for one in service.effects} == {TEAM}


def test_who_asks_for_accounts_must_name_the_team(desk: Desk, service: StandIn) -> None:
    desk.forget("OCTOSPARK_TEAM_ID")
    ended = desk("accounts")
    assert (ended.code, ended.out) == (2, "")
    assert "OCTOSPARK_TEAM_ID is not set" in ended.err
    assert service.requests == []


WRONG = {
    "no sheet": ["run"],
    "no such command": ["send", "week.csv"],
    "no accounts": ["run", "week.csv", "--max-accounts", "0"],
    "accounts beyond counting": ["run", "week.csv", "--max-accounts", "99999999999999999999"],
    "runs beyond counting": ["runs", "--most", "99999999999999999999"],
    "too late for ever": ["run", "week.csv", "--lead", "inf"],
    "later than time itself": ["check", "week.csv", "--lead", "1e300"],
    "no number": ["run", "week.csv", "--rate", "nan"],
    "no reason to hold": ["run", "week.csv", "--send-held", "moved,forgotten"],
    "no zone": ["run", "week.csv", "--timezone", "EST5"],
    "no team": ["run", "week.csv", "--team-id", "acme"],
    "no such run": ["show", "r1"],
    "several sheets into one file": ["run", "week.csv", "week.csv", "--results", "week.csv"],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_usage(desk: Desk, service: StandIn, wrong: str) -> None:
    desk.sheet("week.csv", row())
    ended = desk(*WRONG[wrong])
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert "Traceback" not in ended.err
    assert service.requests == []


def test_a_token_that_can_be_none_is_not_shown(desk: Desk, service: StandIn) -> None:
    desk.environment["OCTOSPARK_TOKEN"] = "octo_live_copied badly"
    ended = desk("run", desk.sheet("week.csv", row()))
    assert ended.code == 2
    assert "badly" not in ended.out + ended.err
    assert service.requests == []


def test_plain_http_to_another_machine_is_refused(desk: Desk) -> None:
    desk.sheet("week.csv", row())
    for command in (["run", "week.csv"], ["accounts"]):
        ended = desk(*command, "--base-url", "http://192.0.2.1:8080")
        assert (ended.code, ended.out) == (2, "")
        assert "192.0.2.1" in ended.err
        assert "in the clear" in ended.err


def _dotenv(desk: Desk, **values: str) -> None:
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    (desk.folder / ".env").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252"])
def test_a_dotenv_in_another_encoding_is_said(desk: Desk, service: StandIn, encoding: str) -> None:
    """As PowerShell's `>` writes it, or an old editor."""
    text = f"OCTOSPARK_TOKEN={TOKEN}\nOWNER=Müller\n"
    (desk.folder / ".env").write_bytes(text.encode(encoding))
    ended = desk("run", desk.sheet("week.csv", row()))
    assert (ended.code, ended.out) == (2, "")
    assert ".env in this folder can't be read" in ended.err
    assert "UTF-8" in ended.err
    assert TOKEN not in ended.err
    assert service.requests == []


def test_all_settings_can_come_from_a_dotenv(desk: Desk, service: StandIn) -> None:
    names = ("OCTOSPARK_TOKEN", "OCTOSPARK_TEAM_ID", "OCTOSPARK_BASE_URL", "BATCH_SCHEDULER_LEDGER")
    desk.forget(*names)
    _dotenv(desk, **dict(zip(names, (TOKEN, TEAM, service.url, "here.sqlite3"), strict=True)))
    assert desk("run", desk.sheet("week.csv", row())).code == 0
    assert {one["teamId"] for one in service.effects} == {TEAM}
    assert (desk.folder / "here.sqlite3").exists()


def test_a_dotenv_of_a_strange_folder_gets_no_token(desk: Desk, service: StandIn) -> None:
    """The sheet is invalid, so that the live service gets nothing either."""
    desk.forget("OCTOSPARK_BASE_URL")
    _dotenv(desk, OCTOSPARK_BASE_URL=service.url, OCTOSPARK_TOKEN="octo_test_theirs")
    assert desk("run", desk.sheet("week.csv", row(scheduled_at="soon"))).code == 4
    assert desk.ask_ledger("SELECT service FROM run") == [(LIVE,)]
    assert service.requests == []


def test_the_environment_comes_before_a_dotenv_and_an_option_before_both(
    desk: Desk, service: StandIn
) -> None:
    _dotenv(
        desk,
        OCTOSPARK_TOKEN="octo_live_theirs",
        OCTOSPARK_TEAM_ID="no team",
        OCTOSPARK_BASE_URL="http://192.0.2.1",
    )
    desk.environment["BATCH_SCHEDULER_LEDGER"] = "/not/used"
    ended = desk("run", desk.sheet("week.csv", row()), "--ledger", str(desk.ledger))
    assert ended.code == 0
    assert desk.ledger.exists()
    assert len(service.scheduled) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="where it lies differs")
def test_the_ledger_is_its_owners_alone(desk: Desk) -> None:
    desk.forget("BATCH_SCHEDULER_LEDGER")
    assert desk("runs").code == 0
    ledger = desk.home / ".local/share/batch-scheduler/ledger.sqlite3"
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.parent.stat().st_mode) == 0o700


def test_a_file_that_is_no_ledger_is_left_alone(desk: Desk, service: StandIn) -> None:
    sheet = desk.folder / desk.sheet("week.csv", row())
    before = sheet.read_bytes()
    ended = desk("run", "week.csv", "--ledger", "week.csv")
    assert ended.code == 2
    assert "nothing was changed in it" in ended.err
    assert sheet.read_bytes() == before
    assert service.requests == []


def test_the_accounts_of_the_team(desk: Desk, service: StandIn) -> None:
    said = desk("accounts").out
    (line,) = [line for line in said.splitlines() if "@acme-careers" in line]
    assert line.split() == [
        account_id(9).replace("-8001-", "-8000-"),
        *("linkedin", "@acme-careers", "Acme", "Careers", "refresh_needed"),
    ]
    listed = desk("accounts", "--json").document
    assert len(listed) == 10
    assert {one["teamId"] for one in listed} == {TEAM}


def test_a_rehearsal_needs_no_token_and_leaves_no_ledger(
    desk: Desk, service: StandIn, tmp_path: Path
) -> None:
    desk.forget("OCTOSPARK_TOKEN", "OCTOSPARK_TEAM_ID")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    desk.environment["TMPDIR"] = str(temporary)
    ended = desk("run", desk.sheet("week.csv", row(1, 3)), "--simulate", "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 3})
    assert desk.statuses("week.results.xlsx") == ["accepted"] * 3
    assert not desk.ledger.exists()
    assert list(desk.home.rglob("*")) == []
    assert list(temporary.iterdir()) == []
    assert service.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_a_stand_in_says_first_where_it_is(desk: Desk, service: StandIn) -> None:
    desk.sheet("week.csv", row(1, 3))
    with desk.start("simulate", "--latency", "0.01") as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        desk.environment["OCTOSPARK_TOKEN"] = "octo_test_any"
        assert desk("run", "week.csv", "--base-url", url).code == 0
        assert len(StandIn(url).scheduled) == 3
        child.send_signal(signal.SIGINT)
        ended = child.ended()
    assert (ended.code, ended.out) == (0, "")
    assert f"OCTOSPARK_BASE_URL={url}" in ended.err
    assert service.requests == []

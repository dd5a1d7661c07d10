"""Accounts that can't publish reject what is meant for them, and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest
from planning_sheets import ACCOUNT, CORE, KNOWN, NOW, OTHER, POST, TEAM, sheet

from batch_scheduler.model import Severity, SocialAccount, utc_text
from batch_scheduler.planning import (
    Defaults,
    Plan,
    Rules,
    Unfits,
    make_plan,
    read_wishes,
    unfit_accounts,
    without_unfit,
)

SOON = int(NOW) + 3600
BOTH = f"{ACCOUNT},{OTHER}"


def listed(status: str, team: str = TEAM, handle: str = "acme") -> Unfits:
    """As after a look at this account, and at one that is connected."""
    those = [
        SocialAccount(ACCOUNT, "instagram", handle, "Acme", status),
        SocialAccount(OTHER, "x", "acme", "Acme", "connected"),
    ]
    return unfit_accounts({team: those})


def plan(
    unfit: Unfits, *rows: tuple[str, int], ledger: pd.DataFrame = KNOWN, most: int = 50
) -> Plan:
    """Rows of (accounts, instant)."""
    lines = [[POST, who, utc_text(when)] for who, when in rows]
    wishes = read_wishes([sheet(CORE, *lines)], Defaults(TEAM))
    made = make_plan(wishes, ledger, Rules(now=NOW, lead=60, max_accounts=most))
    return without_unfit(made, unfit, most)


def states(made: Plan) -> list[str]:
    states: list[str] = made.entries["state"].tolist()
    return states


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        ("refresh_needed", "account-refresh-needed", "reconnect @acme (instagram) in Octospark"),
        ("Refresh-Needed", "account-refresh-needed", "reconnect @acme (instagram) in Octospark"),
        ("disabled", "account-disabled", "enable @acme (instagram) in Octospark"),
        ("DISCONNECTED", "account-disconnected", "connect @acme (instagram) again in Octospark"),
    ],
)
def test_its_deliveries_are_rejected_with_the_remedy(status: str, code: str, remedy: str) -> None:
    made = plan(listed(status), (BOTH, SOON), (ACCOUNT, SOON + 60))
    assert states(made) == ["rejected", "planned", "rejected"]
    assert (made.valid, made.deliveries, made.calls) == (True, 3, 1)
    first = made.entries.iloc[0]
    assert (first["code"], first["error"]) == (code, f"{status}: {remedy}, then `retry`")
    (warning,) = made.issues
    assert (warning.severity, warning.code, warning.row) == (Severity.WARNING, code, None)
    assert "2 deliveries" in warning.message


@pytest.mark.parametrize("status", ["connected", "Connected", "", "paused", "pending_review"])
def test_a_status_that_nobody_documented_is_left_to_the_service(status: str) -> None:
    made = plan(listed(status), (BOTH, SOON))
    assert states(made) == ["planned", "planned"]
    assert made.issues == []


def test_another_team_has_an_account_of_its_own() -> None:
    made = plan(listed("disabled", team=OTHER), (BOTH, SOON))
    assert states(made) == ["planned", "planned"]


def test_an_account_that_is_not_listed_is_left_to_the_service() -> None:
    assert states(plan(unfit_accounts({TEAM: []}), (BOTH, SOON))) == ["planned", "planned"]


def test_what_was_accepted_stays_so_and_what_is_too_late_is_invalid() -> None:
    accepted = {
        "id": 7,
        "run": "r1",
        "team": TEAM,
        "post": POST,
        "account": ACCOUNT,
        "instant": SOON,
        "state": "accepted",
        "zone": "",
        "options": "{}",
        "settings": "{}",
        "scheduled_post_id": "s1",
        "finished_at": NOW - 9,
    }
    ledger = pd.DataFrame([accepted], columns=KNOWN.columns)
    made = plan(listed("disabled"), (BOTH, SOON), (ACCOUNT, int(NOW) - 60), ledger=ledger)
    assert states(made) == ["already_accepted", "planned", "invalid"]


def test_calls_are_as_full_as_without_it() -> None:
    more = [f"55555555-5555-5555-5555-{number:012}" for number in range(3)]
    made = plan(listed("disabled"), (",".join([more[0], ACCOUNT, *more[1:], OTHER]), SOON), most=2)
    assert made.entries["call"].tolist() == [1, -1, 1, 2, 2]


def test_what_is_left_of_a_dead_run_gives_way_to_it() -> None:
    left = {
        "id": 7,
        "run": "r1",
        "team": TEAM,
        "post": POST,
        "account": ACCOUNT,
        "instant": SOON + 60,
        "state": "planned",
        "zone": "",
        "options": "{}",
        "settings": "{}",
        "scheduled_post_id": None,
        "finished_at": None,
    }
    ledger = pd.DataFrame([left], columns=KNOWN.columns)
    made = plan(listed("disabled"), (ACCOUNT, SOON), ledger=ledger)
    assert (states(made), made.superseded) == (["rejected"], [7])

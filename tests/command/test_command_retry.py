"""A results sheet that is tried again, in part: what it does not try is still in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from command_line import IMPATIENT, Desk, Row, row
from command_services import StandIn

ONE_BY_ONE = ("--concurrency", "1", *IMPATIENT)


def _of_text(text: str) -> Row:
    made = row()
    del made["post_id"]
    return made | {"text": text}


@pytest.mark.parametrize(
    "rows",
    [
        [row(1, hours=24), row(1, hours=48)],
        [_of_text("One."), _of_text("Another.")],
    ],
    ids=["a post at two times", "two texts at one time"],
)
def test_what_is_accepted_beside_it_is_no_reason_to_hold_it(
    desk: Desk, start: Callable[..., StandIn], rows: list[Row]
) -> None:
    service = start(fault_script=[None, "403"])
    desk.uses(service.url)
    assert desk("run", desk.sheet("week.csv", *rows), *ONE_BY_ONE).code == 3
    assert desk.statuses("week.results.xlsx") == ["accepted", "rejected"]
    again = desk("retry", "week.results.xlsx", "--json")
    assert (again.code, again.counts) == (0, {"accepted": 1})
    assert sorted(service.scheduled.values()) == [1, 1]


def test_what_waits_beside_it_is_not_superseded(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(fault_script=["403", *["redirect"] * 2])
    desk.uses(service.url)
    sheet = desk.sheet("week.csv", row(1, hours=24), row(1, hours=48))
    first = desk("run", sheet, "--json", *ONE_BY_ONE)
    assert first.counts == {"rejected": 1, "waiting": 1}
    again = desk("retry", "week.results.xlsx", "--status", "rejected", *ONE_BY_ONE)
    assert again.code == 6
    shown = desk("show", first.document["run"], "--json")
    assert shown.counts == {"rejected": 1, "waiting": 1}
    desk("resume")
    assert sorted(service.scheduled.values()) == [1, 1]


def test_nothing_to_try_again_is_said(desk: Desk) -> None:
    assert desk("run", desk.sheet("week.csv", row())).code == 0
    again = desk("retry", "week.results.xlsx", "--json")
    issue: dict[str, Any]
    (issue,) = again.document["issues"]
    assert (again.code, issue["code"]) == (0, "no-rows")
    assert "rejected or waiting" in issue["hint"]
    assert "--status" in issue["hint"]

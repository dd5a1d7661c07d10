"""A wish is judged by what the ledger knows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from planning_sheets import ACCOUNT, CORE, KNOWN, NOW, OTHER, POST, TEAM, sheet

from batch_scheduler.model import RESULT_COLUMNS, utc_text
from batch_scheduler.planning import Defaults, Plan, Rules, make_plan, read_wishes

SOON = int(NOW) + 3600
LATER = int(NOW) + 7200
PAST = int(NOW) - 7200


def known(*lines: dict[str, Any]) -> pd.DataFrame:
    usual = {
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
        "finished_at": NOW - 100.0,
    }
    return pd.DataFrame([usual | line for line in lines], columns=KNOWN.columns)


def plan(
    ledger: pd.DataFrame, *rows: tuple[str, int], extra: dict[str, str] | None = None, **rules: Any
) -> Plan:
    """Rows of (accounts, instant) in one sheet; `extra` goes to every row."""
    cells = extra or {}
    lines = [[POST, who, utc_text(when), *cells.values()] for who, when in rows]
    wishes = read_wishes([sheet([*CORE, *cells], *lines)], Defaults(TEAM))
    return make_plan(wishes, ledger, Rules(now=NOW, lead=60, max_accounts=50, **rules))


def states(made: Plan) -> list[tuple[str, str, int]]:
    columns = (made.entries[name].tolist() for name in ("state", "code", "prior"))
    return list(zip(*columns, strict=True))


def result_row(status: str, instant: int = SOON) -> Plan:
    cells = dict.fromkeys(RESULT_COLUMNS, "") | {
        "post_id": POST,
        "social_account_id": ACCOUNT,
        "scheduled_at": utc_text(instant),
        "status": status,
    }
    wishes = read_wishes([sheet([*cells], [*cells.values()])], Defaults(TEAM))
    return make_plan(wishes, KNOWN, Rules(now=NOW, lead=60, max_accounts=50))


def test_what_nobody_knows_is_planned() -> None:
    made = plan(known(), (ACCOUNT, SOON))
    assert states(made) == [("planned", "", -1)]
    assert (made.rows, made.deliveries, made.calls, made.valid) == (1, 1, 1, True)


@pytest.mark.parametrize("instant", [SOON, PAST])
def test_what_was_accepted_stays_so_also_when_its_time_has_passed(instant: int) -> None:
    made = plan(known({"instant": instant}), (ACCOUNT, instant))
    assert states(made) == [("already_accepted", "", 7)]
    assert (made.deliveries, made.calls, made.valid) == (1, 0, True)


def test_another_zone_is_no_other_wish() -> None:
    made = plan(known({}), (ACCOUNT, SOON), extra={"timezone": "Asia/Tokyo"})
    assert states(made) == [("already_accepted", "", 7)]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("platform_settings.level", "1"),
        ("platform_settings.level", "1.0"),
        ("platform_settings.level", "10e-1"),
        ("platform_settings", '{"level": 1.00}'),
    ],
)
def test_a_number_is_the_same_however_it_is_written(column: str, text: str) -> None:
    made = plan(known({"settings": '{"level":1}'}), (ACCOUNT, SOON), extra={column: text})
    assert states(made) == [("already_accepted", "", 7)]


@pytest.mark.parametrize(
    ("extra", "shown"),
    [
        ({"platform_settings.level": "1"}, "platformSettings.level: nothing → 1"),
        ({"first_comment.text": "Hi"}, 'firstComment.text: nothing → "Hi"'),
    ],
)
def test_other_settings_are_held(extra: dict[str, str], shown: str) -> None:
    made = plan(known({}), (ACCOUNT, SOON), extra=extra)
    assert states(made) == [("held", "settings-differ", 7)]
    error = made.entries["error"].tolist()[0]
    assert shown in error
    assert utc_text(NOW - 100) in error


@pytest.mark.parametrize("state", ["in_doubt", "sending"])
def test_what_is_in_doubt_stays_so(state: str) -> None:
    for again in (False, True):
        made = plan(known({"state": state}), (ACCOUNT, SOON), again=again)
        assert states(made) == [("in_doubt", "", 7)]


def test_what_a_dead_run_planned_is_planned() -> None:
    assert states(plan(known({"state": "planned"}), (ACCOUNT, SOON))) == [("planned", "", 7)]


def test_what_a_dead_run_planned_elsewhere_is_superseded() -> None:
    made = plan(known({"state": "planned", "instant": LATER}), (ACCOUNT, SOON))
    assert states(made) == [("planned", "", -1)]
    assert made.superseded == [7]
    both = plan(known({"state": "planned", "instant": LATER}), (ACCOUNT, SOON), (ACCOUNT, LATER))
    assert both.superseded == []


def test_a_post_accepted_at_another_instant_is_held_as_moved() -> None:
    made = plan(known({"instant": LATER}), (f"{ACCOUNT},{OTHER}", SOON))
    assert states(made) == [("held", "moved", -1), ("planned", "", -1)]
    error = made.entries["error"].tolist()[0]
    assert utc_text(LATER) in error
    assert utc_text(SOON) in error
    assert "--send-held moved" in error


def test_a_move_to_the_past_is_held_and_not_too_late() -> None:
    assert states(plan(known({"instant": LATER}), (ACCOUNT, PAST)))[0][:2] == ("held", "moved")


def test_a_second_time_beside_the_first_is_no_move() -> None:
    made = plan(known({"instant": LATER}), (ACCOUNT, SOON), (ACCOUNT, LATER))
    assert states(made) == [("planned", "", -1), ("already_accepted", "", 7)]


@pytest.mark.parametrize(
    "line",
    [
        {"instant": PAST},
        {"instant": LATER, "state": "planned"},
        {"instant": LATER, "team": OTHER},
        {"instant": LATER, "post": OTHER},
        {"instant": LATER, "account": OTHER},
    ],
)
def test_what_is_past_or_of_another_key_holds_nothing(line: dict[str, Any]) -> None:
    assert states(plan(known(line), (ACCOUNT, SOON))) == [("planned", "", -1)]


def test_the_strongest_of_several_known_ones_counts() -> None:
    ledger = known({"id": 1, "state": "planned"}, {"id": 2}, {"id": 3, "state": "in_doubt"})
    assert states(plan(ledger, (ACCOUNT, SOON))) == [("in_doubt", "", 3)]


@pytest.mark.parametrize("status", ["accepted", "already_accepted", "in_doubt", "Accepted"])
@pytest.mark.parametrize("instant", [SOON, PAST])
def test_what_a_results_sheet_calls_sent_is_held(status: str, instant: int) -> None:
    made = result_row(status, instant)
    assert states(made) == [("held", "known-elsewhere", -1)]
    assert made.valid


@pytest.mark.parametrize("status", ["rejected", "waiting", "held", "invalid", ""])
def test_what_a_results_sheet_calls_not_sent_is_planned(status: str) -> None:
    assert states(result_row(status)) == [("planned", "", -1)]


def test_a_person_can_have_everything_sent() -> None:
    assert states(plan(known({}), (ACCOUNT, SOON), again=True)) == [("planned", "", 7)]
    moved = plan(known({"instant": LATER}), (ACCOUNT, SOON), send_held=frozenset({"moved"}))
    assert states(moved) == [("planned", "", -1)]
    extra = {"repost_after.days": "2"}
    codes = frozenset({"settings-differ"})
    differs = plan(known({}), (ACCOUNT, SOON), extra=extra, send_held=codes)
    assert states(differs) == [("planned", "", 7)]


def test_again_leaves_what_is_past_accepted() -> None:
    made = plan(known({"instant": PAST}), (ACCOUNT, PAST), again=True)
    assert states(made) == [("already_accepted", "", 7)]


def test_what_is_too_late_supersedes_nothing() -> None:
    made = plan(known({"state": "planned", "instant": LATER}), (ACCOUNT, PAST))
    assert (states(made), made.superseded) == ([("invalid", "too-late", -1)], [])


@pytest.mark.parametrize("code", ["settings-differ", "known-elsewhere"])
def test_nothing_that_was_sent_is_called_too_late(code: str) -> None:
    extra = {"repost_after.days": "2"}
    accepted = known({"instant": PAST})
    made = plan(accepted, (ACCOUNT, PAST), extra=extra, send_held=frozenset({code}))
    assert states(made) == [("held", "settings-differ", 7)]


def test_of_a_row_that_is_too_late_the_accepted_accounts_stay_accepted() -> None:
    made = plan(known({"instant": PAST}), (f"{ACCOUNT},{OTHER}", PAST), (OTHER, SOON))
    assert states(made) == [
        ("already_accepted", "", 7),
        ("invalid", "too-late", -1),
        ("planned", "", -1),
    ]
    assert (made.rows, made.deliveries, made.calls) == (2, 2, 1)
    (issue,) = made.issues
    assert (issue.code, issue.row, issue.column) == ("too-late", 2, "scheduled_at")
    assert (issue.value, "2 hours past" in issue.message) == (utc_text(PAST), True)
    assert made.sources[0].raw.loc[2, "social_account_id"] == OTHER
    assert made.entries["error"].iat[1] == issue.message


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(59, "too-late"), (60, None), (3_652 * 86_400, None), (3_654 * 86_400, "too-far")],
)
def test_the_limits_of_time(ahead: int, code: str | None) -> None:
    made = plan(known(), (ACCOUNT, int(NOW) + ahead))
    assert [issue.code for issue in made.issues] == ([code] if code else [])


@pytest.mark.parametrize(
    ("past", "said"),
    [(90, "1 minute past"), (86_400 * 3, "3 days past"), (86_400 * 800, "2 years past")],
)
def test_too_late_says_by_how_much(past: int, said: str) -> None:
    assert said in plan(known(), (ACCOUNT, int(NOW) - past)).issues[0].message


def test_a_living_run_that_holds_the_same_delivery_is_named() -> None:
    ledger = known({"state": "planned", "run": "r1"}, {"state": "planned", "account": OTHER})
    assert plan(ledger, (ACCOUNT, SOON), living=frozenset({"r1"})).holders == ["r1"]
    assert plan(ledger, (ACCOUNT, SOON), living=frozenset({"r2"})).holders == []
    accepted = known({"state": "accepted", "run": "r1"})
    assert plan(accepted, (ACCOUNT, SOON), living=frozenset({"r1"})).holders == []


def test_a_living_runs_deliveries_are_not_superseded() -> None:
    ledger = known({"state": "planned", "run": "r1", "instant": LATER})
    assert plan(ledger, (ACCOUNT, SOON)).superseded == [7]
    made = plan(ledger, (ACCOUNT, SOON), living=frozenset({"r1"}))
    assert (made.superseded, made.holders) == ([], [])


DAY = 86_400
WEEKLY = {"recurrence_interval_days": "7"}


def on_recurrence(made: Plan) -> list[int | None]:
    return [issue.row for issue in made.issues if issue.code == "on-recurrence"]


@pytest.mark.parametrize(("days", "warned"), [(7, [3]), (14, [3]), (6, []), (-7, []), (0.5, [])])
def test_a_single_row_on_an_occurrence_of_a_recurring_one_is_a_warning(
    days: float, warned: list[int]
) -> None:
    start = SOON + 30 * DAY
    rows = [
        [POST, ACCOUNT, utc_text(start), "7"],
        [POST, ACCOUNT, utc_text(start + days * DAY), ""],
    ]
    header = [*CORE, "recurrence_interval_days"]
    wishes = read_wishes([sheet(header, *rows)], Defaults(TEAM))
    made = make_plan(wishes, KNOWN, Rules(now=NOW, lead=60, max_accounts=50))
    assert on_recurrence(made) == warned
    assert made.valid


def test_so_is_one_on_an_occurrence_of_what_an_earlier_run_got_accepted() -> None:
    weekly = '{"recurrenceEndsAt":"%s","recurrenceIntervalDays":7}'
    for end, warned in ((SOON + 20 * DAY, [2]), (SOON + 10 * DAY, [])):
        ledger = known({"options": weekly % utc_text(end)})
        made = plan(ledger, (ACCOUNT, SOON + 14 * DAY), send_held=frozenset({"moved"}))
        assert on_recurrence(made) == warned


def test_other_posts_and_accounts_recur_for_themselves() -> None:
    ledger = known({"options": '{"recurrenceIntervalDays":7}', "account": OTHER})
    assert on_recurrence(plan(ledger, (ACCOUNT, SOON + 7 * DAY))) == []

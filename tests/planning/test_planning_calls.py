"""Deliveries become as few calls as possible, and never one over a limit."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_sheets import CORE, KNOWN, NOW, TEAM, sheet

from batch_scheduler.model import Sheet, request_body
from batch_scheduler.planning import Defaults, Plan, Rules, make_plan, read_wishes

SHARED = ["team", "post", "instant", "zone", "options"]
MEGABYTE = 1 << 20


def uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def hour(number: int) -> str:
    return f"{datetime(2027, 5, 1, tzinfo=UTC) + timedelta(hours=number):%Y-%m-%dT%H:%MZ}"


def plan(made: Sheet, most: int) -> Plan:
    wishes = read_wishes([made], Defaults(TEAM))
    return make_plan(wishes, KNOWN, Rules(now=NOW, lead=60, max_accounts=most))


def calls(made: Plan) -> dict[int, Any]:
    lines = made.entries[made.entries["state"] == "planned"]
    grouped: Any = lines.groupby("call")
    return dict(iter(grouped))


def body_size(made: Plan, lines: Any) -> int:
    head = lines.iloc[0]
    body = request_body(
        lines["account"].tolist(),
        head["instant"],
        head["zone"],
        json.loads(made.documents[head["options"]]),
        [json.loads(made.documents[code]) for code in lines["settings"]],
    )
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


ROW = st.tuples(
    st.integers(1, 3),  # post
    st.lists(st.integers(1, 12), min_size=1, max_size=12, unique=True),  # accounts
    st.integers(0, 2),  # hour
    st.sampled_from(["", "Europe/Berlin"]),
    st.sampled_from(["", "1", "2"]),  # settings
    st.sampled_from(["", "3"]),  # options
)


@given(st.lists(ROW, min_size=1, max_size=12), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_each_delivery_is_in_one_call_and_no_call_could_be_spared(
    wanted: list[tuple[int, list[int], int, str, str, str]], most: int
) -> None:
    header = [*CORE, "timezone", "platform_settings.level", "repost_after.days"]
    rows = [
        [uuid(post), ",".join(map(uuid, accounts)), hour(when), zone, level, days]
        for post, accounts, when, zone, level, days in wanted
    ]
    made = plan(sheet(header, *rows), most)
    lines = made.entries[made.entries["state"] == "planned"]
    keys = lines[["team", "post", "account", "instant"]]
    assert not keys.duplicated().any()
    assert len(lines) == made.deliveries
    assert (lines["call"] >= 1).all()

    made_calls = calls(made)
    for group in made_calls.values():
        assert len(group[SHARED].drop_duplicates()) == 1
        assert group["account"].is_unique
        assert len(group) <= most
    sizes = lines.groupby(SHARED).size()
    assert made.calls == len(made_calls) == sum(math.ceil(size / most) for size in sizes)

    numbers = [*range(1, made.calls + 1)]
    assert sorted(made_calls) == numbers
    starts = [(made_calls[n]["instant"].iat[0], made_calls[n].index[0]) for n in numbers]
    assert starts == sorted(starts)


def test_accounts_with_other_settings_share_a_call() -> None:
    rows = [[uuid(1), uuid(n), hour(0), str(n)] for n in range(1, 5)]
    made = plan(sheet([*CORE, "platform_settings.level"], *rows), 50)
    assert (made.deliveries, made.calls) == (4, 1)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=14),
    st.integers(2, 50),
)
@settings(max_examples=60, deadline=None)
def test_no_body_is_over_a_megabyte(kinds: list[tuple[int, bool]], most: int) -> None:
    """Settings of up to 900,000 bytes; some accounts have the same, some have none."""

    def text(size: int, accented: bool) -> str:
        return ("é" if accented else "x") * (size * 150_000 // (2 if accented else 1))

    rows = [[uuid(1), uuid(n), hour(0), text(*kind)] for n, kind in enumerate(kinds)]
    made = plan(sheet([*CORE, "platform_settings.text"], *rows), most)
    assert made.valid
    assert made.deliveries == len(kinds)
    sizes = [body_size(made, group) for group in calls(made).values()]
    assert max(sizes) <= MEGABYTE
    distinct = Counter(kind if kind[0] else (0, False) for kind in kinds)
    assert made.calls <= sum(math.ceil(count / most) for count in distinct.values())


def test_equal_settings_are_written_once_however_large() -> None:
    rows = [[uuid(1), ",".join(map(uuid, range(50))), hour(0), "x" * 1_000_000]]
    made = plan(sheet([*CORE, "platform_settings.text"], *rows), 50)
    assert made.calls == 1


@pytest.mark.parametrize(("spare", "expected"), [(0, 1), (-1, 2)])
def test_a_body_is_filled_to_the_last_byte(spare: int, expected: int) -> None:
    def rows(length: int) -> Sheet:
        texts = ["a" * 300_000, "b" * length]
        cells = [[uuid(1), uuid(n), hour(0), text] for n, text in enumerate(texts)]
        return sheet([*CORE, "platform_settings.text"], *cells)

    small = plan(rows(300_000), 50)
    left = MEGABYTE - body_size(small, calls(small)[1])
    assert plan(rows(300_000 + left - spare), 50).calls == expected

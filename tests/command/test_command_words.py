"""A sheet in a person's own words: --map, and what the plan says that each column is."""

from __future__ import annotations

import pytest
from command_line import Desk, Row, account_id, at, post_id
from command_services import StandIn


def own_words() -> Row:
    return {
        "Post": post_id(1),
        "Account IDs": account_id(1),
        "Publish at": at(24),
        "Owner": "Ann",
    }


MAPPED = ("--map", "Post=post_id", "--map", "owner=ignore")


def test_a_sheet_in_own_words_is_sent_and_the_plan_says_how_it_was_read(
    desk: Desk, service: StandIn
) -> None:
    ended = desk("run", desk.sheet("week.csv", own_words()), *MAPPED, "--yes")
    assert ended.code == 0
    said = "week.csv: Post → post_id, Account IDs → social_account_ids, Publish at → scheduled_at"
    assert f"{said}; 1 column ignored." in ended.out
    assert len(service.scheduled) == 1


def test_its_results_sheet_needs_no_map(desk: Desk, service: StandIn) -> None:
    sheet = desk.sheet("week.csv", own_words())
    assert desk("run", sheet, *MAPPED, "--results", "r.csv").code == 0
    assert desk.results("r.csv")[0]["# Owner"] == "Ann"
    ended = desk("run", "r.csv", "--json")
    assert (ended.code, ended.counts) == (0, {"already_accepted": 1})
    assert len(service.scheduled) == 1


def test_json_has_what_each_column_is(desk: Desk) -> None:
    document = desk("check", desk.sheet("week.csv", own_words()), *MAPPED, "--json").document
    assert document["columns"] == [
        {
            "path": "week.csv",
            "sheet": None,
            "format": None,
            "columns": [
                {"column": "Post", "means": "post_id"},
                {"column": "Account IDs", "means": "social_account_ids"},
                {"column": "Publish at", "means": "scheduled_at"},
                {"column": "Owner", "means": "ignore"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("mapped", "said"),
    [
        ("Owned=ignore", "Publish at"),
        ("Owner=ignored", "social_account_ids"),
        ("Owner", "--map"),
        ("=ignore", "--map"),
    ],
)
def test_what_can_not_be_mapped_is_wrong_usage(
    desk: Desk, service: StandIn, mapped: str, said: str
) -> None:
    ended = desk("run", desk.sheet("week.csv", own_words()), "--map", mapped)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert service.requests == []


def test_an_unknown_format_is_wrong_usage(desk: Desk) -> None:
    ended = desk("check", desk.sheet("week.csv", own_words()), "--format", "hotsuite")
    assert ended.code == 2
    assert "hootsuite" in ended.err

"""Rows that say what a post is to be created from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from planning_sheets import ACCOUNT, OTHER, POST, TIME, places, plan, sheet

from batch_scheduler.model import key_of
from batch_scheduler.planning import Plan

ASSET = "a55e7000-0000-4000-8000-000000000001"
A, B = "https://example.com/a.jpg", "https://example.com/b.jpg?at=1,2;3"


def planned(*rows: dict[str, str]) -> Plan:
    full = [
        {"text": "", "social_account_ids": ACCOUNT, "scheduled_at": TIME, **one} for one in rows
    ]
    names = list(dict.fromkeys(name for one in full for name in one))
    return plan(sheet(names, *([one.get(name, "") for name in names] for one in full)))


def contents(made: Plan) -> list[dict[str, Any]]:
    return [json.loads(made.contents[code]) for code in made.entries["content"]]


def test_a_text_is_kept_as_it_stands() -> None:
    made = planned({"text": " Doors\r\nopen 🎉\u200d ", "title": "May", "asset_ids": ASSET.upper()})
    (content,) = contents(made)
    assert content == {"text": " Doors\nopen 🎉\u200d ", "title": "May", "assetIds": [ASSET]}
    assert (made.valid, made.posts, made.media, made.calls) == (True, 1, 0, 1)


def test_rows_with_the_same_text_and_media_are_of_one_post() -> None:
    first = {"text": "one", "media_urls": f"{A}\n{B}"}
    again = {"text": "one", "media_urls": f"{A} , {B}", "social_account_ids": OTHER}
    other = {"text": "one", "media_urls": f"{B};{A}", "scheduled_at": "2027-05-02T09:00:00Z"}
    made = planned(first, again, other)
    assert made.entries["post"].nunique() == 2
    assert (made.posts, made.media, made.calls) == (2, 2, 2)
    assert contents(made)[0]["mediaUrls"] == [A, B]


def test_the_plan_says_what_is_created_and_that_it_is_assumed_how() -> None:
    made = planned({"text": "one", "media_urls": A}, {"text": "two", "social_account_ids": OTHER})
    (issue,) = made.issues
    assert (issue.code, issue.severity, issue.row) == ("assumed-new-posts", "warning", None)
    assert "2 posts are created first, for which 1 media file is imported" in issue.message


def test_the_id_counts_where_a_row_has_both() -> None:
    made = planned({"post_id": POST, "text": "one", "media_urls": "nonsense"})
    assert made.entries["post"].tolist() == [POST]
    assert not key_of(POST)
    assert (made.valid, made.posts) == (True, 0)


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"text": " \u200b"}, "missing-text", "text"),
        ({"text": " ", "post_id": ""}, "missing-post", "text"),
        ({"text": "a" * 1_100_000}, "too-large", "text"),
        ({"text": "a", "asset_ids": "picture 1"}, "bad-id", "asset_ids"),
        ({"text": "a", "media_urls": "C:\\pictures\\a.jpg"}, "bad-url", "media_urls"),
        ({"text": "a", "media_urls": f"{A}, ftp://example.com/b.jpg"}, "bad-url", "media_urls"),
        ({"text": "a", "media_urls": "https://me:secret@example.com/a"}, "bad-url", "media_urls"),
    ],
)
def test_what_no_post_can_be_created_from_is_said(
    cells: dict[str, str], code: str, column: str
) -> None:
    made = planned(cells)
    assert places(made.issues) == [(code, 2, column)]
    assert "secret" not in made.issues[0].message
    assert (made.posts, made.calls) == (0, 0)

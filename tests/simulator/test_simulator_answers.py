"""What the documentation leaves open, each way; and the service's own clock."""

from __future__ import annotations

import re
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

ACCOUNTS = [f"acc00000-0000-4000-8000-0000000000{n:02x}" for n in (1, 2, 3, 4, 5, 9)]
TEAM = "7ea00000-0000-4000-8000-000000000001"
POST = f"/v1/teams/{TEAM}/posts/b0570000-0000-4000-8000-000000000001"


def _body(stand_in: Any) -> Any:
    status, _, body = stand_in.schedule(*ACCOUNTS)
    assert status == 200
    return body


def test_entries_can_come_in_another_order(start: Any) -> None:
    order = [it["socialAccountId"] for it in _body(start(shuffle_entries=True))["data"]]
    assert order != ACCOUNTS
    assert sorted(order) == sorted(ACCOUNTS)


def test_ids_can_be_upper_or_mixed_case(start: Any) -> None:
    stand_in = start(id_case="upper")
    upper = _body(stand_in)["data"][0]["socialAccountId"]
    assert stand_in.scheduled()[0] == ACCOUNTS[0]  # the record is never varied
    mixed = _body(start(id_case="mixed"))["data"][0]["socialAccountId"]
    assert upper == ACCOUNTS[0].upper()
    assert mixed not in (upper, ACCOUNTS[0])
    assert mixed.lower() == ACCOUNTS[0]


def test_answers_can_have_more_fields(start: Any) -> None:
    body = _body(start(extra_fields=True))
    assert "fieldOfTomorrow" in body
    assert "fieldOfTomorrow" in body["data"][0]["scheduledPost"]


def test_answers_can_have_fewer_fields(start: Any) -> None:
    assert set(_body(start(sparse=True))["data"][0]["scheduledPost"]) == {"id", "socialAccountId"}


def test_counts_can_be_wrong(start: Any) -> None:
    right, wrong = _body(start())["outcome"], _body(start(wrong_counts=True))["outcome"]
    assert right == {"totalCount": 6, "successCount": 5, "failureCount": 1}
    assert wrong["totalCount"] != wrong["successCount"] + wrong["failureCount"]


def test_the_absent_half_can_be_null(start: Any) -> None:
    data = _body(start(explicit_nulls=True))["data"]
    assert data[0]["error"] is None
    assert data[-1]["scheduledPost"] is None


@pytest.mark.parametrize(
    ("how", "written"),
    [("z", "07:00:00Z"), ("offset", "07:00:00+00:00"), ("milliseconds", "07:00:00.000Z")],
)
def test_instants_can_be_written_otherwise(start: Any, how: str, written: str) -> None:
    at = _body(start(answer_instant=how))["data"][0]["scheduledPost"]["scheduledAt"]
    assert at == f"2999-05-01T{written}"


def test_lists_have_other_shapes(start: Any) -> None:
    stand_in = start(page_shape="items", bare_lists=True)
    page = stand_in.call("GET", f"/v1/teams/{TEAM}/posts?limit=5")[2]
    assert set(page) == {"items", "cursor", "hasMore"}
    assert page["hasMore"]
    last = stand_in.call("GET", f"/v1/teams/{TEAM}/posts?limit=10&cursor={page['cursor']}")[2]
    assert (len(last["items"]), last["hasMore"]) == (7, False)
    assert len(stand_in.call("GET", f"/v1/teams/{TEAM}/social-accounts")[2]) == 10


def test_the_newest_scheduled_post_can_show_late(start: Any) -> None:
    stand_in = start(latest_shown_after=0.2)
    stand_in.schedule()
    assert stand_in.call("GET", POST)[2]["latestScheduledPost"] is None
    assert stand_in.soon(lambda: stand_in.call("GET", POST)[2]["latestScheduledPost"] is not None)


@pytest.mark.parametrize("skew", [0, -3600, 3600])
def test_the_service_has_a_clock_of_its_own(start: Any, skew: int) -> None:
    _, headers, body = start(clock_skew=skew).schedule()
    created = body["data"][0]["scheduledPost"]["createdAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created)
    for moment in (parsedate_to_datetime(headers["Date"]), datetime.fromisoformat(created)):
        assert moment.timestamp() - time.time() == pytest.approx(skew, abs=5)

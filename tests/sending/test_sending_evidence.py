"""What a post shows of a call whose answer was lost."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.model import Call, Delivery, Doubt, utc_text
from batch_scheduler.octospark import Post
from batch_scheduler.sending.evidence import Shows, weigh
from batch_scheduler.sending.service_clock import MARGIN_S, ServiceClock

AT = 2_000_000_000
SINCE = 1_900_000_000.0
ONE, TWO = "acc00000-0000-4000-8000-000000000001", "acc00000-0000-4000-8000-000000000002"


def call(*accounts: str) -> Call:
    wanted = tuple(Delivery(n, account) for n, account in enumerate(accounts or (ONE,), 1))
    return Call("r1", 1, "team", "post", AT, None, {}, wanted)


def post(**latest: Any) -> Post:
    shown = {
        "id": "s9",
        "socialAccountId": ONE,
        "scheduledAt": utc_text(AT),
        "createdAt": utc_text(SINCE + 5),
    }
    return Post.model_validate({"id": "post", "latestScheduledPost": shown | latest})


def test_a_post_without_a_scheduled_post_shows_nothing() -> None:
    empty = Post.model_validate({"id": "post", "latestScheduledPost": None})
    assert weigh(call(), empty, SINCE, ()).shows is Shows.NOTHING
    assert weigh(call(), Post(id="post"), SINCE, ()).shows is Shows.NOTHING


def test_exactly_what_was_asked_newer_than_the_request_is_this() -> None:
    seen = weigh(call(ONE, TWO), post(socialAccountId=TWO.upper()), SINCE, ())
    assert (seen.shows, seen.account, seen.ident) == (Shows.THIS, TWO, "s9")


def test_another_calls_scheduled_post_means_that_nothing_came_since() -> None:
    assert weigh(call(), post(), SINCE, {"s9"}).shows is Shows.NOTHING
    assert weigh(call(), post(id="S9"), SINCE, {"s9"}).shows is Shows.NOTHING
    assert weigh(call(), post(id="S9"), SINCE, {"s9"}, {"s9"}).shows is Shows.LATER


@pytest.mark.parametrize("latest", [{"socialAccountId": TWO}, {"scheduledAt": utc_text(AT + 61)}])
def test_so_does_another_one_that_is_older_than_the_request(latest: dict[str, Any]) -> None:
    older = post(createdAt=utc_text(SINCE - 1), **latest)
    assert weigh(call(), older, SINCE, ()).shows is Shows.NOTHING


def test_what_was_asked_for_is_not_nothing_though_the_service_calls_it_older() -> None:
    """Whose clock the service writes it by is not known, and once more would be twice."""
    older = post(createdAt=utc_text(SINCE - 300))
    assert weigh(call(ONE, TWO), older, SINCE, ()).shows is Shows.OTHER
    assert weigh(call(ONE, TWO), older, SINCE, {"s9"}).shows is Shows.NOTHING


@pytest.mark.parametrize(
    "latest",
    [
        {"socialAccountId": TWO},
        {"socialAccountId": None},
        {"scheduledAt": utc_text(AT + 61)},
        {"scheduledAt": None},
        {"scheduledAt": "0001-01-01T00:00:00+14:00"},
        {"scheduledAt": "9999-12-31T23:59:59.999999Z"},
        {"createdAt": None},
        {"createdAt": "1808120112345"},
        {"id": None},
        {"errorCode": "PLATFORM_UNAVAILABLE"},
    ],
)
def test_anything_else_tells_neither_yes_nor_no(latest: dict[str, Any]) -> None:
    seen = weigh(call(), post(**latest), SINCE, ())
    assert seen.shows is Shows.OTHER
    assert seen.said


@given(
    st.floats(-1e5, 1e5),
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 5), st.floats(0, 5)), min_size=1),
)
def test_the_services_clock_is_never_taken_to_be_later_than_it_was(
    skew: float, answers: list[tuple[float, float, float]]
) -> None:
    clock = ServiceClock()
    for asked_at, there, back in answers:
        said = float(int(asked_at + there + skew))  # whole seconds, cut
        clock.heard(asked_at, asked_at + there + back, said)
    assert clock.is_known
    for moment, _, _ in answers:
        assert clock.earliest(moment) <= moment + skew
        assert clock.earliest(moment) >= moment + skew - 1 - 10 - MARGIN_S - 1e-6


def test_a_clock_that_was_set_is_followed() -> None:
    clock = ServiceClock()
    clock.heard(100, 100, 100)
    clock.heard(200, 200, 500)
    assert clock.earliest(200) == pytest.approx(500 - MARGIN_S)


def a_doubt(not_before: float, asked_at: float | None) -> Doubt:
    call = Call("r1", 1, "team", "post", 0, None, {}, ())
    return Doubt(call, not_before, answered=False, whole=True, asked_at=asked_at)


def test_when_a_request_left_is_taken_as_early_as_it_can_have_been() -> None:
    clock = ServiceClock()
    assert clock.left_at(a_doubt(-math.inf, 100)) == -math.inf
    assert clock.left_at(a_doubt(70, None)) == 70  # an earlier process knew
    clock.heard(100, 100, 1100)
    assert clock.left_at(a_doubt(-math.inf, 100)) == pytest.approx(1100 - MARGIN_S)
    assert clock.left_at(a_doubt(-math.inf, None)) == -math.inf
    clock.heard(200, 200, 5000)  # the service's clock was set: what was known before counts
    assert clock.left_at(a_doubt(1099, 100)) == 1099


def test_the_time_is_what_both_clocks_agree_upon() -> None:
    clock = ServiceClock()
    assert clock.surely(9000, 100) == 9000
    assert clock.behind(9000, 100) == 0
    clock.heard(100, 100, 1100)
    assert clock.surely(9000, 100) == pytest.approx(1100 - MARGIN_S)
    assert clock.surely(500, 100) == 500
    assert clock.behind(9000, 100) == pytest.approx(7900, abs=1)
    assert clock.behind(500, 100) == pytest.approx(-600, abs=1)

"""When a service that refuses, or can't be reached, is given up."""

from __future__ import annotations

import pytest

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.sending.breaker import Breaker


def test_it_gives_up_when_nothing_good_came_for_that_long() -> None:
    breaker = Breaker(give_up=300)
    for now in (0.0, 150.0, 299.9):
        breaker.bad(now, now, "no connection")
    with pytest.raises(ServiceUnusable, match="no connection") as given_up:
        breaker.bad(300.0, 300.0, "no connection")
    assert given_up.value.exit_code == 6


def test_one_good_answer_starts_the_count_anew() -> None:
    breaker = Breaker(give_up=300)
    breaker.bad(0.0, 0.0, "refused")
    breaker.good()
    breaker.bad(299.0, 299.0, "refused")
    breaker.bad(598.0, 598.0, "refused")
    with pytest.raises(ServiceUnusable):
        breaker.bad(599.0, 599.0, "refused")


def test_a_wait_that_is_asked_for_is_not_begun_if_it_is_too_long() -> None:
    breaker = Breaker(give_up=300)
    breaker.bad(0.0, 300.0, "Retry-After: 300")
    with pytest.raises(ServiceUnusable):
        breaker.bad(10.0, 310.1, "Retry-After: 301")


def test_it_says_how_much_patience_is_left() -> None:
    breaker = Breaker(give_up=300)
    assert breaker.left(1000.0) == 300
    breaker.bad(1000.0, 1000.0, "refused")
    assert breaker.left(1100.0) == 200
    breaker.good()
    assert breaker.left(1200.0) == 300

"""A 2xx answer, taken apart: what the service said of each account, and no more than that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.model import Call, Delivery, Outcome, Status
from batch_scheduler.octospark import ScheduleAnswer
from batch_scheduler.sending.outcome import take_apart

POST = "b0570000-0000-4000-8000-00000000000a"
INSTANT = int(datetime(2027, 5, 1, 7, tzinfo=UTC).timestamp())
ASKED = "2027-05-01T07:00:00Z"
MESSAGE = {"message": "The platform refused"}


def account(number: int) -> str:
    return f"acc00000-0000-4000-8000-{number:012x}"


def call(accounts: int) -> Call:
    deliveries = tuple(Delivery(100 + n, account(n)) for n in range(accounts))
    return Call("r1", 1, "team", POST, INSTANT, None, {}, deliveries)


def outcomes(accounts: int, entries: list[Any], **more: Any) -> dict[int, Outcome]:
    """Of an answer as it comes over the wire."""
    answer = ScheduleAnswer.model_validate_json(json.dumps({"data": entries, **more}))
    return take_apart(call(accounts), answer)


def entry(who: Any, **more: Any) -> dict[str, Any]:
    return {"socialAccountId": who, **more}


def post(who: str, **more: Any) -> dict[str, Any]:
    return {"id": f"sp-{who}", "socialAccountId": who, "scheduledAt": ASKED, **more}


def good(who: str, **more: Any) -> dict[str, Any]:
    return entry(who, scheduledPost=post(who, **more))


@dataclass(frozen=True)
class Case:
    """What an answer has of one account, and what that means."""

    entries: list[dict[str, Any]]
    status: Status
    code: str | None
    shows_id: bool = False


def cases(who: str) -> dict[str, Case]:
    """Every rule. Keys name them; `who` can be written in any case."""
    both = entry(who, scheduledPost=post(who), error=MESSAGE)
    accepted, rejected, doubt = Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT
    return {
        "a post": Case([good(who)], accepted, None, True),
        "a post, nulls": Case([good(who) | {"error": None}], accepted, None, True),
        "sparse": Case([entry(who, scheduledPost={"id": f"sp-{who}"})], accepted, None, True),
        "unset error": Case([good(who, errorCode=None, errorMessage=None)], accepted, None, True),
        "an error": Case([entry(who, error=MESSAGE)], rejected, "refused-by-service"),
        "an error, null post": Case(
            [entry(who, error=MESSAGE, scheduledPost=None)], rejected, "refused-by-service"
        ),
        "an error as text": Case([entry(who, error="no")], rejected, "refused-by-service"),
        "missing": Case([], doubt, "not-in-answer"),
        "twice": Case([good(who), good(who)], doubt, "twice-in-answer"),
        "yes, then no": Case([good(who), entry(who, error=MESSAGE)], doubt, "twice-in-answer"),
        "both": Case([both], doubt, "yes-and-no", True),
        "errorCode": Case([good(who, errorCode="X")], doubt, "yes-and-no", True),
        "errorMessage": Case([good(who, errorMessage="no")], doubt, "yes-and-no", True),
        "neither": Case([entry(who)], doubt, "empty-entry"),
        "both null": Case([entry(who, scheduledPost=None, error=None)], doubt, "empty-entry"),
        "no id": Case([entry(who, scheduledPost={"status": "scheduled"})], doubt, "no-id"),
        "empty id": Case([good(who, id="")], doubt, "no-id"),
        "other account": Case(
            [good(who, socialAccountId=account(99))], doubt, "other-account", True
        ),
    }


WRITTEN = [str.lower, str.upper, str.swapcase, str.title]


@pytest.mark.parametrize("rule", cases("x"))
def test_each_rule_alone(rule: str) -> None:
    case = cases(account(0))[rule]
    [(delivery, outcome)] = outcomes(1, case.entries).items()
    assert delivery == 100
    assert (outcome.status, outcome.code) == (case.status, case.code)
    assert outcome.scheduled_post_id == (f"sp-{account(0)}" if case.shows_id else None)
    assert (outcome.error is None) == (outcome.status is Status.ACCEPTED)


@given(st.data())
def test_any_mixture_in_any_order_and_any_case_of_ids(data: st.DataObject) -> None:
    chosen = []
    for number in range(data.draw(st.integers(1, 6))):
        who = data.draw(st.sampled_from(WRITTEN))(account(number))
        rule = data.draw(st.sampled_from(sorted(cases(who))))
        chosen.append(cases(who)[rule])
    strangers = [good(account(50 + n)) for n in range(data.draw(st.integers(0, 2)))]
    entries = data.draw(st.permutations([*strangers, *(e for c in chosen for e in c.entries)]))
    counts = data.draw(st.none() | st.dictionaries(st.text(), st.integers()) | st.integers())

    found = outcomes(len(chosen), entries, outcome=counts)

    assert sorted(found) == [100 + number for number in range(len(chosen))]
    for number, case in enumerate(chosen):
        outcome = found[100 + number]
        assert (outcome.status, outcome.code) == (case.status, case.code)


GARBLED = {
    "a post that is none": entry(account(1), scheduledPost="yes"),
    "an id that is none": good(account(1), id=["sp"]),
    "also an error": entry(account(1), scheduledPost="yes", error=MESSAGE),
    "whose it is, is no text": entry([1], scheduledPost=post(account(1))),
    "null": None,
    "text": "scheduled",
    "a list": [good(account(1))],
}


@pytest.mark.parametrize("garbled", GARBLED.values(), ids=GARBLED)
@pytest.mark.parametrize("first", [True, False])
def test_an_entry_that_can_not_be_read_spoils_none_of_the_others(garbled: Any, first: bool) -> None:
    others = [good(account(0)), entry(account(2), error=MESSAGE)]
    found = outcomes(3, [garbled, *others] if first else [*others, garbled])
    assert [found[id_].status for id_ in (100, 101, 102)] == [
        Status.ACCEPTED,
        Status.IN_DOUBT,
        Status.REJECTED,
    ]
    assert found[100].scheduled_post_id == f"sp-{account(0)}"


def test_counts_that_are_wrong_change_nothing() -> None:
    counts = {"totalCount": 9, "successCount": 0, "failureCount": 9}
    assert outcomes(2, [good(account(0)), good(account(1))], outcome=counts) == {
        100: Outcome(Status.ACCEPTED, f"sp-{account(0)}"),
        101: Outcome(Status.ACCEPTED, f"sp-{account(1)}"),
    }


def test_the_person_reads_the_service_s_own_words() -> None:
    refused, doubted = entry(account(0), error=MESSAGE), good(account(1), errorCode="RATE_LIMIT")
    found = outcomes(2, [refused, doubted])
    assert found[100].error == "The platform refused"
    assert "RATE_LIMIT" in str(found[101].error)


# How a service may write one instant. No format is documented.
FORMATS: dict[str, Callable[[datetime], str]] = {
    "z": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z",
    "offset": lambda at: at.isoformat(),
    "milliseconds": lambda at: at.isoformat(timespec="milliseconds")[:-6] + "Z",
    "microseconds": lambda at: at.isoformat(timespec="microseconds"),
    "space": lambda at: at.isoformat(" "),
    "naive": lambda at: at.isoformat()[:-6],
    "elsewhere": lambda at: at.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(),
    "west": lambda at: at.astimezone(timezone(-timedelta(hours=9))).isoformat(),
}


@given(style=st.sampled_from(sorted(FORMATS)), late=st.integers(-10_000, 10_000))
def test_another_instant_by_more_than_a_minute_is_said(style: str, late: int) -> None:
    at = FORMATS[style](datetime.fromtimestamp(INSTANT + late, UTC))
    outcome = outcomes(1, [good(account(0), scheduledAt=at)])[100]
    assert (outcome.status, outcome.scheduled_post_id) == (Status.ACCEPTED, f"sp-{account(0)}")
    if abs(late) <= 60:
        assert (outcome.code, outcome.error) == (None, None)
    else:
        assert outcome.code == "other-instant"
        assert outcome.error == f"asked for {ASKED}, the service says {at}"


ODD = ["", "soon", "1808550000", "1808120112345", "2027-05-01", "20280501T070000Z", "2028-W17-6"]
ISO = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-14))])).map(
    datetime.isoformat
)


@pytest.mark.parametrize("at", [*ODD, 1808550000, None])
def test_an_instant_in_a_notation_that_is_not_known_is_no_reason_to_warn(at: Any) -> None:
    outcome = outcomes(1, [good(account(0), scheduledAt=at)])[100]
    assert outcome == Outcome(Status.ACCEPTED, f"sp-{account(0)}")


@given(
    st.text() | ISO | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"])
)
def test_whatever_the_instant_an_acceptance_is_one(at: str) -> None:
    outcome = outcomes(1, [good(account(0), scheduledAt=at)])[100]
    assert (outcome.status, outcome.scheduled_post_id) == (Status.ACCEPTED, f"sp-{account(0)}")

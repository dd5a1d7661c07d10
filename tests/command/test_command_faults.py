"""Every known way to fail at once: the results sheets against the service's own record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from command_line import Delivery, Desk, Row, account_id, at, key, post_id, row
from command_services import StandIn
from program import Ended

from batch_scheduler.simulator import FAULTS

REFUSED = {"429", "429_seconds", "429_date", "503_retry_after"}
STOPPING = {"redirect"}
REJECTED = {"403", "409"}
ONE_IN_DOUBT = {"account_left_out", "entry_both", "error_code_set"}
"""All others leave a whole call in doubt."""

HOW = (
    "--timeout",
    "1",
    "--settle",
    "never",
    "--concurrency",
    "64",
    "--give-up",
    "60",
    "--results",
    "results.csv",
)
DONE = ("accepted", "already_accepted")

Wish = tuple[int, int, int]
"""A post's number, how many accounts, how many hours ahead."""

AT_ONE_INSTANT: list[Wish] = [(post, 1 if post % 3 else 20, 24 + post % 10) for post in range(150)]
AT_SEVERAL: list[Wish] = [
    (1000 + post, 1 if post % 2 else 20, 24 + hour) for hour in range(3) for post in range(30)
]


def test_results_are_what_the_service_did(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(seed=1, faults=dict.fromkeys(FAULTS, 0.02), effect_delay=0.1)
    desk.uses(service.url)
    wishes = AT_ONE_INSTANT + AT_SEVERAL
    sheet = desk.sheet("week.csv", *(row(*wish) for wish in wishes))
    ended = None
    for ended in _until_it_is_through(desk, sheet):
        assert ended.code in (3, 6), ended.err
        results = desk.results("results.csv")
        assert [key(one) for one in results] == [one for wish in wishes for one in _wanted(*wish)]
        assert Counter(one["status"] for one in results) == ended.counts
        _is_true(results, service)
    assert ended is not None
    assert "waiting" not in ended.counts
    played = {one["fault"] for one in service.calls}
    assert len(played & FAULTS.keys()) > 20
    _is_known_from_the_answers(results, service)


def _until_it_is_through(desk: Desk, sheet: str) -> Iterator[Ended]:
    """A redirect stops a run; the same sheet again sends what is left."""
    code = 6
    while code == 6:
        with desk.start("run", sheet, "--json", *HOW) as child:
            ended = child.ended(patience=240)  # pauses after failures in a row are drawn by chance
        code = ended.code
        yield ended


def _wanted(post: int, accounts: int, hours: int) -> list[Delivery]:
    numbers = range(1, accounts + 1)
    return [Delivery(post_id(post), account_id(number), at(hours)) for number in numbers]


def _is_true(results: list[Row], service: StandIn) -> None:
    """Nothing twice, nothing lost, and accepted only what was done."""
    scheduled, ids = service.scheduled, service.ids
    assert set(scheduled.values()) == {1}
    accepted = {key(one): one["scheduled_post_id"] for one in results if one["status"] in DONE}
    in_doubt = {key(one) for one in results if one["status"] == "in_doubt"}
    assert accepted.items() <= ids.items()
    assert set(scheduled) <= accepted.keys() | in_doubt
    assert all(one["error"] and one["error_code"] for one in results if key(one) in in_doubt)


def _is_known_from_the_answers(results: list[Row], service: StandIn) -> None:
    """Of a post with one call: what its last answer lets anyone know, and no more."""
    answers: dict[str, list[str | None]] = {}
    for call in service.calls:
        answers.setdefault(call["path"].split("/")[-2], []).append(call["fault"])
    for post, accounts, _ in AT_ONE_INSTANT:
        found = Counter(one["status"] for one in results if one["post_id"] == post_id(post))
        accepted = sum(found.pop(status, 0) for status in DONE)
        faults = answers[post_id(post)]
        assert all(fault in REFUSED | STOPPING | REJECTED for fault in faults[:-1])
        match faults[-1]:
            case None:
                assert (accepted, found) == (accounts, {})
            case fault if fault in REJECTED:
                assert (accepted, found) == (0, {"rejected": accounts})
            case fault if fault in ONE_IN_DOUBT:
                assert (accepted, found) == (accounts - 1, Counter(in_doubt=1))
            case _:
                assert (accepted, found) == (0, {"in_doubt": accounts})

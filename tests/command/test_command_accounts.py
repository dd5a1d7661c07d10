"""An account that can't publish rejects its own deliveries; the service is asked once for all."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler

import pytest
from command_line import TEAM, Desk, account_id, post_id, row, soon
from command_services import Reply, StandIn, replying

OTHER_TEAM = "7ea00000-0000-4000-8000-000000000002"


def account(number: int, status: str = "connected", **more: str) -> dict[str, str]:
    words = {"provider": "instagram", "handle": f"acme{number}", "name": f"Acme {number}"}
    return {"id": account_id(number), "status": status, **words, **more}


def listings(service: StandIn) -> list[str]:
    """The teams whose accounts were asked for, in order."""
    return [
        one["path"].split("/")[3]
        for one in service.requests
        if one["path"].endswith("/social-accounts")
    ]


@pytest.fixture
def mixed(desk: Desk, start: Callable[..., StandIn]) -> StandIn:
    """Accounts 1 and 2 are connected, 3 must be reconnected, 4 is disabled."""
    those = [account(1), account(2), account(3, "refresh_needed"), account(4, "disabled")]
    service = start(accounts=those)
    desk.uses(service.url)
    return service


def test_all_but_its_own_deliveries_are_sent(desk: Desk, mixed: StandIn) -> None:
    desk.sheet("week.csv", row(1, 4), row(2, [3]), row(3, [1]))
    ended = desk("run", "week.csv", "--json")
    assert (ended.code, ended.counts) == (3, {"accepted": 3, "rejected": 3})
    assert (ended.document["valid"], ended.document["calls"]) == (True, 2)
    assert listings(mixed) == [TEAM]
    assert len(mixed.calls) == 2
    assert {one.account for one in mixed.scheduled} == {account_id(1), account_id(2)}
    results = desk.results("week.results.xlsx")
    assert [one["status"] for one in results] == [
        *("accepted", "accepted", "rejected", "rejected", "rejected", "accepted"),
    ]
    assert [one["error_code"] for one in results if one["status"] == "rejected"] == [
        *("account-refresh-needed", "account-disabled", "account-refresh-needed"),
    ]
    assert results[2]["error"] == (
        "refresh_needed: reconnect @acme3 (instagram) in Octospark, then `retry`"
    )
    codes = [issue["code"] for issue in ended.document["issues"]]
    assert codes == ["account-refresh-needed", "account-disabled"]
    assert {issue["severity"] for issue in ended.document["issues"]} == {"warning"}


def test_when_it_is_reconnected_a_retry_sends_what_was_rejected(
    desk: Desk, mixed: StandIn, start: Callable[..., StandIn]
) -> None:
    desk.sheet("week.csv", row(1, 3))
    assert desk("run", "week.csv").code == 3
    again = desk("retry", "week.results.xlsx", "--json")
    assert (again.code, again.counts) == (3, {"rejected": 1})
    mended = start(accounts=[account(3)])
    service = desk.environment["OCTOSPARK_BASE_URL"]
    desk.uses(mended.url)
    desk.ask_ledger("UPDATE run SET service = ?", mended.url)
    desk.ask_ledger("UPDATE team SET service = ? WHERE service = ?", mended.url, service)
    again = desk("retry", "week.results.xlsx", "--json")
    assert (again.code, again.counts) == (0, {"accepted": 1})
    assert {one.account for one in mended.scheduled} == {account_id(3)}


def test_what_was_accepted_stays_so(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start()
    desk.uses(service.url)
    desk.sheet("week.csv", row(1, 2))
    assert desk("run", "week.csv").code == 0
    desk.ask_ledger("UPDATE account SET status = 'disabled'")
    again = desk("run", "week.csv", "--json")
    assert (again.code, again.counts) == (0, {"already_accepted": 2})


def test_each_team_is_looked_up_once(desk: Desk, start: Callable[..., StandIn]) -> None:
    """The same handle in another team is another account."""
    there = account(2, "disconnected", team_id=OTHER_TEAM)
    service = start(accounts=[account(1), there])
    desk.uses(service.url)
    rows = [row(1, [1], team_id=TEAM), row(2, [2], team_id=OTHER_TEAM), row(3, [1], team_id="")]
    ended = desk("run", desk.sheet("week.csv", *rows), "--json")
    assert (ended.code, ended.counts) == (3, {"accepted": 2, "rejected": 1})
    assert sorted(listings(service)) == [TEAM, OTHER_TEAM]


def test_a_sheet_of_which_nothing_is_sent_asks_nothing(desk: Desk, service: StandIn) -> None:
    assert desk("run", desk.sheet("week.csv", row(1, scheduled_at="soon"))).code == 4
    assert desk("check", desk.sheet("good.csv", row(1))).code == 0
    assert service.requests == []


def test_names_are_in_the_summary_and_in_the_ledger(desk: Desk, mixed: StandIn) -> None:
    ended = desk("run", desk.sheet("week.csv", row(1, 3)))
    assert "@acme1" in ended.out
    kept = desk.ask_ledger("SELECT id, handle, display_name, status FROM account ORDER BY id")
    assert (account_id(3), "acme3", "Acme 3", "refresh_needed") in kept
    assert len(kept) == 14
    assert "octo_test" not in "".join(desk.ask_ledger("SELECT group_concat(name) FROM account")[0])


def test_listing_them_keeps_them_too(desk: Desk, mixed: StandIn) -> None:
    assert desk("accounts", "--json").code == 0
    assert desk.ask_ledger("SELECT count(*) FROM account") == [(14,)]
    (at,) = desk.ask_ledger("SELECT accounts_seen_at FROM team WHERE id = ?", TEAM)[0]
    assert abs(at - time.time()) < 60


def test_a_ledger_that_can_keep_nothing_is_no_reason_to_list_none(
    desk: Desk, service: StandIn
) -> None:
    desk.environment["BATCH_SCHEDULER_LEDGER"] = str(desk.folder)
    ended = desk("accounts", "--json")
    assert (ended.code, len(ended.document)) == (0, 10)


# A look-up that fails


@pytest.mark.parametrize(
    ("fault", "asked"),
    [("500_before", 2), ("403", 1), ("502_before", 2), ("html_200_before", 2)],
)
def test_a_run_goes_on_without_it(
    desk: Desk, start: Callable[..., StandIn], fault: str, asked: int
) -> None:
    service = start(listing_fault=fault, accounts=[account(2, "disabled")])
    desk.uses(service.url)
    ended = desk("run", desk.sheet("week.csv", row(1, 2)), "--json")
    assert (ended.code, ended.counts) == (3, {"accepted": 1, "rejected": 1})
    assert len(listings(service)) == asked
    assert "accounts can't be looked up" in ended.err
    assert desk.results("week.results.xlsx")[1]["error_code"] != "account-disabled"


@pytest.mark.parametrize(
    ("options", "hint"),
    [({"token_expires_after": 0}, "OCTOSPARK_TOKEN"), ({"listing_fault": "redirect"}, "base URL")],
)
def test_a_run_is_stopped_where_every_call_would_fail_too(
    desk: Desk, start: Callable[..., StandIn], options: dict[str, object], hint: str
) -> None:
    service = start(**options)
    desk.uses(service.url)
    ended = desk("run", desk.sheet("week.csv", row(1, 2)), "--json")
    assert (ended.code, ended.counts) == (6, {"waiting": 2})
    assert hint in ended.document["reason"]
    assert len(service.requests) == len(listings(service)) == 1
    again = desk("resume", "--json")
    assert (again.code, again.counts) == (6, {"waiting": 2})
    assert len(service.requests) == 2


def test_it_is_not_waited_for_for_long(desk: Desk, start: Callable[..., StandIn]) -> None:
    service = start(listing_fault="hang_before")
    desk.uses(service.url)
    began = time.monotonic()
    ended = desk("run", desk.sheet("week.csv", row(1, 2)), "--json")
    assert time.monotonic() - began < 12
    assert (ended.code, ended.counts) == (0, {"accepted": 2})


def test_a_refusal_is_a_refusal_for_everyone(desk: Desk, start: Callable[..., StandIn]) -> None:
    """The first call leaves only when the wait is over that the listing was told of."""
    service = start(listing_fault="429_seconds", retry_after=1)
    desk.uses(service.url)
    ended = desk("run", desk.sheet("week.csv", row(1, 2)), "--json")
    assert (ended.code, ended.counts) == (0, {"accepted": 2})
    first, second, call = (datetime.fromisoformat(one["time"]) for one in service.requests)
    assert (second - first).total_seconds() >= 0.99
    assert (call - second).total_seconds() >= 0.99


def test_a_listing_without_end(desk: Desk) -> None:
    """Its answer is longer than anything that is read."""
    with replying(_endless) as url:
        desk.uses(url)
        began = time.monotonic()
        ended = desk("run", desk.sheet("week.csv", row(1)), "--json")
    assert time.monotonic() - began < 15
    assert (ended.code, ended.counts) == (0, {"accepted": 1})


def test_a_service_that_lists_the_accounts_is_believed_that_a_first_post_is_not_there(
    desk: Desk,
) -> None:
    """The address and the token are good, also where it does not say whose token it is."""

    def reply(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        if request.path.endswith("/social-accounts"):
            return 200, {}, json.dumps({"data": [account(1)]}).encode()
        if request.command == "GET" or post_id(1) in request.path:
            return 404, {}, b""
        return accepted(body)

    with replying(reply) as url:
        desk.uses(url)
        sheet = desk.sheet("week.csv", row(1), row(2))
        ended = desk("run", sheet, "--json", "--concurrency", "1")
    assert (ended.code, ended.counts) == (3, {"accepted": 1, "rejected": 1})


def test_a_team_that_can_not_be_listed_takes_nothing_from_what_another_has_shown(
    desk: Desk,
) -> None:
    """Teams with accounts by name are looked at before the others."""
    known = {"id": account_id(1), "provider": "instagram", "profileHandle": "acme1"}

    def reply(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        if request.path.endswith(f"/{TEAM}/social-accounts"):
            return 200, {}, json.dumps({"data": [known | {"status": "connected"}]}).encode()
        if request.command == "GET" or post_id(1) in request.path:
            return 404, {}, b""
        return accepted(body)

    by_name = row(2) | {"social_account_ids": "", "social_accounts": "instagram:@acme1"}
    with replying(reply) as url:
        desk.uses(url)
        sheet = desk.sheet("week.csv", row(1) | {"team_id": OTHER_TEAM}, by_name)
        ended = desk("run", sheet, "--json", "--concurrency", "1")
    assert (ended.code, ended.counts) == (3, {"accepted": 1, "rejected": 1})


def _endless(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
    if request.command == "GET":
        return 200, {}, b'{"data": [' + b'"x",' * (20 << 20)
    return accepted(body)


def accepted(body: bytes) -> Reply:
    ids = json.loads(body)["socialAccountIds"]
    posts = [{"id": f"s{n}", "socialAccountId": one} for n, one in enumerate(ids)]
    data = [{"socialAccountId": one["socialAccountId"], "scheduledPost": one} for one in posts]
    return 200, {}, json.dumps({"data": data}).encode()


def test_an_interrupt_while_it_is_awaited(desk: Desk, start: Callable[..., StandIn]) -> None:
    if sys.platform == "win32":
        pytest.skip("no such signals there")
    service = start(listing_fault="hang_before")
    desk.uses(service.url)
    with desk.start("run", desk.sheet("week.csv", row(1))) as child:
        assert soon(lambda: listings(service) == [TEAM])
        child.send_signal(signal.SIGTERM)
        ended = child.ended()
    assert ended.code == 130
    assert desk.ask_ledger("SELECT count(*) FROM run") == [(0,)]


# A run that is resumed


def test_a_run_is_resumed_by_what_the_accounts_are_now(
    desk: Desk, mixed: StandIn, start: Callable[..., StandIn]
) -> None:
    desk.environment["OCTOSPARK_TOKEN"] = "octo_live_unknown"
    desk.sheet("week.csv", row(1, 3), row(2, [1, 3], hours=30))
    stopped = desk("run", "week.csv", "--json")
    assert (stopped.code, stopped.counts) == (6, {"waiting": 5})
    desk.environment["OCTOSPARK_TOKEN"] = "octo_test_known"
    before = len(listings(mixed))
    ended = desk("resume", "--json")
    assert (ended.code, ended.counts) == (3, {"accepted": 3, "rejected": 2})
    assert listings(mixed)[before:] == [TEAM]
    rejected = [one for one in desk.results("week.results.xlsx") if one["status"] == "rejected"]
    assert {one["error_code"] for one in rejected} == {"account-refresh-needed"}
    assert {one.account for one in mixed.scheduled} == {account_id(1), account_id(2)}
    assert all(len(set(one)) == len(one) for one in [list(mixed.scheduled)])

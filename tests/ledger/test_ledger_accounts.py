"""The teams' accounts as they were last looked up, and what is rejected because of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_plans import NOW, SERVICE, TEAM, Place, account, record, row, send, sqlite_place

from batch_scheduler.ledger import Ledger, open_ledger
from batch_scheduler.ledger.versions import steps
from batch_scheduler.model import SocialAccount

ONE = SocialAccount(account(1), "x", "one", "One", "connected")
TWO = SocialAccount(account(2), "linkedin", "", "Two, Inc.", "disabled")


def save(ledger: Ledger, *accounts: SocialAccount, team: str = TEAM, at: float = NOW) -> None:
    with ledger.transaction():
        ledger.save_accounts(SERVICE, team, accounts, at)


def reject(ledger: Ledger, *accounts: int, team: str = TEAM) -> None:
    told = {account(one): ("account-disabled", "enable it") for one in accounts}
    with ledger.transaction():
        ledger.reject("r1", team, told, NOW)


def test_the_last_look_is_all_that_was_listed_then(ledger: Ledger) -> None:
    assert ledger.last_look(SERVICE, TEAM) is None
    save(ledger, ONE, TWO)
    assert ledger.last_look(SERVICE, TEAM) == (NOW, [ONE, TWO])
    save(ledger, TWO, at=NOW + 1)
    assert ledger.last_look(SERVICE, TEAM) == (NOW + 1, [TWO])
    save(ledger, at=NOW + 2)
    assert ledger.last_look(SERVICE, TEAM) == (NOW + 2, [])


def test_each_service_and_team_has_its_own(ledger: Ledger) -> None:
    save(ledger, ONE)
    assert ledger.last_look("https://elsewhere.example", TEAM) is None
    assert ledger.last_look(SERVICE, TEAM[:-1] + "2") is None


def test_an_account_that_is_gone_keeps_its_name_in_results(ledger: Ledger) -> None:
    save(ledger, ONE)
    record(ledger, row(1))
    save(ledger, at=NOW + 1)
    assert ledger.counts_by_account("r1", None) == [(account(1), "@one", "x", "waiting", 1)]


def test_what_is_planned_for_an_account_is_rejected_and_nothing_else(
    ledger: Ledger, place: Place
) -> None:
    calls = record(ledger, row(1, (1, 2)), row(2, (1,)), row(3, (2,)))
    send(ledger, calls[1])
    assert ledger.teams("r1") == [TEAM]
    reject(ledger, 1, team=TEAM[:-1] + "2")
    assert place.states() == ["planned", "planned", "accepted", "planned"]
    reject(ledger, 1, 9)
    assert place.states() == ["rejected", "planned", "accepted", "planned"]
    (told,) = place.ask("SELECT code, error, finished_at, attempts FROM delivery WHERE id = 1")
    assert told == ("account-disabled", "enable it", NOW, 0)
    assert [call.accounts for call in ledger.calls("r1", 0, 9)] == [[account(2)], [account(2)]]
    reject(ledger, 1, 2)
    assert ledger.teams("r1") == []


def test_a_ledger_of_the_first_version_knows_no_look_yet(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    first = {1: steps()[1]}
    open_ledger(place.location, first).close()
    place.ask("INSERT INTO team (service, id) VALUES (?, ?)", SERVICE, TEAM)
    place.ask("INSERT INTO account VALUES (1, ?, 'x', '@one', 'connected', 1.0)", account(1))
    ledger = place.open()
    assert ledger.last_look(SERVICE, TEAM) is None
    save(ledger, ONE)
    assert ledger.last_look(SERVICE, TEAM) == (NOW, [ONE])
    ledger.close()


@pytest.mark.parametrize("said", ["\0", "\ud800", "' OR 1 --"])
def test_whatever_the_service_says_can_be_kept(ledger: Ledger, said: str) -> None:
    save(ledger, SocialAccount(account(1), said, said, said, said))
    seen = ledger.last_look(SERVICE, TEAM)
    assert seen is not None
    assert len(seen.accounts) == 1

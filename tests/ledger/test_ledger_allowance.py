"""What a service was found to allow is kept by whose limits they are."""

from __future__ import annotations

from ledger_plans import NOW, SERVICE

from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Allowance


def test_it_is_that_of_the_last_run_of_the_same_holder(ledger: Ledger) -> None:
    assert ledger.allowance(SERVICE, "digest", since=0) is None
    for found in (Allowance(rate=19.5), Allowance(in_flight=4, quota=300)):
        with ledger.transaction():
            ledger.save_allowance(SERVICE, "digest", found, NOW)
        assert ledger.allowance(SERVICE, "digest", since=NOW) == found
    assert ledger.allowance(SERVICE, "another", since=0) is None
    assert ledger.allowance("http://elsewhere", "digest", since=0) is None


def test_it_is_not_had_when_it_is_old(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.save_allowance(SERVICE, "digest", Allowance(rate=19.5), NOW)
    assert ledger.allowance(SERVICE, "digest", since=NOW + 1) is None

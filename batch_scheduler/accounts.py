"""The teams' accounts: looked up on the service, kept in the ledger, and what follows for a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from batch_scheduler.engine import Engine
from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import SocialAccount
from batch_scheduler.planning import Plan, Unfits, unfit_accounts, without_unfit
from batch_scheduler.preparation import Listed
from batch_scheduler.signals import Signals


class Accounts:
    """A team that was looked up once is not again. `hears` is told what can't be had."""

    def __init__(
        self,
        ledger: Ledger,
        service: str,
        engine: Engine,
        hears: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._service = service
        self._engine = engine
        self._hears = hears
        self._clock = clock
        self._asked: set[str] = set()
        self._listed: dict[str, Sequence[SocialAccount]] = {}

    def listed(self, teams: Collection[str]) -> dict[str, Listed]:
        """All accounts of these teams, as they are now. Raises Interrupted, ServiceUnusable."""
        with Signals() as signals:
            self._look_up(teams, signals, needed=True)
        return {team: Listed(self._listed[team]) for team in teams}

    def judge(self, plan: Plan, max_accounts: int, needed: bool = False) -> Plan:
        """The plan without what can't be published, as far as the service says so.

        Raises Interrupted; ServiceUnusable where it is `needed` to know.
        """
        with Signals() as signals:
            return without_unfit(plan, self._unfit(plan.teams, signals, needed), max_accounts)

    def reject_unfit(self, run: str, signals: Signals) -> None:
        """What is still to be sent of a run, but can't be published, is rejected.

        Raises Interrupted.
        """
        unfit = self._unfit(self._ledger.teams(run), signals)
        with self._ledger.transaction():
            for team in {team for team, _ in unfit}:
                told = {
                    account: (one.code, one.error)
                    for (its, account), one in unfit.items()
                    if its == team
                }
                self._ledger.reject(run, team, told, self._clock())

    def _unfit(self, teams: Collection[str], signals: Signals, needed: bool = False) -> Unfits:
        if left := {*teams} - self._asked:
            self._look_up(left, signals, needed)
        return unfit_accounts(self._listed)

    def _look_up(self, teams: Collection[str], signals: Signals, needed: bool) -> None:
        self._asked.update(teams)
        found = self._engine.look_up(teams, signals, needed)
        self._listed.update(found.accounts)
        with self._ledger.transaction():
            for team, accounts in found.accounts.items():
                self._ledger.save_accounts(self._service, team, accounts, self._clock())
        self._compare_clocks()
        for reason in sorted(set(found.failed.values())):
            if needed:
                raise ServiceUnusable(f"the accounts can't be looked up: {reason}", _REMEDY)
            if found.unusable:
                continue
            self._hears(
                f"The accounts can't be looked up ({reason}): sending without knowing which of "
                "them can publish."
            )

    def _compare_clocks(self) -> None:
        ahead = self._engine.clock_ahead(self._clock())
        if abs(ahead) > _CLOCK_OFF_S:
            how = "ahead of" if ahead > 0 else "behind"
            length = timedelta(seconds=round(abs(ahead)))
            self._hears(
                f"This machine's clock is {length} {how} the service's: set it, for it decides "
                "which times of a sheet have passed."
            )


_CLOCK_OFF_S = 60.0
_REMEDY = (
    "nothing was sent. Check OCTOSPARK_TOKEN, the team and the base URL, or run again later; "
    "accounts written as ids (social_account_ids) are sent without a look"
)

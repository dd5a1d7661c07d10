"""The main job: from sheets to results sheets, and what was left of it gone on with."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from batch_scheduler import preparation
from batch_scheduler.accounts import Accounts
from batch_scheduler.checking import plan_with
from batch_scheduler.engine import Engine
from batch_scheduler.errors import HeldByAnotherRun, Interrupted, UsageError
from batch_scheduler.history import Ended, Finished, ending, write_results
from batch_scheduler.ledger import Ledger, NewRun, Owner, PlanOutdated, adopt_dead
from batch_scheduler.model import Doubt, Status
from batch_scheduler.originals import Originals
from batch_scheduler.person import Person
from batch_scheduler.planning import Wishes
from batch_scheduler.posts import found_again
from batch_scheduler.results.naming import results_paths
from batch_scheduler.settings import Options
from batch_scheduler.signals import Signals
from batch_scheduler.workplace import Workplace

_TRIES = 5
"""Plans made anew when other runs write the same deliveries at the same moment."""


class Job:
    """At one workplace, with one set of options, for one person."""

    def __init__(self, at: Workplace, options: Options, person: Person) -> None:
        self._at = at
        self._options = options
        self._person = person

    def run(self, paths: Sequence[str], results: str | None, marks: bool = True) -> Finished | None:
        """Read, plan, send, and write the results sheets. None: the person said no.

        `marks`: sheets with problems get a marked copy, when all else is done.
        Raises UsageError before anything is done, ServiceUnusable where accounts have names that
        can't be looked up, and HeldByAnotherRun before anything is sent.
        """
        self._at.token()
        places = results_paths(paths, results)
        originals = Originals(paths, self._options)
        reading = preparation.read(paths, self._at.settings.team, self._options, originals.stdin)
        run = _new_run_id()
        with self._at.ledger() as ledger, Owner(self._at.locks, run):
            engine = self._at.engine(ledger, self._options, self._person)
            accounts = self._at.accounts(ledger, engine, self._person)
            wishes = reading.wishes(accounts.listed)
            if not wishes.invalid or self._options.valid_only:
                self._ask_about(ledger, wishes, engine)
            figures = self._record(ledger, run, wishes, places, accounts)
            if figures is None:
                return None
            del wishes, reading
            with Signals() as signals:
                if figures.valid or self._options.valid_only:
                    send = partial(engine.send, run, figures.to_send, signals)
                    done = self._send(ledger, run, send, places)
                else:
                    self._finish(ledger, run, Ended("invalid", None, self._at.clock()))
                    done = write_results(ledger, run, places)
                if marks and done.run.status != "interrupted":
                    others = [*places, *done.results]
                    done = replace(done, marked=originals.mark(figures.issues, results, others))
                return replace(done, figures=figures)

    def resume(self, run: str | None = None) -> list[Finished]:
        """Finish a run that was cut off, or all that were, the oldest first; no sheet is needed.

        Ends early when the service can't be used or a person interrupts: the last one says so.
        """
        finished: list[Finished] = []
        with self._at.ledger() as ledger, Signals() as signals:
            self._at.token()
            adopt_dead(ledger, self._at.locks, self._at.clock())
            left = ledger.resumable(self._at.service)
            for one in [self._resumable(ledger, run)] if run else left:
                try:
                    with Owner(self._at.locks, one):
                        finished.append(self._resume(ledger, one, signals))
                except HeldByAnotherRun as living:
                    if run:
                        raise
                    self._person.hears(f"{living.message}: left alone")
                if finished and finished[-1].run.status in ("aborted", "interrupted"):
                    break
        return finished

    def _ask_about(self, ledger: Ledger, wishes: Wishes, engine: Engine) -> None:
        """What is in doubt of the same posts is asked about before anything is planned."""
        adopt_dead(ledger, self._at.locks, self._at.clock())
        if self._options.settle is None:
            return
        targets = found_again(ledger, self._at.service, wishes, self._options).targets()
        with ExitStack() as owners, Signals() as signals:
            doubts: list[Doubt] = []
            for run in ledger.doubtful(self._at.service, targets):
                with suppress(HeldByAnotherRun):
                    owners.enter_context(Owner(self._at.locks, run))
                    doubts += ledger.doubts(run)
            if not doubts:
                return
            self._person.hears(f"Asking what became of {len(doubts):,} calls of earlier runs …")
            reason = engine.settle(doubts, signals)
            for run in {doubt.call.run for doubt in doubts}:
                with ledger.transaction():
                    ledger.leave(run)
            if reason is not None:
                raise reason

    def _record(
        self,
        ledger: Ledger,
        run: str,
        wishes: Wishes,
        places: Sequence[Path],
        accounts: Accounts,
    ) -> preparation.Figures | None:
        """Plan, ask, and write the plan down. None: the person said no."""
        asked = False
        for left in reversed(range(_TRIES)):
            adopt_dead(ledger, self._at.locks, self._at.clock())
            plan = plan_with(self._at, ledger, wishes, self._options)
            if plan.holders:
                raise _held(plan.holders)
            sends = plan.valid or self._options.valid_only
            if sends:
                plan = accounts.judge(plan, self._options.max_accounts)
            if sends and not asked and not self._person.agrees(plan):
                return None
            asked = True
            settings = {"team_id": self._at.settings.team, **self._options.written()}
            results = [str(place.absolute()) for place in places]
            new = NewRun(run, self._at.service, self._at.clock(), settings, results, sends)
            try:
                ledger.record(new, plan)
            except PlanOutdated:
                if not left:
                    raise
            else:
                return preparation.figures(plan)
        raise AssertionError("unreachable")

    def _send(
        self,
        ledger: Ledger,
        run: str,
        send: Callable[[], Exception | None],
        places: Sequence[Path] | None = None,
    ) -> Finished:
        """Ends with the run's status in the ledger, whatever happens.

        It comes after the results: a run that is killed while they are written can be resumed.
        """
        try:
            reason = send()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            self._finish(ledger, run, Ended("aborted", said, self._at.clock()))
            raise
        ended = _ending(reason, ledger.counts(run), self._at.clock())
        try:
            return write_results(ledger, run, places, ended)
        finally:
            self._finish(ledger, run, ended)

    def _resume(self, ledger: Ledger, run: str, signals: Signals) -> Finished:
        with ledger.transaction():
            ledger.adopt(run, self._at.clock())
            ledger.reopen(run)
        engine = self._at.engine(ledger, self._options, self._person)
        with suppress(Interrupted):  # the signal stops what comes next, too
            self._at.accounts(ledger, engine, self._person).reject_unfit(run, signals)
        doubts = ledger.doubts(run) if self._options.settle is not None else []
        asked = sum(len(doubt.call.deliveries) for doubt in doubts)
        total = ledger.counts(run).get(Status.WAITING, 0) + asked
        return self._send(ledger, run, lambda: engine.send(run, total, signals, doubts=doubts))

    def _resumable(self, ledger: Ledger, prefix: str) -> str:
        run = self._at.run_of_here(ledger, prefix)
        if run.status == "invalid":
            raise UsageError(
                f"run {run.id} sent nothing, because its sheet has invalid rows",
                "mend the sheet and run it, or run it with --valid-only",
            )
        return run.id

    def _finish(self, ledger: Ledger, run: str, ended: Ended) -> None:
        with ledger.transaction():
            ledger.finish(run, ended.status, ended.reason, ended.at)


def _new_run_id() -> str:
    """Begins with a letter: no spreadsheet program takes it for a number."""
    return "r" + "".join(secrets.choice("23456789abcdefghjkmnpqrstvwxyz") for _ in range(7))


def _ending(reason: Exception | None, counts: Mapping[str, int], now: float) -> Ended:
    if reason is None:
        return Ended(ending(counts), None, now)
    status = "interrupted" if isinstance(reason, Interrupted) else "aborted"
    return Ended(status, _with_remedy(reason), now)


def _with_remedy(reason: Exception) -> str:
    remedy = getattr(reason, "hint", "")
    return f"{reason}; {remedy}" if remedy else str(reason)


def _held(holders: Sequence[str]) -> HeldByAnotherRun:
    return HeldByAnotherRun(
        f"run {', '.join(holders)} is at work on the same deliveries; nothing was sent",
        "wait until it is done, then run this sheet again: what it got accepted is not sent twice",
    )

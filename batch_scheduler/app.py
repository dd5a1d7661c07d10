"""What the program does, wired once. The command line, and whatever comes later, call only this.

The rooms are imported where they are used: `runs` needs no pandas.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from batch_scheduler.errors import (
    BatchSchedulerError,
    HeldByAnotherRun,
    Interrupted,
    ServiceUnusable,
    UsageError,
)
from batch_scheduler.history import (
    Ended,
    Finished,
    Trouble,
    ending,
    find,
    state,
    troubles,
    write_results,
)
from batch_scheduler.ledger import (
    Ledger,
    NewRun,
    Owner,
    PlanOutdated,
    RunRecord,
    adopt_dead,
    ledger_file,
    living,
    locks_folder,
    open_ledger,
)
from batch_scheduler.model import Doubt, Status
from batch_scheduler.settings import Options, Settings
from batch_scheduler.signals import Signals

if TYPE_CHECKING:
    from batch_scheduler.accounts import Accounts
    from batch_scheduler.bulletin import Wanted
    from batch_scheduler.engine import Engine
    from batch_scheduler.ledger.upkeep import Pruned
    from batch_scheduler.marking import Marked
    from batch_scheduler.night import Night
    from batch_scheduler.octospark import Account
    from batch_scheduler.originals import Originals
    from batch_scheduler.planning import Plan, Wishes
    from batch_scheduler.preparation import Figures, Reading
    from batch_scheduler.results.daily import DayCount
    from batch_scheduler.sending import Tally
    from batch_scheduler.undo import Undone
    from batch_scheduler.watch import Rhythm

log = logging.getLogger(__name__)

_TRIES = 5
"""Plans made anew when other runs write the same deliveries at the same moment."""


class Person(Protocol):
    """Whoever is at the other end: a terminal, or a log."""

    def agrees(self, plan: Plan) -> bool:
        """Is shown the plan, and asked where there is someone to ask."""
        ...

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        """While calls are made."""
        ...

    def hears(self, text: str) -> None:
        """Is told what is being done."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a check found, and where: so that it can be marked there."""

    plan: Plan
    originals: Originals

    def mark(self, results: str | None) -> Sequence[Marked]:
        """Write a marked copy of each sheet with problems; `results`: --results."""
        return self.originals.mark(self.plan.issues, results)


class App:
    """One service and one ledger, and what can be done with them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock

    # the main job

    def check(
        self, paths: Sequence[str], options: Options, online: Person | None = None
    ) -> Checked:
        """Read and plan, by what the ledger knows; the network is not used, unless `online`: then
        the accounts are looked up, and this person is told of it.

        Raises UsageError; online also ServiceUnusable.
        """
        from batch_scheduler import preparation
        from batch_scheduler.originals import Originals

        originals = Originals(paths, options)
        reading = preparation.read(paths, self._settings.team, options, originals.stdin)
        if online:
            self._require_token()
            return Checked(self._check_online(reading, options, online), originals)
        if not Path(self._settings.ledger).exists():
            return Checked(self._plan(None, reading.wishes(lambda teams: {}), options), originals)
        from batch_scheduler.accounts import last_looks

        with self._ledger() as ledger:
            wishes = reading.wishes(partial(last_looks, ledger, self._service))
            return Checked(self._plan(ledger, wishes, options), originals)

    def _check_online(self, reading: Reading, options: Options, person: Person) -> Plan:
        with self._ledger() as ledger:
            accounts = self._accounts(ledger, self._engine(ledger, options, person), person)
            plan = self._plan(ledger, reading.wishes(accounts.listed), options)
            return accounts.judge(plan, options.max_accounts, needed=True)

    def run(
        self,
        paths: Sequence[str],
        options: Options,
        results: str | None,
        person: Person,
        marks: bool = True,
    ) -> Finished | None:
        """Read, plan, send, and write the results sheets. None: the person said no.

        `marks`: sheets with problems get a marked copy, when all else is done.
        Raises UsageError before anything is done, ServiceUnusable where accounts have names that
        can't be looked up, and HeldByAnotherRun before anything is sent.
        """
        from batch_scheduler import preparation
        from batch_scheduler.originals import Originals
        from batch_scheduler.results.naming import results_paths

        self._require_token()
        places = results_paths(paths, results)
        originals = Originals(paths, options)
        reading = preparation.read(paths, self._settings.team, options, originals.stdin)
        run = _new_run_id()
        with self._ledger() as ledger, Owner(self._locks, run):
            engine = self._engine(ledger, options, person)
            accounts = self._accounts(ledger, engine, person)
            wishes = reading.wishes(accounts.listed)
            if not wishes.invalid or options.valid_only:
                self._ask_about(ledger, wishes, options, engine, person)
            figures = self._record(ledger, run, wishes, options, places, person, accounts)
            if figures is None:
                return None
            del wishes, reading
            with Signals() as signals:
                if figures.valid or options.valid_only:
                    send = partial(engine.send, run, figures.to_send, signals)
                    done = self._send(ledger, run, send, places)
                else:
                    self._finish(ledger, run, Ended("invalid", None, self._clock()))
                    done = write_results(ledger, run, places)
                if marks and done.run.status != "interrupted":
                    others = [*places, *done.results]
                    done = replace(done, marked=originals.mark(figures.issues, results, others))
                return replace(done, figures=figures)

    def resume(self, run: str | None, options: Options, person: Person) -> list[Finished]:
        """Finish a run that was cut off, or all that were, the oldest first; no sheet is needed.

        Ends early when the service can't be used or a person interrupts: the last one says so.
        """

        finished: list[Finished] = []
        with self._ledger() as ledger, Signals() as signals:
            self._require_token()
            adopt_dead(ledger, self._locks, self._clock())
            for one in [self._resumable(ledger, run)] if run else ledger.resumable(self._service):
                try:
                    with Owner(self._locks, one):
                        finished.append(self._resume(ledger, one, options, person, signals))
                except HeldByAnotherRun as living:
                    if run:
                        raise
                    person.hears(f"{living.message}: left alone")
                if finished and finished[-1].run.status in ("aborted", "interrupted"):
                    break
        return finished

    # looking back

    def runs(self, most: int) -> list[tuple[RunRecord, Mapping[str, int]]]:
        """The newest runs first, with their counts per status."""
        with self._ledger() as ledger:
            return [(run, ledger.counts(run.id)) for run in ledger.runs(most)]

    def show(self, run: str, results: str | None = None) -> Finished:
        """One run by its id or the beginning of it; its results sheets anew, if `results`."""
        from batch_scheduler.results.naming import results_paths

        with self._ledger() as ledger:
            found = find(ledger, run)
            if not results:
                return state(ledger, found)
            sheets = [source.path for source in ledger.sources(found)]
            return write_results(ledger, found, results_paths(sheets, results))

    def report(self, since: float, path: Path | None) -> tuple[Sequence[DayCount], Path | None]:
        """What was sent, rejected, held and left in doubt since then; also as a workbook."""
        from batch_scheduler.results.daily import write_daily
        from batch_scheduler.results.from_ledger import day_counts

        with self._ledger() as ledger:
            counts = day_counts(ledger, self._service, since)
        first = datetime.fromtimestamp(since, UTC).date()
        return counts, write_daily(counts, first, path) if path else None

    def accounts(self) -> Sequence[Account]:
        """The team's accounts, as the service has them; the ledger keeps them.

        Raises UsageError, ServiceUnusable.
        """
        token, team = self._settings.require_token(), self._settings.require_team()

        from batch_scheduler.octospark import CallFailed, OctosparkClient
        from batch_scheduler.sending import account_of

        async def ask() -> Sequence[Account]:
            async with OctosparkClient(token, self._settings.base_url) as client:
                return (await client.accounts(team)).value.data

        try:
            listed = asyncio.run(ask())
        except CallFailed as failure:
            raise ServiceUnusable(
                f"the accounts can't be listed: {failure.message}",
                "check OCTOSPARK_TOKEN, the team and the base URL",
            ) from None
        seen = [account_of(one) for one in listed]
        try:
            with self._ledger() as ledger, ledger.transaction():
                ledger.save_accounts(self._service, team.strip().lower(), seen, self._clock())
        except BatchSchedulerError as error:  # what was asked for can be had all the same
            log.warning("the ledger does not keep them: %s", error)
        return listed

    # the inbox

    def nights(
        self,
        folder: Path,
        options: Options,
        person: Person,
        rhythm: Rhythm,
        wanted: Wanted,
        watches: bool,
    ) -> Iterator[Night]:
        """Work off the sheets in a folder: once, or as long as nobody interrupts.

        Raises UsageError for a folder that is of no use, and InboxBusy.
        """
        from batch_scheduler.bulletin import Bulletin, Listening
        from batch_scheduler.inbox import Arrivals, Inbox
        from batch_scheduler.night import NightShift
        from batch_scheduler.watch import Watch

        with Inbox(folder) as inbox:
            listening = Listening(person)
            bulletin = Bulletin(inbox.own, wanted, listening, self._clock, time.sleep)
            shift = NightShift(self, inbox, options, listening, self._clock)
            arrivals = Arrivals(folder, rhythm.quiet, time.monotonic)
            watch = Watch(shift, arrivals, rhythm, time.monotonic, time.sleep)
            bulletin.begins()
            for night in watch.forever() if watches else watch.once():
                bulletin.tells(night)
                yield night

    def require_token(self) -> None:
        """Raises UsageError where there is none."""
        self._require_token()

    def resumable(self) -> dict[str, Mapping[str, int]]:
        """Runs with something left to send or to settle, the oldest first, and their counts."""
        with self._ledger() as ledger:
            return {run: ledger.counts(run) for run in ledger.resumable(self._service)}

    def run_of(self, results: Path) -> str | None:
        """The newest run whose results go there."""
        with self._ledger() as ledger:
            return ledger.run_of(str(results.absolute()))

    def move_results(self, results: Path, to: Path) -> None:
        """What is written of them from now on goes there."""
        with self._ledger() as ledger, ledger.transaction():
            ledger.move_results(str(results.absolute()), str(to.absolute()))

    def troubles(self, run: str, most: int) -> Sequence[Trouble]:
        """The first deliveries of a run that are not accepted."""
        with self._ledger() as ledger:
            return troubles(ledger, run, most)

    # beginning

    def template(self, path: Path) -> Sequence[Account] | None:
        """An empty sheet to fill in. Returns the accounts in its list; None: nobody could say.

        Raises UsageError where the file is there already, or can't be written.
        """
        from batch_scheduler.template import write_template

        if path.exists():
            raise UsageError(f"{path} is there already", "give another name, or move it away")
        accounts = None
        if self._settings.token and self._settings.team:
            with suppress(ServiceUnusable):
                accounts = self.accounts()
        try:
            can = [one for one in accounts or () if one.status == "connected"]
            write_template(
                path, [_in_a_cell(one, can) for one in can], date.fromtimestamp(self._clock())
            )
        except OSError as error:
            said = f"{path} can't be written: {error.strerror or error}"
            raise UsageError(said, "name a file in a folder of yours") from None
        return accounts

    # taking back

    def undo(
        self,
        run: str,
        options: Options,
        results: str | None,
        agrees: Callable[[Undone], bool],
        dry_run: bool = False,
    ) -> Undone | None:
        """Take back what a run got scheduled, as far as the service allows. None: they said no."""
        from batch_scheduler.retraction import Retraction
        from batch_scheduler.sending import Service

        with self._ledger() as ledger:
            found = self._of_this_service(ledger, run)
            retraction = Retraction(ledger, found, options, results, self._clock)
            if dry_run:
                return retraction.rehearse()
            service = Service(self._service, self._require_token(), options.timeout)
            return retraction.carry_out(self._locks, service, agrees)

    # the ledger's upkeep

    def back_up(self, target: Path) -> None:
        """Copy the ledger, whole or not at all. Raises UsageError, LedgerDamaged."""
        from batch_scheduler.ledger.backup import back_up

        back_up(ledger_file(self._settings.ledger), target)

    def prune(
        self, before: float, agrees: Callable[[Pruned], bool], dry_run: bool = False
    ) -> Pruned | None:
        """Delete the runs that ended before and are over. None: the person said no."""
        from batch_scheduler.ledger.upkeep import Upkeep

        with Upkeep(ledger_file(self._settings.ledger), self._locks) as upkeep:
            return upkeep.prune(before, agrees, dry_run)

    # the steps

    def _plan(self, ledger: Ledger | None, wishes: Wishes, options: Options) -> Plan:
        from batch_scheduler import preparation

        now = self._clock()
        if ledger is None:
            return preparation.plan(wishes, options, now)
        known = ledger.known(self._service, wishes.targets())
        # Asked after the deliveries: a run that began in between is not taken for a dead one.
        return preparation.plan(wishes, options, now, known, living(ledger, self._locks))

    def _record(
        self,
        ledger: Ledger,
        run: str,
        wishes: Wishes,
        options: Options,
        places: Sequence[Path],
        person: Person,
        accounts: Accounts,
    ) -> Figures | None:
        """Plan, ask, and write the plan down. None: the person said no."""

        from batch_scheduler import preparation

        asked = False
        for left in reversed(range(_TRIES)):
            adopt_dead(ledger, self._locks, self._clock())
            plan = self._plan(ledger, wishes, options)
            if plan.holders:
                raise _held(plan.holders)
            sends = plan.valid or options.valid_only
            if sends:
                plan = accounts.judge(plan, options.max_accounts)
            if sends and not asked and not person.agrees(plan):
                return None
            asked = True
            settings = {"team_id": self._settings.team, **options.written()}
            results = [str(place.absolute()) for place in places]
            new = NewRun(run, self._service, self._clock(), settings, results, sends)
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
            self._finish(ledger, run, Ended("aborted", said, self._clock()))
            raise
        ended = _ending(reason, ledger.counts(run), self._clock())
        try:
            return write_results(ledger, run, places, ended)
        finally:
            self._finish(ledger, run, ended)

    def _resume(
        self, ledger: Ledger, run: str, options: Options, person: Person, signals: Signals
    ) -> Finished:
        with ledger.transaction():
            ledger.adopt(run, self._clock())
            ledger.reopen(run)
        engine = self._engine(ledger, options, person)
        with suppress(Interrupted):  # the signal stops what comes next, too
            self._accounts(ledger, engine, person).reject_unfit(run, signals)
        doubts = ledger.doubts(run) if options.settle is not None else []
        asked = sum(len(doubt.call.deliveries) for doubt in doubts)
        total = ledger.counts(run).get(Status.WAITING, 0) + asked
        return self._send(ledger, run, lambda: engine.send(run, total, signals, doubts=doubts))

    def _ask_about(
        self, ledger: Ledger, wishes: Wishes, options: Options, engine: Engine, person: Person
    ) -> None:
        """What is in doubt of the same posts is asked about before anything is planned."""

        adopt_dead(ledger, self._locks, self._clock())
        if options.settle is None:
            return
        with ExitStack() as owners, Signals() as signals:
            doubts: list[Doubt] = []
            for run in ledger.doubtful(self._service, wishes.targets()):
                with suppress(HeldByAnotherRun):
                    owners.enter_context(Owner(self._locks, run))
                    doubts += ledger.doubts(run)
            if not doubts:
                return
            person.hears(f"Asking what became of {len(doubts):,} calls of earlier runs …")
            reason = engine.settle(doubts, signals)
            for run in {doubt.call.run for doubt in doubts}:
                with ledger.transaction():
                    ledger.leave(run)
            if reason is not None:
                raise reason

    def _engine(self, ledger: Ledger, options: Options, person: Person) -> Engine:
        from batch_scheduler.engine import Engine

        return Engine(ledger, self._service, self._require_token(), options, person)

    def _accounts(self, ledger: Ledger, engine: Engine, person: Person) -> Accounts:
        from batch_scheduler.accounts import Accounts

        return Accounts(ledger, self._service, engine, person.hears, self._clock)

    def _finish(self, ledger: Ledger, run: str, ended: Ended) -> None:
        with ledger.transaction():
            ledger.finish(run, ended.status, ended.reason, ended.at)

    def _resumable(self, ledger: Ledger, prefix: str) -> str:
        run = self._of_this_service(ledger, prefix)
        if run.status == "invalid":
            raise UsageError(
                f"run {run.id} sent nothing, because its sheet has invalid rows",
                "mend the sheet and run it, or run it with --valid-only",
            )
        return run.id

    def _of_this_service(self, ledger: Ledger, prefix: str) -> RunRecord:
        run = state(ledger, find(ledger, prefix)).run
        if run.service != self._service:
            raise UsageError(
                f"run {run.id} was for {run.service}, not for {self._service}",
                "set OCTOSPARK_BASE_URL or --base-url to that, with a token for it",
            )
        return run

    # where things are

    def _require_token(self) -> str:
        """Raises UsageError where there is none, or what can't be one."""
        from batch_scheduler.octospark import checked_token

        return checked_token(self._settings.require_token()).get_secret_value()

    @property
    def _service(self) -> str:
        from batch_scheduler.octospark import checked_base_url

        return checked_base_url(self._settings.base_url)

    @property
    def _locks(self) -> Path:

        return locks_folder(self._settings.ledger)

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:

        ledger = open_ledger(self._settings.ledger)
        try:
            yield ledger
        finally:
            ledger.close()


def _in_a_cell(account: Account, all_: Sequence[Account]) -> tuple[str, str]:
    """How an account is written in a sheet, and who it is."""
    place = (account.provider, account.profile_handle)
    alone = [(one.provider, one.profile_handle) for one in all_].count(place) == 1
    about = f"{account.display_name or account.id} ({account.provider})"
    if account.profile_handle and alone:
        return f"{account.provider}:@{account.profile_handle.lstrip('@')}", about
    return account.id, about


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

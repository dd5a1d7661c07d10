"""What the program does, wired once. The command line, and whatever comes later, call only this.

The rooms are imported where they are used: `runs` needs no pandas.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from batch_scheduler.errors import (
    HeldByAnotherRun,
    Interrupted,
    LedgerError,
    ServiceUnusable,
    UsageError,
)
from batch_scheduler.model import Doubt, Issue, Sheet, Status
from batch_scheduler.settings import Options, Settings
from batch_scheduler.signals import Signals

if TYPE_CHECKING:
    from batch_scheduler.engine import Engine
    from batch_scheduler.ledger import Ledger, RunRecord
    from batch_scheduler.octospark import Account
    from batch_scheduler.planning import Defaults, Plan, Wishes
    from batch_scheduler.results import AccountCount
    from batch_scheduler.sending import Tally

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


@dataclass(frozen=True, slots=True)
class Figures:
    """What is left of a plan once it is in the ledger."""

    valid: bool
    rows: int
    deliveries: int
    calls: int
    to_send: int
    teams: frozenset[str]
    issues: Sequence[Issue]


@dataclass(frozen=True, slots=True)
class Finished:
    """A run as it ended, or as it stands. `results`: where its results sheets were written."""

    run: RunRecord
    counts: Mapping[str, int]
    by_account: Sequence[AccountCount]
    results: Sequence[Path] = ()
    figures: Figures | None = None


class App:
    """One service and one ledger, and what can be done with them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock

    # the main job

    def check(self, paths: Sequence[str], options: Options) -> Plan:
        """Read and plan, by what the ledger knows; the network is not used."""
        wishes = self._read(paths, options)
        if not Path(self._settings.ledger).exists():
            return self._plan(None, wishes, options)
        with self._ledger() as ledger:
            return self._plan(ledger, wishes, options)

    def run(
        self, paths: Sequence[str], options: Options, results: str | None, person: Person
    ) -> Finished | None:
        """Read, plan, send, and write the results sheets. None: the person said no.

        Raises UsageError before anything is done, and HeldByAnotherRun before anything is sent.
        """
        from batch_scheduler.ledger import Owner
        from batch_scheduler.results.naming import results_paths

        self._settings.require_token()
        places = results_paths(paths, results)
        wishes = self._read(paths, options)
        run = _new_run_id()
        with self._ledger() as ledger, Owner(self._locks, run):
            if not wishes.invalid or options.valid_only:
                self._ask_about(ledger, wishes, options, person)
            figures = self._record(ledger, run, wishes, options, places, person)
            if figures is None:
                return None
            del wishes
            with Signals() as signals:
                if figures.valid or options.valid_only:
                    engine = self._engine(ledger, options, person)
                    send = partial(engine.send, run, figures.to_send, signals, teams=figures.teams)
                    self._send(ledger, run, send)
                else:
                    self._finish(ledger, run, "invalid", None)
                return replace(self._write_results(ledger, run, places), figures=figures)

    def resume(self, run: str | None, options: Options, person: Person) -> list[Finished]:
        """Finish a run that was cut off, or all that were, the oldest first; no sheet is needed.

        Ends early when the service can't be used or a person interrupts: the last one says so.
        """
        from batch_scheduler.ledger import Owner

        finished: list[Finished] = []
        with self._ledger() as ledger, Signals() as signals:
            self._settings.require_token()
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
            found = self._find(ledger, run)
            if not results:
                return _state(ledger, found)
            sheets = [source.path for source in ledger.sources(found)]
            return self._write_results(ledger, found, results_paths(sheets, results))

    def accounts(self) -> Sequence[Account]:
        """The team's accounts, as the service has them. Raises UsageError, ServiceUnusable."""
        token, team = self._settings.require_token(), self._settings.require_team()

        from batch_scheduler.octospark import CallFailed, OctosparkClient

        async def ask() -> Sequence[Account]:
            async with OctosparkClient(token, self._settings.base_url) as client:
                return (await client.accounts(team)).value.data

        try:
            return asyncio.run(ask())
        except CallFailed as failure:
            raise ServiceUnusable(
                f"the accounts can't be listed: {failure.message}",
                "check OCTOSPARK_TOKEN, the team and the base URL",
            ) from None

    # the steps

    def _read(self, paths: Sequence[str], options: Options) -> Wishes:
        from batch_scheduler.planning import read_wishes
        from batch_scheduler.sheets import read_sheet

        given = _defaults(self._settings, options)
        sheets = [read_sheet(path) for path in paths]
        if options.retry:
            sheets = [_to_retry(sheet, options.retry) for sheet in sheets]
        return read_wishes(sheets, given)

    def _plan(self, ledger: Ledger | None, wishes: Wishes, options: Options) -> Plan:
        from batch_scheduler.planning import Rules, known_deliveries, make_plan

        rows = ledger.known(self._service, wishes.targets()) if ledger else []
        rules = Rules(
            now=self._clock(),
            lead=options.lead,
            max_accounts=options.max_accounts,
            again=options.again,
            send_held=options.send_held,
            may_duplicate=options.may_duplicate,
            # Asked after the deliveries: a run that began in between is not taken for a dead one.
            living=self._living(ledger) if ledger else frozenset(),
        )
        return make_plan(wishes, known_deliveries(rows), rules)

    def _record(
        self,
        ledger: Ledger,
        run: str,
        wishes: Wishes,
        options: Options,
        places: Sequence[Path],
        person: Person,
    ) -> Figures | None:
        """Plan, ask, and write the plan down. None: the person said no."""
        from batch_scheduler.ledger import NewRun, PlanOutdated

        asked = False
        for left in reversed(range(_TRIES)):
            self._adopt_dead(ledger)
            plan = self._plan(ledger, wishes, options)
            if plan.holders:
                raise _held(plan.holders)
            sends = plan.valid or options.valid_only
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
                return _figures(plan)
        raise AssertionError("unreachable")

    def _send(
        self, ledger: Ledger, run: str, send: Callable[[], Exception | None]
    ) -> Exception | None:
        """Ends with the run's status in the ledger, whatever happens."""
        try:
            reason = send()
        except BaseException as error:
            self._finish(ledger, run, "aborted", f"{type(error).__name__}: {error}")
            raise
        if reason is None:
            self._finish(ledger, run, _ending(ledger.counts(run)), None)
        else:
            status = "interrupted" if isinstance(reason, Interrupted) else "aborted"
            self._finish(ledger, run, status, _with_remedy(reason))
        return reason

    def _resume(
        self, ledger: Ledger, run: str, options: Options, person: Person, signals: Signals
    ) -> Finished:
        with ledger.transaction():
            ledger.adopt(run, self._clock())
            ledger.reopen(run)
        doubts = ledger.doubts(run) if options.settle is not None else []
        asked = sum(len(doubt.call.deliveries) for doubt in doubts)
        total = ledger.counts(run).get(Status.WAITING, 0) + asked
        engine = self._engine(ledger, options, person)
        self._send(ledger, run, lambda: engine.send(run, total, signals, doubts=doubts))
        places = [Path(source.results or "results.csv") for source in ledger.sources(run)]
        return self._write_results(ledger, run, places)

    def _ask_about(self, ledger: Ledger, wishes: Wishes, options: Options, person: Person) -> None:
        """What is in doubt of the same posts is asked about before anything is planned."""
        from batch_scheduler.ledger import Owner

        self._adopt_dead(ledger)
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
            reason = self._engine(ledger, options, person).settle(doubts, signals)
            for run in {doubt.call.run for doubt in doubts}:
                with ledger.transaction():
                    ledger.leave(run)
            if reason is not None:
                raise reason

    def _engine(self, ledger: Ledger, options: Options, person: Person) -> Engine:
        from batch_scheduler.engine import Engine

        return Engine(ledger, self._service, self._settings.require_token(), options, person)

    def _finish(self, ledger: Ledger, run: str, status: str, reason: str | None) -> None:
        with ledger.transaction():
            ledger.finish(run, status, reason, self._clock())

    def _write_results(self, ledger: Ledger, run: str, places: Sequence[Path]) -> Finished:
        from batch_scheduler.results import write_report
        from batch_scheduler.results.from_ledger import report_of

        state = _state(ledger, run)
        written = [
            write_report(report_of(ledger, state.run, source), place)
            for source, place in zip(ledger.sources(run), places, strict=True)
        ]
        return replace(state, results=written)

    # whose run it is

    def _adopt_dead(self, ledger: Ledger) -> None:
        """What dead runs were sending is in doubt from now on."""
        from batch_scheduler.ledger import Owner

        for run in ledger.unfinished():
            with suppress(HeldByAnotherRun), Owner(self._locks, run), ledger.transaction():
                ledger.adopt(run, self._clock())

    def _living(self, ledger: Ledger) -> frozenset[str]:
        from batch_scheduler.ledger import alive

        return frozenset(run for run in ledger.unfinished() if alive(self._locks, run))

    def _resumable(self, ledger: Ledger, prefix: str) -> str:
        run = self._find(ledger, prefix)
        record = _state(ledger, run).run
        if record.service != self._service:
            raise UsageError(
                f"run {run} was for {record.service}, not for {self._service}",
                "set OCTOSPARK_BASE_URL or --base-url to that, with a token for it",
            )
        if record.status == "invalid":
            raise UsageError(
                f"run {run} sent nothing, because its sheet has invalid rows",
                "mend the sheet and run it, or run it with --valid-only",
            )
        return run

    def _find(self, ledger: Ledger, prefix: str) -> str:
        match ledger.match(prefix):
            case [only]:
                return only
            case [] | None:
                hint = "`batch-scheduler runs` lists them"
                raise UsageError(f"there is no run {prefix!r} in this ledger", hint)
            case [*several]:
                if prefix in several:
                    return prefix
                raise UsageError(
                    f"several runs begin with {prefix!r}: {', '.join(several)} …",
                    "write more of the id",
                )

    # where things are

    @property
    def _service(self) -> str:
        from batch_scheduler.octospark import checked_base_url

        return checked_base_url(self._settings.base_url)

    @property
    def _locks(self) -> Path:
        from batch_scheduler.ledger import locks_folder

        return locks_folder(self._settings.ledger)

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        from batch_scheduler.ledger import open_ledger

        ledger = open_ledger(self._settings.ledger)
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def rehearsal(settings: Settings) -> Iterator[App]:
    """A stand-in for the service, and a ledger that is thrown away."""
    from batch_scheduler.simulator import TEAM_ID, running

    folder = tempfile.TemporaryDirectory(prefix="batch-scheduler-", ignore_cleanup_errors=True)
    with folder as place, running() as url:
        yield App(
            replace(
                settings,
                token="octo_test_rehearsal",
                team=settings.team or TEAM_ID,
                base_url=url,
                ledger=str(Path(place) / "ledger.sqlite3"),
            )
        )


def _new_run_id() -> str:
    """Begins with a letter: no spreadsheet program takes it for a number."""
    return "r" + "".join(secrets.choice("23456789abcdefghjkmnpqrstvwxyz") for _ in range(7))


def _defaults(settings: Settings, options: Options) -> Defaults:
    """Raises UsageError for a team or a zone that can't be one."""
    from batch_scheduler.planning import Defaults
    from batch_scheduler.planning.ids import parse_id
    from batch_scheduler.planning.problem import Problem
    from batch_scheduler.planning.zones import parse_zone

    team = parse_id(settings.team) if settings.team else None
    zone = parse_zone(options.timezone) if options.timezone else None
    for name, value in (("the team", team), ("--timezone", zone)):
        if isinstance(value, Problem):
            raise UsageError(f"{name}: {value.message}", value.hint)
    assert not isinstance(team, Problem)
    assert not isinstance(zone, Problem)
    return Defaults(team, zone, options.date_order)


def _to_retry(sheet: Sheet, statuses: Collection[str]) -> Sheet:
    from batch_scheduler.planning import with_status

    left = with_status(sheet, statuses)
    if left is None:
        raise UsageError(
            f"{sheet.path} is not a results sheet: it does not begin with all of their columns",
            "give a results sheet as a run wrote it; to send a sheet of your own: run",
        )
    return left


def _state(ledger: Ledger, run: str) -> Finished:
    from batch_scheduler.results.from_ledger import account_counts

    record = ledger.run(run)
    if record is None:
        raise LedgerError(f"run {run} is not in the ledger any more")
    return Finished(record, ledger.counts(run), account_counts(ledger, run))


def _figures(plan: Plan) -> Figures:
    sent = plan.entries[plan.entries["call"] > 0]
    teams = frozenset(sent["team"].unique().tolist())
    counts = (plan.rows, plan.deliveries, plan.calls, len(sent))
    return Figures(plan.valid, *counts, teams, plan.issues)


def _with_remedy(reason: Exception) -> str:
    remedy = getattr(reason, "hint", "")
    return f"{reason}; {remedy}" if remedy else str(reason)


def _ending(counts: Mapping[str, int]) -> str:
    from batch_scheduler.model import Status

    good = sum(counts.get(status, 0) for status in (Status.ACCEPTED, Status.ALREADY_ACCEPTED))
    return "complete" if good == sum(counts.values()) else "partial"


def _held(holders: Sequence[str]) -> HeldByAnotherRun:
    return HeldByAnotherRun(
        f"run {', '.join(holders)} is at work on the same deliveries; nothing was sent",
        "wait until it is done, then run this sheet again: what it got accepted is not sent twice",
    )

"""What the program does, wired once. The command line, and whatever comes later, call only this.

The rooms are imported where they are used: `runs` needs no pandas.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from batch_scheduler.errors import HeldByAnotherRun, Interrupted, LedgerError, UsageError
from batch_scheduler.model import Issue
from batch_scheduler.settings import Options, Settings
from batch_scheduler.signals import Signals

if TYPE_CHECKING:
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
            return self._plan(None, wishes, options, frozenset())
        with self._ledger() as ledger:
            return self._plan(ledger, wishes, options, self._living(ledger))

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
            figures = self._record(ledger, run, wishes, options, places, person)
            if figures is None:
                return None
            del wishes
            with Signals() as signals:
                if figures.valid or options.valid_only:
                    self._send(ledger, run, options, figures, person, signals)
                else:
                    self._finish(ledger, run, "invalid", None)
                return replace(self._write_results(ledger, run, places), figures=figures)

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
        """The team's accounts, as the service lists them now. Raises UsageError, CallFailed."""
        token, team = self._settings.require_token(), self._settings.require_team()

        from batch_scheduler.octospark import OctosparkClient

        async def ask() -> Sequence[Account]:
            async with OctosparkClient(token, self._settings.base_url) as client:
                return (await client.accounts(team)).value.data

        return asyncio.run(ask())

    # the steps

    def _read(self, paths: Sequence[str], options: Options) -> Wishes:
        from batch_scheduler.planning import read_wishes
        from batch_scheduler.sheets import read_sheet

        given = _defaults(self._settings, options)
        return read_wishes([read_sheet(path) for path in paths], given)

    def _plan(
        self, ledger: Ledger | None, wishes: Wishes, options: Options, living: frozenset[str]
    ) -> Plan:
        from batch_scheduler.planning import Rules, known_deliveries, make_plan

        rules = Rules(
            now=self._clock(),
            lead=options.lead,
            max_accounts=options.max_accounts,
            again=options.again,
            send_held=options.send_held,
            living=living,
        )
        rows = ledger.known(self._service, wishes.targets()) if ledger else []
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
            plan = self._plan(ledger, wishes, options, self._adopt_dead(ledger))
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
        self,
        ledger: Ledger,
        run: str,
        options: Options,
        figures: Figures,
        person: Person,
        signals: Signals,
    ) -> None:
        """Ends with the run's status in the ledger, whatever happens."""
        from batch_scheduler.sending import Limits, Service, Tally, send_run

        service = Service(self._service, self._settings.require_token(), options.timeout)
        limits = Limits(options.concurrency, options.rate, options.lead, options.give_up)
        tally = Tally(total=figures.to_send)
        try:
            with person.watches(tally):
                sending = send_run(
                    *(ledger, run, service, limits, tally),
                    teams=figures.teams,
                    on_start=signals.forward,
                )
                reason = asyncio.run(sending)
        except BaseException as error:
            self._finish(ledger, run, "aborted", f"{type(error).__name__}: {error}")
            raise
        if reason is None:
            self._finish(ledger, run, _ending(ledger.counts(run)), None)
        else:
            status = "interrupted" if isinstance(reason, Interrupted) else "aborted"
            self._finish(ledger, run, status, str(reason))

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

    def _adopt_dead(self, ledger: Ledger) -> frozenset[str]:
        """What dead runs were sending is in doubt from now on. Returns the living ones."""
        from batch_scheduler.ledger import Owner

        living = set()
        for run in ledger.unfinished():
            try:
                with Owner(self._locks, run), ledger.transaction():
                    ledger.adopt(run, self._clock())
            except HeldByAnotherRun:
                living.add(run)
        return frozenset(living)

    def _living(self, ledger: Ledger) -> frozenset[str]:
        from batch_scheduler.ledger import alive

        return frozenset(run for run in ledger.unfinished() if alive(self._locks, run))

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


def _ending(counts: Mapping[str, int]) -> str:
    from batch_scheduler.model import Status

    good = sum(counts.get(status, 0) for status in (Status.ACCEPTED, Status.ALREADY_ACCEPTED))
    return "complete" if good == sum(counts.values()) else "partial"


def _held(holders: Sequence[str]) -> HeldByAnotherRun:
    return HeldByAnotherRun(
        f"run {', '.join(holders)} is at work on the same deliveries; nothing was sent",
        "wait until it is done, then run this sheet again: what it got accepted is not sent twice",
    )

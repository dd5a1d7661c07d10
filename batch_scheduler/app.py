"""What the program does, wired once. The command line, and whatever comes later, call only this.

The rooms are imported where they are used: `runs` needs no pandas.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import BatchSchedulerError, ServiceUnusable, UsageError
from batch_scheduler.history import Finished, find, state, write_results
from batch_scheduler.ledger import RunRecord, ledger_file
from batch_scheduler.settings import USUAL, Options, Settings
from batch_scheduler.workplace import Workplace

if TYPE_CHECKING:
    from batch_scheduler.bulletin import Wanted
    from batch_scheduler.checking import Checked
    from batch_scheduler.ledger.upkeep import Pruned
    from batch_scheduler.night import Night
    from batch_scheduler.octospark import Account
    from batch_scheduler.person import Person
    from batch_scheduler.results.daily import DayCount
    from batch_scheduler.undo import Undone
    from batch_scheduler.watch import Rhythm

log = logging.getLogger(__name__)


class App:
    """One service and one ledger, and what can be done with them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._at = Workplace(settings, clock)

    # the main job

    def check(
        self, paths: Sequence[str], options: Options, online: Person | None = None
    ) -> Checked:
        """See checking.check."""
        from batch_scheduler.checking import check

        return check(self._at, paths, options, online)

    def run(
        self,
        paths: Sequence[str],
        options: Options,
        results: str | None,
        person: Person,
        marks: bool = True,
    ) -> Finished | None:
        """See Job.run."""
        from batch_scheduler.job import Job

        return Job(self._at, options, person).run(paths, results, marks)

    def resume(self, run: str | None, options: Options, person: Person) -> list[Finished]:
        """See Job.resume."""
        from batch_scheduler.job import Job

        return Job(self._at, options, person).resume(run)

    def nights(
        self,
        folder: Path,
        options: Options,
        person: Person,
        rhythm: Rhythm,
        wanted: Wanted,
        watches: bool,
        results: str | None = None,
    ) -> Iterator[Night]:
        """Work off the sheets in a folder: once, or as long as nobody interrupts.

        `results`: see NightBook. Raises UsageError for a folder that is of no use, and InboxBusy.
        """
        from batch_scheduler.bulletin import Bulletin, Listening
        from batch_scheduler.inbox import Arrivals, Inbox
        from batch_scheduler.job import Job
        from batch_scheduler.night import Night, NightShift
        from batch_scheduler.night_book import NightBook
        from batch_scheduler.watch import Watch

        folder = folder.absolute()  # a message is read elsewhere
        book = NightBook(self._at, results, watches) if results else None
        inbox, listening = Inbox(folder), Listening(person)
        bulletin = Bulletin(inbox.own, wanted, listening, self._at.clock, time.sleep)
        with ExitStack() as held:
            try:
                held.enter_context(inbox)
            except UsageError as error:
                bulletin.tells(Night(stopped=error))
                raise
            shift = NightShift(self._at, Job(self._at, options, listening), inbox, listening)
            arrivals = Arrivals(folder, rhythm.quiet, time.monotonic)
            watch = Watch(shift, arrivals, rhythm, time.monotonic, time.sleep)
            bulletin.begins()
            for night in watch.forever() if watches else watch.once():
                night.book = book.write(night) if book else None
                bulletin.tells(night)
                inbox.told()
                yield night

    # looking back

    def runs(self, most: int) -> list[tuple[RunRecord, Mapping[str, int]]]:
        """The newest runs first, with their counts per status."""
        with self._at.ledger() as ledger:
            return [(run, ledger.counts(run.id)) for run in ledger.runs(most)]

    def show(self, run: str, results: str | None = None) -> Finished:
        """One run by its id or the beginning of it; its results sheets anew, if `results`."""
        from batch_scheduler.results.naming import results_paths

        with self._at.ledger() as ledger:
            found = find(ledger, run)
            if not results:
                return state(ledger, found)
            sheets = [source.path for source in ledger.sources(found)]
            return write_results(ledger, found, results_paths(sheets, results))

    def report(self, since: float, path: Path | None) -> tuple[Sequence[DayCount], Path | None]:
        """What was sent, rejected, held and left in doubt since then; also as a workbook."""
        from batch_scheduler.results.daily import write_daily
        from batch_scheduler.results.from_ledger import day_counts
        from batch_scheduler.results.naming import of_a_kind

        path = of_a_kind(path, ".xlsx") if path else None
        with self._at.ledger() as ledger:
            counts = day_counts(ledger, self._at.service, since)
        first = datetime.fromtimestamp(since, UTC).date()
        return counts, write_daily(counts, first, path) if path else None

    # accounts

    def accounts(self) -> Sequence[Account]:
        """The team's accounts, as the service has them; the ledger keeps them.

        Raises UsageError, ServiceUnusable.
        """
        from batch_scheduler.sending import Service, account_of, list_accounts

        service = Service(self._at.service, self._at.token(), USUAL.timeout)
        team = self._at.settings.require_team()
        listed = list_accounts(service, team)
        seen = [account_of(one) for one in listed]
        try:
            with self._at.ledger() as ledger, ledger.transaction():
                ledger.save_accounts(self._at.service, team.strip().lower(), seen, self._at.clock())
        except BatchSchedulerError as error:  # what was asked for can be had all the same
            log.warning("the ledger does not keep them: %s", error)
        return listed

    def template(self, path: Path) -> Sequence[Account] | None:
        """An empty sheet to fill in. Returns the accounts in its list; None: nobody could say.

        Raises UsageError where the file is there already, or can't be written.
        """
        from batch_scheduler.sending import account_of
        from batch_scheduler.template import write_template

        if path.exists():
            raise UsageError(f"{path} is there already", "give another name, or move it away")
        accounts = None
        if self._at.settings.token and self._at.settings.team:
            with suppress(ServiceUnusable):
                accounts = self.accounts()
        can = [account_of(one) for one in accounts or () if one.status == "connected"]
        try:
            write_template(path, can, date.fromtimestamp(self._at.clock()))
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

        with self._at.ledger() as ledger:
            found = self._at.run_of_here(ledger, run)
            retraction = Retraction(ledger, found, options, results, self._at.clock)
            if dry_run:
                return retraction.rehearse()
            service = Service(self._at.service, self._at.token(), options.timeout)
            return retraction.carry_out(self._at.locks, service, agrees)

    # the ledger's upkeep

    def back_up(self, target: Path) -> None:
        """Copy the ledger, whole or not at all. Raises UsageError, LedgerDamaged."""
        from batch_scheduler.ledger.backup import back_up

        back_up(ledger_file(self._at.settings.ledger), target)

    def prune(
        self, before: float, agrees: Callable[[Pruned], bool], dry_run: bool = False
    ) -> Pruned | None:
        """Delete the runs that ended before and are over. None: the person said no."""
        from batch_scheduler.ledger.upkeep import Upkeep

        with Upkeep(ledger_file(self._at.settings.ledger), self._at.locks) as upkeep:
            return upkeep.prune(before, agrees, dry_run)

"""What waits in an inbox, sheet after sheet, with nobody there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from batch_scheduler.errors import (
    BatchSchedulerError,
    Interrupted,
    LedgerError,
    ServiceUnusable,
    UsageError,
)
from batch_scheduler.history import Finished, Trouble, ending, state, troubles, write_results
from batch_scheduler.inbox import DONE, PROBLEMS, Inbox, Taken, Untold
from batch_scheduler.job import Job
from batch_scheduler.model import Status, utc_text
from batch_scheduler.person import Person
from batch_scheduler.workplace import Workplace

log = logging.getLogger(__name__)

LEFT = "left"
"""The outcome of a sheet that is still at work."""

MOST_TROUBLES = 5
"""Deliveries of one sheet that are told one by one; its results sheet has them all."""
_CUT_OFF = ("aborted", "interrupted")


@dataclass(frozen=True, slots=True)
class Handled:
    """One sheet. `place`: where it lies now; None: still at work, the next night goes on with it.

    `before`: when the same content came in before. `error`: why there is no run of it.
    """

    name: str
    place: Path | None = None
    finished: Finished | None = None
    error: BatchSchedulerError | None = None
    before: str | None = None
    troubles: Sequence[Trouble] = ()

    @property
    def outcome(self) -> str:
        """Where it lies: DONE, PROBLEMS or LEFT."""
        return self.place.parent.name if self.place else LEFT

    @property
    def is_good(self) -> bool:
        return self.outcome == DONE


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run of an earlier night of which there is news."""

    finished: Finished
    troubles: Sequence[Trouble] = ()


@dataclass(slots=True)
class Night:
    """`resumed`: those whose sheets are not among the handled. `stopped`: why nothing else was
    begun. `book`: a workbook with the results of all of them.
    """

    resumed: list[Resumed] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    stopped: BatchSchedulerError | None = None
    book: Path | None = None

    @property
    def is_good(self) -> bool:
        """Whether nobody has to do anything."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        if self.stopped:
            return self.stopped.exit_code
        codes = {
            3 if one.error is None else one.error.exit_code
            for one in self.handled
            if not one.is_good
        }
        if any(one.finished.run.status != "complete" for one in self.resumed):
            codes.add(3)
        return 1 if 1 in codes else 3 if codes else 0

    @property
    def runs(self) -> list[Finished]:
        """All that there is news of, each once."""
        own = [one.finished for one in self.handled if one.finished]
        return [*(one.finished for one in self.resumed), *own]


class NightShift:
    """Works off an inbox that it holds. What is cut off at any point is gone on with later."""

    def __init__(self, at: Workplace, job: Job, inbox: Inbox, person: Person) -> None:
        self._at = at
        self._job = job
        self._inbox = inbox
        self._person = person

    def go_on(self) -> Night:
        """With what earlier nights left: before anything new."""
        night = Night()
        with _stopping(night, self._inbox):
            self._at.token()
            for taken in self._inbox.left():
                if taken.is_being_put_away:
                    self._put_away(taken)
            night.handled += filter(None, map(self._recalled, self._inbox.owed()))
            self._resume(night)
            for taken in [] if night.stopped else self._inbox.left():
                self._go_on_with(night, taken)
        night.handled = _each_once(night.handled)
        told = {one.finished.run.id for one in night.handled if one.finished}
        night.resumed = [one for one in night.resumed if one.finished.run.id not in told]
        return night

    def take(self, night: Night, sheets: Callable[[], Sequence[Path]]) -> None:
        """One after the other, until something stops the night."""
        with _stopping(night, self._inbox):
            for sheet in [] if night.stopped else sheets():
                taken = None if night.stopped else self._inbox.take(sheet)
                if taken:
                    self._run(night, taken)

    def _resume(self, night: Night) -> None:
        """What is still as it was is no news; that nobody asks about a doubt any more is."""
        before = self._resumable()
        if not before:
            return
        finished = self._job.resume()
        after = self._resumable()
        for one in finished:
            run = one.run.id
            is_over = bool(one.counts.get(Status.IN_DOUBT)) and run not in after
            if one.counts != before.get(run) or is_over:
                night.resumed.append(Resumed(one, self._troubles(run)))
        if finished and finished[-1].run.status in _CUT_OFF:
            night.stopped = _reason(finished[-1])

    def _go_on_with(self, night: Night, taken: Taken) -> None:
        run = self._run_of(taken)
        if night.stopped or (run and run in self._resumable()):
            return
        if taken.sheet.exists() and (run is None or self._was_for_nobody(run)):
            self._run(night, taken)
        elif run is None:
            taken.drop()  # it was never taken, or somebody removed it
        else:
            with self._at.ledger() as ledger:
                if taken.results.exists():
                    done = state(ledger, run)
                else:
                    done = write_results(ledger, run, [taken.results])
            self._end(night, taken, done)

    def _run(self, night: Night, taken: Taken) -> None:
        before = self._inbox.before(taken.digest)
        if before:
            self._person.hears(f"{taken.name} was here before ({before}): sent is what is left.")
        try:
            done = self._job.run([str(taken.sheet)], str(taken.results))
        except UsageError as error:
            if self._run_of(taken):
                raise  # it was sent, but its results can't be written
            said = error.message.replace(str(taken.sheet), taken.name)
            error = UsageError(said, error.hint)
            taken.explanation.write_text(f"{said}\n{error.hint}\n", encoding="utf-8")
            place = self._put_away(taken, PROBLEMS, error=error)
            night.handled.append(Handled(taken.name, place, error=error, before=before))
        except (ServiceUnusable, LedgerError, Interrupted):
            raise
        except BatchSchedulerError as error:  # another run has the same deliveries
            night.handled.append(Handled(taken.name, error=error, before=before))
        except Exception as error:
            # One sheet that nobody foresaw must not keep all others from their time.
            log.exception("%s", taken.name, extra={"sheet": taken.name})
            night.handled.append(Handled(taken.name, error=_unforeseen(error), before=before))
        else:
            assert done is not None  # nobody is asked
            self._end(night, taken, done, before)

    def _end(self, night: Night, taken: Taken, done: Finished, before: str | None = None) -> None:
        place = None
        if done.run.status in _CUT_OFF and self._run_of(taken) in self._resumable():
            night.stopped = _reason(done)
        else:
            good = ending(done.counts) == "complete" and done.run.status != "invalid"
            place = self._put_away(taken, DONE if good else PROBLEMS, done.run.id)
            moved = [taken.destined(self._inbox.root, path) for path in done.results]
            marked = [
                replace(one, path=taken.destined(self._inbox.root, one.path))
                for one in done.marked
                if one.path
            ]
            done = replace(done, results=moved, marked=marked)
        told = self._troubles(done.run.id)
        night.handled.append(Handled(taken.name, place, done, before=before, troubles=told))

    def _recalled(self, untold: Untold) -> Handled | None:
        """What a night that was killed has told nobody."""
        place = Path(untold.place)
        if untold.run is None:
            error = UsageError(untold.error, untold.hint)
            return Handled(untold.name, place, error=error)
        with self._at.ledger() as ledger:
            if ledger.run(untold.run) is None:
                return None
            results = [Path(one.results) for one in ledger.sources(untold.run) if one.results]
            done = replace(state(ledger, untold.run), results=results)
        return Handled(untold.name, place, done, troubles=self._troubles(untold.run))

    def _put_away(
        self,
        taken: Taken,
        to: str | None = None,
        run: str | None = None,
        error: BatchSchedulerError | None = None,
    ) -> Path:
        """`to`: None where it was decided already. `run`, `error`: what somebody must be told."""
        root = self._inbox.root
        digest = taken.digest if taken.sheet.exists() else None
        if to is not None:
            place = taken.destine(root, to)
            why = (error.message, error.hint) if error else ()
            self._inbox.owe(Untold(taken.name, str(place), run, *why))
            taken.decide()
        # Told first: what is still in doubt is written where it goes, once more is known.
        there = taken.destined(root, taken.results)
        with self._at.ledger() as ledger, ledger.transaction():
            ledger.move_results(str(taken.results.absolute()), str(there.absolute()))
        place = taken.put_away(root)
        if digest:
            self._inbox.remember(digest, place.name, utc_text(self._at.clock()))
        return place

    def _resumable(self) -> dict[str, Mapping[str, int]]:
        """Runs with something left to send or to settle, the oldest first, and their counts."""
        with self._at.ledger() as ledger:
            return {run: ledger.counts(run) for run in ledger.resumable(self._at.service)}

    def _was_for_nobody(self, run: str) -> bool:
        """It was for another base URL, a mistyped one say, and nothing was sent there."""
        with self._at.ledger() as ledger:
            counts, record = ledger.counts(run), ledger.run(run)
        elsewhere = record is not None and record.service != self._at.service
        return elsewhere and set(counts) <= {Status.WAITING, Status.REJECTED, Status.INVALID}

    def _troubles(self, run: str) -> list[Trouble]:
        with self._at.ledger() as ledger:
            return troubles(ledger, run, MOST_TROUBLES)

    def _run_of(self, taken: Taken) -> str | None:
        """The newest run whose results go where this one's do."""
        with self._at.ledger() as ledger:
            return ledger.run_of(str(taken.results.absolute()))


def _each_once(handled: Sequence[Handled]) -> list[Handled]:
    """The last word on each place: what was recalled may have been gone on with."""
    last = {one.place: one for one in handled if one.place}
    return [one for one in handled if one.place is None or last[one.place] is one]


@contextmanager
def _stopping(night: Night, inbox: Inbox) -> Iterator[None]:
    """What keeps every sheet from its end is the night's end, and said once."""
    try:
        yield
    except BatchSchedulerError as error:
        night.stopped = error
    except OSError as error:
        night.stopped = inbox.unusable(error)
    except KeyboardInterrupt:
        night.stopped = Interrupted("interrupted")


def _reason(done: Finished) -> BatchSchedulerError:
    kind = Interrupted if done.run.status == "interrupted" else ServiceUnusable
    return kind(done.run.reason or f"run {done.run.id} was {done.run.status}")


def _unforeseen(error: Exception) -> BatchSchedulerError:
    return BatchSchedulerError(
        f"unexpected error: {type(error).__name__}: {error}",
        "this is a bug, please report it; the sheet stays in working, and is tried again",
    )

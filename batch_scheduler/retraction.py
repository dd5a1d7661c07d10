"""Taking back a run, between the ledger, the person and the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from batch_scheduler.engine import limits_of
from batch_scheduler.history import ending
from batch_scheduler.ledger import Ledger, Owner, RunRecord
from batch_scheduler.sending import Service
from batch_scheduler.settings import Options
from batch_scheduler.signals import Signals
from batch_scheduler.undo import Undoing, Undone, Word, require_free


class Retraction:
    """Of one run. `results`: where its sheet goes; without it: beside where one works.

    Raises UsageError where a sheet of the run itself is.
    """

    def __init__(
        self,
        ledger: Ledger,
        run: RunRecord,
        options: Options,
        results: str | None,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._options = options
        self._place = Path(results or f"{run.id}.undone.xlsx")
        self._wanted = results is not None
        self._clock = clock
        require_free(ledger, run.id, self._place)

    def rehearse(self) -> Undone:
        """What would be asked for; its sheet only where one is wanted."""
        undoing = self._undoing()
        would = undoing.so_far()
        return undoing.write(would, self._place) if self._wanted and would.told else would

    def carry_out(
        self, locks: Path, service: Service, agrees: Callable[[Undone], bool]
    ) -> Undone | None:
        """None: the person said no. Raises HeldByAnotherRun."""
        with Owner(locks, self._run.id):
            with self._ledger.transaction():
                self._ledger.adopt(self._run.id, self._clock())
            undoing = self._undoing()
            if undoing.to_ask and not agrees(undoing.so_far()):
                return None
            with Signals() as signals:
                reason = None
                if undoing.to_ask:
                    reason = undoing.ask(service, limits_of(self._options), signals.forward)
                undone = undoing.so_far(reason)
                self._note(undone)
                return undoing.write(undone, self._place) if undone.told else undone

    def _undoing(self) -> Undoing:
        return Undoing(self._ledger, self._run, self._options.lead, self._clock())

    def _note(self, undone: Undone) -> None:
        """A run of which something was taken back is not complete any more."""
        count = undone.counts.get(Word.UNDONE, 0)
        if count and self._run.status in ("complete", "partial"):
            said = f"{count:,} deliveries of it are taken back"
            status = ending(self._ledger.counts(self._run.id))
            with self._ledger.transaction():
                self._ledger.finish(self._run.id, status, said, self._clock())

"""One run's undo, from what may be asked for to what came of it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batch_scheduler.errors import Interrupted, UsageError
from batch_scheduler.ledger import Ledger, RunRecord
from batch_scheduler.model import Status
from batch_scheduler.results import write_report
from batch_scheduler.sending import Limits, Service
from batch_scheduler.sending.clock import Clock, OnStart
from batch_scheduler.undo.session import undo_targets
from batch_scheduler.undo.sheet import Told, report_of
from batch_scheduler.undo.target import Ending, Place, Target, Word, targets_of

_NOT_ASKED = Ending(Word.WAITING, "it was stopped before it was asked for")
_UNKNOWN = Ending(Word.UNCONFIRMED, "it was asked for, and what came of that is not known")


@dataclass(frozen=True, slots=True)
class Undone:
    """`told`: what came, or would come, of each delivery; `reason`: why it stopped early.

    `waiting`: deliveries of the run that were never sent, and that a resume would send.
    """

    run: str
    told: Sequence[Told]
    waiting: int = 0
    reason: Exception | None = None
    results: Path | None = None

    @property
    def counts(self) -> Mapping[Word, int]:
        return Counter(ending.word for _, ending in self.told)

    @property
    def status(self) -> str:
        """In the words for runs."""
        if self.reason is not None:
            return "interrupted" if isinstance(self.reason, Interrupted) else "aborted"
        return "complete" if self.counts.keys() <= {Word.UNDONE} else "partial"


class Undoing:
    """`targets`: the run's posts, with those that are left for what speaks against them."""

    def __init__(self, ledger: Ledger, run: RunRecord, lead: float, now: float) -> None:
        self._ledger = ledger
        self._run = run
        self._now = now
        rows = ledger.scheduled(run.id)
        self.targets = targets_of(rows, ledger.sharing(run.id), now, lead)
        self._endings: dict[Place, Ending] = {}
        for target in self.targets:
            word, said = (Word.LEFT, target.left) if target.left else (Word.TO_UNDO, "")
            self._endings[target.place] = Ending(word, said)

    @property
    def to_ask(self) -> list[Target]:
        return [target for target in self.targets if not target.left]

    def ask(
        self,
        service: Service,
        limits: Limits,
        on_start: OnStart = lambda stop: None,
        clock: Clock | None = None,
    ) -> Exception | None:
        """Asks for all that may be asked for. Returns why it stopped early, if it did."""
        asking = undo_targets(
            *(self._run.id, self.to_ask, self._ledger, service, limits),
            on_start=on_start,
            clock=clock,
        )
        endings, reason = asyncio.run(asking)
        self._endings.update(dict.fromkeys((one.place for one in self.to_ask), _NOT_ASKED))
        self._endings.update(endings)
        return reason

    def so_far(self, reason: Exception | None = None) -> Undone:
        """As the ledger has it now, in the order of the input."""
        told: list[Told] = []
        for row in self._ledger.scheduled(self._run.id):
            ending = self._endings.get((row.team, row.post), _NOT_ASKED)
            if row.state == "undone":
                ending = Ending(Word.UNDONE, row.error or "")
            elif row.state == "undoing" and ending.word is Word.WAITING:
                ending = _UNKNOWN
            told.append((row, ending))
        waiting = self._ledger.counts(self._run.id).get(Status.WAITING, 0)
        return Undone(self._run.id, told, waiting, reason)

    def write(self, undone: Undone, place: Path) -> Undone:
        """Its sheet. Raises UsageError."""
        report = report_of(self._ledger, self._run, undone.told, self._now)
        return replace(undone, results=write_report(report, place))


def require_free(ledger: Ledger, run: str, place: Path) -> None:
    """Raises UsageError where a sheet of the run itself is."""
    for source in ledger.sources(run):
        if os.path.realpath(place) in {
            os.path.realpath(name) for name in (source.path, source.results) if name
        }:
            raise UsageError(
                f"{place} is a sheet of the run, which this one would replace",
                "give --results another name",
            )

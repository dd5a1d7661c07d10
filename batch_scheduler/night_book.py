"""The results of all sheets of a night in one workbook, where a team looks for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.history import write_together
from batch_scheduler.ledger import Ledger
from batch_scheduler.model import Issue, Severity
from batch_scheduler.night import Night
from batch_scheduler.results.from_ledger import Part
from batch_scheduler.results.naming import results_folder
from batch_scheduler.workplace import Workplace

log = logging.getLogger(__name__)


class NightBook:
    """`given`: a workbook that the next night replaces, or a folder where each night has its own.

    Raises UsageError for what can be neither.
    """

    def __init__(self, at: Workplace, given: str, watches: bool) -> None:
        self._at = at
        self._file = Path(given).absolute()
        self._folder = results_folder(str(self._file), several=True)
        if self._folder and self._folder.exists() and not self._folder.is_dir():
            raise UsageError(
                f"{given} is a file, and no workbook",
                "give --results a name that ends in .xlsx, or a folder",
            )
        if watches and not self._folder:
            raise UsageError(
                f"with --watch, {given} would be written anew with each sheet that comes",
                "give --results a folder",
            )

    def write(self, night: Night) -> Path | None:
        """None: there is no news, or no room for it. What it says is in the ledger, too."""
        try:
            with self._at.ledger() as ledger:
                parts = list(_parts(ledger, night))
                if not parts:
                    return None
                return write_together(ledger, parts, self._place(), list(_unread(night)))
        except UsageError as error:
            log.warning("%s %s", error.message, error.hint)
            return None

    def _place(self) -> Path:
        if self._folder is None:
            return self._file
        stamp = datetime.fromtimestamp(self._at.clock(), UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        names = (f"{stamp} ({n})" if n > 1 else stamp for n in count(1))
        places = (self._folder / f"{name}.xlsx" for name in names)
        return next(place for place in places if not place.exists())


def _parts(ledger: Ledger, night: Night) -> Iterator[Part]:
    called = {
        one.finished.run.id: f"{one.place.parent.name}/{one.place.name}" if one.place else one.name
        for one in night.handled
        if one.finished
    }
    for done in night.runs:
        for source in ledger.sources(done.run.id):
            earlier = f"{Path(source.path).name}, of an earlier night"
            yield Part(done.run, source, called.get(done.run.id, earlier))


def _unread(night: Night) -> Iterator[Issue]:
    """Sheets without a run."""
    for one in night.handled:
        if one.error and not one.finished:
            called = f"{one.outcome}/{one.name}"
            yield Issue(Severity.ERROR, "not-run", called, one.error.message, one.error.hint)

"""The sheets as the user has them: how they are read again to mark their problems."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.marking import Marked, place_for, write_marked
from batch_scheduler.model import Issue, Severity
from batch_scheduler.preparation import headings, read_one
from batch_scheduler.results.naming import STANDARD_INPUT
from batch_scheduler.settings import Options
from batch_scheduler.sheets import Replayable

log = logging.getLogger(__name__)


class Originals:
    """Made before they are read for the first time. Standard input is kept meanwhile.

    A sheet that was changed since is not marked: its problems would stand at other cells.
    """

    def __init__(self, paths: Sequence[str], options: Options) -> None:
        self._options = options
        self._stamps = {path: _stamp(path) for path in paths}
        self.stdin: Replayable | None = None
        if STANDARD_INPUT in paths and sys.stdin is not None:
            self.stdin = Replayable(STANDARD_INPUT, sys.stdin.buffer)

    def mark(
        self, issues: Sequence[Issue], results: str | None, others: Sequence[Path] = ()
    ) -> list[Marked]:
        """A marked copy of each sheet that has issues. Never fails: what matters is done already.

        `results`: --results; `others`: files that it must not be.
        """
        return list(self._mark(issues, results, others))

    def _mark(
        self, issues: Sequence[Issue], results: str | None, others: Sequence[Path]
    ) -> Iterator[Marked]:
        taken = [*others, *map(Path, self._stamps)]
        for path in self._stamps:
            found = [issue for issue in issues if issue.path == path]
            if not any(one.row or one.column or one.severity is Severity.ERROR for one in found):
                continue  # what is worth saying of a whole sheet has no place in it
            try:
                place = place_for(path, results, len(self._stamps) > 1, taken)
                marked = self._mark_one(path, found, place)
            except UsageError as error:
                marked = Marked(path, None, (error.message, error.hint))
            except Exception as error:
                log.debug("no marked copy of %s", path, exc_info=error)
                why = f"Unexpected error, please report it: {type(error).__name__}: {error}"
                marked = Marked(path, None, (why,))
            if marked.path:
                taken.append(marked.path)
            yield marked

    def _mark_one(self, path: str, issues: Sequence[Issue], place: Path) -> Marked:
        """Raises UsageError."""
        if path != STANDARD_INPUT and not self._stamps[path]:
            hint = "Name a file to have its problems marked."
            raise UsageError(f"{path} came through a pipe, and can't be read again.", hint)
        sheet = read_one(path, self._options, self.stdin)
        if _stamp(path) != self._stamps[path]:
            hint = "Check it again to have its problems marked."
            raise UsageError(f"{path} was changed meanwhile.", hint)
        return write_marked(sheet, issues, place, headings(sheet, self._options))


def _stamp(path: str) -> tuple[int, ...]:
    """What is different after a file was changed. Empty for what is no file."""
    try:
        state = Path(path).stat()
    except OSError:
        return ()
    if not stat.S_ISREG(state.st_mode):
        return ()
    return state.st_ino, state.st_size, state.st_mtime_ns

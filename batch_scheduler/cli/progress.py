"""How far a run is, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from batch_scheduler.model import Status

if TYPE_CHECKING:
    from batch_scheduler.sending import Tally

_TROUBLE = ((Status.REJECTED, "rejected", "red"), (Status.IN_DOUBT, "in doubt", "magenta"))


class _Counts(ProgressColumn):
    """What went well is what is done, but for these."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(Column(no_wrap=True))
        self._tally = tally

    def render(self, task: Task) -> Text:
        counts = [
            (f"{count:,} {word}  ", ink)
            for status, word, ink in _TROUBLE
            if (count := self._tally.by_status[status])
        ]
        return Text.assemble(*counts, (self._pace(task), "cyan"))

    def _pace(self, task: Task) -> str:
        from batch_scheduler.sending import steady

        left = self._tally.pause_until - steady()
        if left > 0:
            return f"the service asked for a pause: {left:.0f} s"
        made = f"{self._tally.calls / max(task.elapsed or 0.0, 0.001):.1f}"
        rate = self._tally.rate
        return f"{made} calls/s" if rate is None else f"{made} of {rate:.1f} calls/s allowed"


class _Sending(Progress):
    """Reads the tally whenever it draws."""

    def __init__(self, console: Console, tally: Tally) -> None:
        super().__init__(
            TextColumn("Sending"),
            BarColumn(bar_width=16),
            TextColumn(
                "{task.completed:,.0f} of {task.total:,.0f}", table_column=Column(no_wrap=True)
            ),
            _Counts(tally),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self._tally = tally
        self._task = self.add_task("", total=tally.total)

    def get_renderables(self) -> Iterable[RenderableType]:
        if hasattr(self, "_task"):
            self.update(self._task, completed=self._tally.done)
        yield from super().get_renderables()


@contextmanager
def showing(console: Console, tally: Tally) -> Iterator[None]:
    """Goes away when it is done, and never comes where there is no terminal."""
    if not console.is_terminal or not tally.total:
        yield
        return
    with _Sending(console, tally):
        yield

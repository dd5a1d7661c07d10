"""Who is at the other end: a person at a terminal, who is asked; or a log, which is not."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rich.console import Console

from batch_scheduler.cli.consoles import agreed
from batch_scheduler.cli.plain import plain
from batch_scheduler.cli.progress import showing
from batch_scheduler.cli.screens import show_issues, show_plan

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan
    from batch_scheduler.sending import Tally


class AtTerminal:
    """See app.Person. `said`: where plans go; `noise`: where questions and progress go."""

    def __init__(self, said: Console, noise: Console, *, asks: bool, again: bool) -> None:
        self._said = said
        self._noise = noise
        self._asks = asks
        self._again = again

    def agrees(self, plan: Plan) -> bool:
        show_issues(self._said, plan.issues, "they are in the results sheet")
        show_plan(self._said, plan)
        if not self._asks or not plan.calls:
            return True
        if self._again:
            self._noise.print("[bold]Careful:[/] what was sent before may go out twice.")
        return agreed(self._noise, "Send them?")

    def hears(self, text: str) -> None:
        self._noise.print(plain(text), markup=False, soft_wrap=True)

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        return showing(self._noise, tally)

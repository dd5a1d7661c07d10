"""Whoever is at the other end: a terminal, or a log."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan
    from batch_scheduler.sending import Tally


class Person(Protocol):
    def agrees(self, plan: Plan) -> bool:
        """Is shown the plan, and asked where there is someone to ask."""
        ...

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        """While calls are made."""
        ...

    def hears(self, text: str) -> None:
        """Is told what is being done."""
        ...

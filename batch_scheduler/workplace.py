"""Where the work is done: one service, one ledger, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import UsageError
from batch_scheduler.history import find, state
from batch_scheduler.ledger import Ledger, RunRecord, locks_folder, open_ledger
from batch_scheduler.person import Person
from batch_scheduler.settings import Options, Settings

if TYPE_CHECKING:
    from batch_scheduler.accounts import Accounts
    from batch_scheduler.engine import Engine


class Workplace:
    """`clock`: seconds since 1970."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock

    def token(self) -> str:
        """Raises UsageError where there is none, or what can't be one."""
        from batch_scheduler.octospark import checked_token

        return checked_token(self.settings.require_token()).get_secret_value()

    @property
    def service(self) -> str:
        """Its base URL. Raises UsageError."""
        from batch_scheduler.octospark import checked_base_url

        return checked_base_url(self.settings.base_url)

    @property
    def locks(self) -> Path:
        return locks_folder(self.settings.ledger)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open while entered; made where there is none."""
        ledger = open_ledger(self.settings.ledger)
        try:
            yield ledger
        finally:
            ledger.close()

    def engine(self, ledger: Ledger, options: Options, person: Person) -> Engine:
        from batch_scheduler.engine import Engine

        return Engine(ledger, self.service, self.token(), options, person)

    def accounts(self, ledger: Ledger, engine: Engine, person: Person) -> Accounts:
        from batch_scheduler.accounts import Accounts

        return Accounts(ledger, self.service, engine, person.hears, self.clock)

    def run_of_here(self, ledger: Ledger, prefix: str) -> RunRecord:
        """The run whose id begins so. Raises UsageError, also for one of another service."""
        run = state(ledger, find(ledger, prefix)).run
        if run.service != self.service:
            raise UsageError(
                f"run {run.id} was for {run.service}, not for {self.service}",
                "set OCTOSPARK_BASE_URL or --base-url to that, with a token for it",
            )
        return run

"""A run without the service: a stand-in for it, and a ledger that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from batch_scheduler.errors import BatchSchedulerError
from batch_scheduler.settings import Settings
from batch_scheduler.simulator import TEAM_ID, StartFailed, running


@contextmanager
def rehearsal(settings: Settings) -> Iterator[Settings]:
    """The settings of a rehearsal, good while entered. It needs no token and no team."""
    folder = tempfile.TemporaryDirectory(prefix="batch-scheduler-", ignore_cleanup_errors=True)
    try:
        with folder as place, running() as url:
            yield replace(
                settings,
                token="octo_test_rehearsal",
                team=settings.team or TEAM_ID,
                base_url=url,
                ledger=str(Path(place) / "ledger.sqlite3"),
            )
    except StartFailed as error:
        raise BatchSchedulerError(f"no rehearsal: {error}", "see what it says above") from None

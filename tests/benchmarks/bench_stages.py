"""What each stage of a run takes. As a program: `SHEET URL FOLDER` prints them as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_sheets import TEAM
from bench_stand_in import TOKEN

from batch_scheduler import preparation
from batch_scheduler.engine import Engine
from batch_scheduler.history import write_results
from batch_scheduler.ledger import NewRun, open_ledger
from batch_scheduler.sending import Tally
from batch_scheduler.settings import Options
from batch_scheduler.signals import Signals

STAGES = ("read", "plan", "record", "send", "write")


class Nobody:
    """Watches nothing."""

    @contextmanager
    def watches(self, tally: Tally) -> Iterator[None]:
        yield


def stages(sheet: str, url: str, folder: Path) -> Iterator[None]:
    """Each step is one of STAGES."""
    options, service = Options(concurrency=32), url
    ledger = open_ledger(str(folder / "ledger.sqlite3"))
    reading = preparation.read([sheet], TEAM, options)
    yield
    wishes = reading.wishes(lambda teams: {})
    now = time.time()
    known = ledger.known(service, wishes.targets(), wishes.moments())
    plan = preparation.plan(wishes, options, now, known)
    yield
    results = folder / "results.xlsx"
    ledger.record(NewRun("r1", service, now, {}, [str(results)]), plan)
    to_send = plan.deliveries
    del reading, wishes, known, plan
    yield
    engine = Engine(ledger, url, TOKEN, options, Nobody())
    with Signals() as signals:
        assert engine.send("r1", to_send, signals) is None
    assert ledger.counts("r1") == {"accepted": to_send}
    yield
    write_results(ledger, "r1", [results])
    yield


def main(sheet: str, url: str, folder: str) -> None:
    took: dict[str, tuple[float, float]] = {}
    before = time.process_time()
    for name, _ in zip(STAGES, stages(sheet, url, Path(folder)), strict=True):
        spent = time.process_time() - before
        took[name] = (spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
        before = time.process_time()
    print(json.dumps(took))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])

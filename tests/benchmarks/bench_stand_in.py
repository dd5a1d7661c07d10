"""The stand-in for the service as a process of its own, and what its record says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench_child import PROGRAM, Child
from bench_sheets import TEAM

TOKEN = "octo_test_benchmark"


class StandIn:
    def __init__(self, child: Child, url: str, record: Path) -> None:
        self.child = child
        self.url = url
        self._record = record

    def environment(self, ledger: Path) -> dict[str, str]:
        """Whoever has it sends here."""
        return {
            "OCTOSPARK_BASE_URL": self.url,
            "OCTOSPARK_TOKEN": TOKEN,
            "OCTOSPARK_TEAM_ID": TEAM,
            "BATCH_SCHEDULER_LEDGER": str(ledger),
        }

    def calls(self) -> list[float]:
        """When each schedule-multi request came, in seconds since 1970."""
        if not self._record.exists():
            return []
        with self._record.open(encoding="utf-8") as lines:
            # Effects, ten times as many, are not even parsed.
            requests = [json.loads(line) for line in lines if line.startswith('{"event":"request"')]
        multi = [one for one in requests if one["path"].endswith("/schedule-multi")]
        return sorted(datetime.fromisoformat(one["time"]).timestamp() for one in multi)


@contextmanager
def standing_in(folder: Path, *, latency: float = 0.0, record: bool = True) -> Iterator[StandIn]:
    home = folder / "stand-in"
    home.mkdir()
    kept = home / "record.jsonl"
    command = [
        *PROGRAM,
        "simulate",
        "--latency",
        str(latency),
        "--options",
        '{"show_record":false}',
    ]
    child = Child([*command, *(["--record", str(kept)] if record else [])], home)
    try:
        yield StandIn(child, _url(child), kept)
    finally:
        child.stop()


def _url(child: Child) -> str:
    end = time.monotonic() + 20
    while not child.out.endswith("\n"):
        assert time.monotonic() < end, child.err
        time.sleep(0.02)
    return child.out.split()[0]

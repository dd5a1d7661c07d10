"""The stand-in for the service as a process of its own, and what its record says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench_child import PROGRAM, Child
from bench_sheets import TEAM

TOKEN = "octo_test_benchmark"


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """A schedule-multi call. `at`: when it came, in seconds since 1970."""

    at: float
    let_in: bool


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
        return [one.at for one in self.requests()]

    def requests(self) -> list[Request]:
        """In the order that they came."""
        if not self._record.exists():
            return []
        with self._record.open(encoding="utf-8") as lines:
            # Effects, ten times as many, are not even parsed.
            requests = [json.loads(line) for line in lines if line.startswith('{"event":"request"')]
        return sorted(map(_request, filter(_is_call, requests)))


def _is_call(request: dict[str, Any]) -> bool:
    return str(request["path"]).endswith("/schedule-multi")


def _request(request: dict[str, Any]) -> Request:
    at = datetime.fromisoformat(request["time"]).timestamp()
    return Request(at, request["answer"] != 429)


@contextmanager
def standing_in(
    folder: Path, *, latency: float = 0.0, record: bool = True, **options: Any
) -> Iterator[StandIn]:
    """`options`: more of the stand-in's."""
    home = folder / "stand-in"
    home.mkdir()
    kept = home / "record.jsonl"
    command = [
        *PROGRAM,
        "simulate",
        "--latency",
        str(latency),
        "--options",
        json.dumps({"show_record": False, **options}),
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

"""A sheet, a ledger, a service in a process of its own, and the program as a person starts it."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from program import Child, Ended
from stand_in import Recorded

from batch_scheduler.failpoints import VARIABLE as KILL_AT
from batch_scheduler.simulator import TEAM_ID, Options, running

PACKAGES = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "batch_scheduler"]
TOKEN = "octo_test_survival"
KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)
NOW = int(time.time())
SENT = ("accepted", "already_accepted")

Result = dict[str, str]
"""A row of a results sheet."""


class Key(NamedTuple):
    """What must not happen twice. All are written as the service is told them."""

    post: str
    account: str
    instant: str


class Wish(NamedTuple):
    """A row of a sheet: numbers of a post and of accounts, and how many hours ahead."""

    post: int
    accounts: Sequence[int] = (1,)
    hours: float = 24
    settings: str = ""

    @property
    def keys(self) -> list[Key]:
        return [Key(post_id(self.post), account_id(one), at(self.hours)) for one in self.accounts]


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8002-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8002-{number:012x}"


def at(hours: float) -> str:
    return datetime.fromtimestamp(NOW + round(3600 * hours), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_sheet(path: Path, wishes: Sequence[Wish]) -> Path:
    header = ["post_id", "social_account_ids", "scheduled_at", "platform_settings"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for wish in wishes:
            accounts = ",".join(map(account_id, wish.accounts))
            writer.writerow([post_id(wish.post), accounts, at(wish.hours), wish.settings])
    return path


def read_results(path: Path) -> list[Result]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key(result: Result) -> Key:
    return Key(result["post_id"], result["social_account_id"], result["scheduled_at"])


def key_of_effect(effect: Mapping[str, Any]) -> Key:
    """As the stand-in's record has it."""
    return Key(effect["postId"], effect["socialAccountId"], effect["instant"])


# The service


class StandIn(Recorded):
    @property
    def calls(self) -> list[dict[str, Any]]:
        return [one for one in self.requests if one["method"] == "POST"]

    def done(self, posts: Collection[str] = ()) -> dict[Key, list[str]]:
        """The scheduled posts of each delivery, of these posts or of all."""
        found = done_by(self.record()["effects"])
        return {place: ids for place, ids in found.items() if not posts or place.post in posts}


def done_by(effects: Sequence[Mapping[str, Any]]) -> dict[Key, list[str]]:
    """The scheduled posts of each delivery."""
    found = defaultdict(list)
    for one in effects:
        found[key_of_effect(one)].append(one["scheduledPostId"])
    return dict(found)


@contextmanager
def standing_in(**options: Any) -> Iterator[StandIn]:
    with running(Options(**options)) as url:
        yield StandIn(url)


# The promises


def broken_promises(results: Sequence[Result], done: Mapping[Key, list[str]]) -> list[str]:
    """Where a results sheet and what the service did disagree, and what was done twice."""
    found = [f"done {len(ids)} times: {place}" for place, ids in done.items() if len(ids) > 1]
    said = {key(one): one for one in results}
    if len(said) < len(results):
        found.append("a delivery has two rows")
    found += [f"done, but in no row: {place}" for place in done.keys() - said.keys()]
    for place, one in said.items():
        ids, status = done.get(place, []), one["status"]
        if status in SENT and one["scheduled_post_id"] not in ids:
            found.append(f"{status}, but not done: {one}")
        elif status not in (*SENT, "in_doubt") and ids:
            found.append(f"done, but {status}: {one}")
    return found


# The program


class World:
    """One person's folder with one sheet, a ledger, and the program."""

    def __init__(self, folder: Path, url: str, wishes: Sequence[Wish]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.sheet = folder / "week.csv"
        self.ledger = folder / "ledger.sqlite3"
        self.at = folder / "week.results.csv"
        self.edit(wishes)
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self.environment = {
            **kept,
            "HOME": str(folder),
            "PYTHONPATH": str(PACKAGES),
            "PYTHONWARNINGS": "error",
            "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would have nothing to do but start
            "BATCH_SCHEDULER_LEDGER": str(self.ledger),
            "OCTOSPARK_TEAM_ID": TEAM_ID,
            "OCTOSPARK_TOKEN": TOKEN,
            "OCTOSPARK_BASE_URL": url,
        }

    def edit(self, wishes: Sequence[Wish]) -> None:
        self.wishes = list(wishes)
        write_sheet(self.sheet, wishes)

    @property
    def posts(self) -> frozenset[str]:
        return frozenset(post_id(wish.post) for wish in self.wishes)

    @property
    def keys(self) -> list[Key]:
        """The deliveries that the sheet asks for, in its order."""
        return [place for wish in self.wishes for place in wish.keys]

    @property
    def results(self) -> list[Result]:
        return read_results(self.at)

    @property
    def needlessly_in_doubt(self) -> list[Result]:
        """Of a call of several accounts the service shows only one; one alone can be settled."""
        alone = {wish.keys[0] for wish in self.wishes if len(wish.accounts) == 1}
        return [one for one in self.results if one["status"] == "in_doubt" and key(one) in alone]

    def run(self, *options: str, kill_at: str = "") -> Ended:
        arguments = ("run", str(self.sheet), "--results", str(self.at), "--json", *options)
        return self(*arguments, kill_at=kill_at)

    def resume(self, *options: str, kill_at: str = "") -> Ended:
        return self("resume", "--json", *options, kill_at=kill_at)

    def __call__(self, *arguments: str, kill_at: str = "") -> Ended:
        with self.start(*arguments, kill_at=kill_at) as child:
            return child.ended()

    def start(self, *arguments: str, kill_at: str = "") -> Child:
        return Child(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment | ({KILL_AT: kill_at} if kill_at else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

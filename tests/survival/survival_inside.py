"""The program inside this process, with a service on a thread, and crashes that it survives."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from stand_in import serving
from survival_world import TOKEN, Key, StandIn

from batch_scheduler.app import App
from batch_scheduler.history import Finished
from batch_scheduler.ledger import connection
from batch_scheduler.model import utc_text
from batch_scheduler.octospark import client
from batch_scheduler.planning import Plan
from batch_scheduler.results import whole_file
from batch_scheduler.sending import Tally, inquiry, pace, work
from batch_scheduler.settings import Options, Settings
from batch_scheduler.simulator import TEAM_ID


@contextmanager
def standing_in_here(**options: Any) -> Iterator[StandIn]:
    """On a thread of this process: cheap enough for hundreds of them."""
    with serving(**options) as url:
        yield StandIn(url)


MAY_BE_DONE = ("accepted", "in_doubt", "sending")
"""States of a delivery that may have reached the service."""


class Crashed(Exception):
    """Where a real one would just end."""


class Death:
    """From a chosen step on nothing is committed, sent or put in its place any more.

    So what is left is what kill -9 at that step would leave.
    """

    def __init__(self) -> None:
        self._left: int | None = None

    def comes_after(self, steps: int | None) -> None:
        self._left = steps

    def reach(self, step: str) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            raise Crashed(step)


@contextmanager
def hurried() -> Iterator[Death]:
    """The program's patience shortened, and its failpoints in the hands of the test."""
    death = Death()
    with pytest.MonkeyPatch.context() as patch:
        for module in (connection, client, whole_file):
            patch.setattr(module, "reach", death.reach)
        patch.setattr(pace, "FIRST_PAUSE_S", 0.01)
        patch.setattr(inquiry, "UNPROVEN_S", 0.05)
        patch.setattr(work, "POST_BUSY_S", 0.05)
        yield death


class Agreeing:
    """A person who agrees to everything."""

    def agrees(self, plan: Plan) -> bool:
        return True

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        return nullcontext()

    def hears(self, text: str) -> None:
        pass


class Kept(NamedTuple):
    """A delivery as a ledger has it, where it speaks for itself."""

    key: Key
    state: str
    released: bool
    scheduled_post_id: str | None
    alone: bool
    """It was the only one of its call."""


class Desk:
    """A ledger and the program that uses it."""

    def __init__(self, ledger: Path, url: str, death: Death) -> None:
        self.ledger = ledger
        self._url = url
        self._app = App(Settings(TOKEN, TEAM_ID, url, str(ledger)))
        self._death = death

    def another(self, ledger: Path | None = None) -> Desk:
        """Another process, at the same ledger or at another one."""
        return Desk(ledger or self.ledger, self._url, self._death)

    def run(
        self, sheet: Path, results: Path, options: Options, crash: int | None = None
    ) -> Finished | None:
        """None: it crashed."""
        self._death.comes_after(crash)
        try:
            return self._app.run([str(sheet)], options, str(results), Agreeing())
        except Crashed:
            return None
        finally:
            self._death.comes_after(None)

    def resume(self, options: Options, crash: int | None = None) -> Sequence[Finished] | None:
        self._death.comes_after(crash)
        try:
            return self._app.resume(None, options, Agreeing())
        except Crashed:
            return None
        finally:
            self._death.comes_after(None)

    def kept(self) -> list[Kept]:
        """By a connection of its own."""
        if not self.ledger.exists():
            return []
        with closing(sqlite3.connect(self.ledger)) as db:
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'delivery'").fetchone():
                return []
            rows = db.execute(
                "SELECT post, account, instant, state, released, scheduled_post_id,"
                " count(*) OVER (PARTITION BY run, call) = 1"
                " FROM delivery WHERE prior IS NULL AND instant IS NOT NULL"
            ).fetchall()
        return [
            Kept(Key(post, account, utc_text(at)), state, bool(released), ident, bool(alone))
            for post, account, at, state, released, ident, alone in rows
        ]


def shown(service: StandIn) -> Mapping[str, Key]:
    """The newest scheduled post of each post: all that the service shows of it."""
    effects = [one for one in service.record()["effects"] if one["kind"] == "scheduled"]
    return {
        one["postId"]: Key(one["postId"], one["socialAccountId"], one["instant"]) for one in effects
    }

"""What a run got scheduled, and taking it back: the part of the ledger in SQLite for `undo`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from batch_scheduler.ledger.records import Scheduled
from batch_scheduler.ledger.under_way import UnderWay


class Undoing(UnderWay):
    """See interface.Ledger. The rows given are those of one post of one run."""

    def scheduled(self, run: str) -> list[Scheduled]:
        return [Scheduled(*row) for row in self._run("scheduled", run=run).fetchall()]

    def sharing(self, run: str) -> Mapping[tuple[str, str], str]:
        rows = self._run("sharing", run=run).fetchall()
        return {(team, post): other for team, post, other in rows}

    def begin_undo(self, run: str, rows: Sequence[Scheduled], now: float) -> str:
        team, post, call = _place(rows)
        self._run("under_way_delete", run=run, call=call)  # of one that was killed
        if self._run("shared", run=run, team=team, post=post).fetchone():
            return "another run has scheduled something of this post meanwhile"
        if not self._take(run, [(team, post, call, now, -math.inf)]):
            return "a call of this post is under way, or in doubt and not settled"
        self._run("undo_begin", ids=_ids(rows))
        return ""

    def keep(self, run: str, rows: Sequence[Scheduled]) -> None:
        kept = [row for row in rows if row.state == "accepted"]
        self._run("undo_keep", ids=_ids(kept))
        self.end_undo(run, rows)

    def undone(self, run: str, rows: Sequence[Scheduled], said: str, now: float) -> None:
        self._run("undo_done", ids=_ids(rows), error=said, now=now)
        self._run("undo_settled", run=run, post=rows[0].post)
        self.end_undo(run, rows)

    def end_undo(self, run: str, rows: Sequence[Scheduled]) -> None:
        self._run("under_way_delete", run=run, call=_place(rows)[2])


def _place(rows: Sequence[Scheduled]) -> tuple[str, str, int]:
    """Each call is of one post, so the first one's number, below 0, is this post's alone."""
    return rows[0].team, rows[0].post, -min(row.call for row in rows)


def _ids(rows: Sequence[Scheduled]) -> str:
    return json.dumps([row.id for row in rows])

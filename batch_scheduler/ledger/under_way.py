"""Of which posts a call is under way, or in doubt and not settled: no other may leave."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from batch_scheduler.ledger.database import Database

Place = tuple[str, str, int, float, float]
"""Team, post, number of the call, time, and `not_before` as in Doubt."""


class UnderWay(Database):
    """What sending and `undo` share."""

    def _take(self, run: str, places: Iterable[Place]) -> set[int]:
        """The numbers of the calls whose posts were free, and are theirs now."""
        told = [(*place, least if least > -math.inf else None) for *place, least in places]
        rows = self._run("under_way_insert", run=run, claims=json.dumps(told)).fetchall()
        return {row[0] for row in rows}

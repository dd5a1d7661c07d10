"""The calls of a run, and what becomes of them: the part of the ledger in SQLite for sending."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger.connection import database_errors
from batch_scheduler.ledger.interface import CallOutdated
from batch_scheduler.ledger.records import Claim, Conclusion, Others
from batch_scheduler.ledger.statements import storable
from batch_scheduler.ledger.under_way import UnderWay
from batch_scheduler.model import Call, Delivery, Doubt, Outcome, Status


class Calling(UnderWay):
    """See interface.Ledger."""

    # while sending

    def calls(self, run: str, after: int, most: int) -> list[Call]:
        with database_errors(self._path):
            found = self._run("calls", run=run, after=after, most=most).fetchone()[0]
        return [_call(run, *row) for row in sorted(json.loads(found))]

    def claim(self, claims: Sequence[Claim]) -> list[bool]:
        run = claims[0].call.run
        places = [
            (one.call.team, one.call.post, one.call.number, one.now, one.not_before)
            for one in claims
        ]
        taken = self._take(run, places)
        mine = [one.call for one in claims if one.call.number in taken]
        numbers = json.dumps([call.number for call in mine])
        claimed = self._run("claim", run=run, calls=numbers).rowcount
        if claimed != sum(len(call.deliveries) for call in mine):
            which = ", ".join(call.id for call in mine)
            raise CallOutdated(f"not as it was planned: {which}; another run has it")
        return [one.call.number in taken for one in claims]

    def release(self, call: Call, code: str | None, error: str | None, tried: bool) -> None:
        values = {"code": code, "error": error, "unsent": int(not tried)}
        self._run("unclaim", run=call.run, call=call.number, **values)
        self._run("under_way_delete", run=call.run, call=call.number)

    def conclude(self, conclusions: Sequence[Conclusion]) -> None:
        outcomes = {id_: what for one in conclusions for id_, what in one.outcomes.items()}
        self._write_outcomes(outcomes, max(one.now for one in conclusions))
        numbers = json.dumps([one.call.number for one in conclusions])
        self._run("under_way_delete", run=conclusions[0].call.run, call=numbers)

    def doubt(
        self,
        call: Call,
        outcomes: Mapping[int, Outcome],
        now: float,
        answered: bool,
        settles: bool,
    ) -> float:
        self._write_outcomes(outcomes, now)
        whole = all(outcome.status is Status.IN_DOUBT for outcome in outcomes.values())
        evidence = {"answered": int(answered), "whole": int(whole), "blocks": int(settles)}
        place = {"run": call.run, "call": call.number, "now": now}
        left: float = self._run("under_way_doubt", **place, **evidence).fetchall()[0][0]
        return left

    def _write_outcomes(self, outcomes: Mapping[int, Outcome], now: float) -> None:
        """In one statement for all that came out alike, which most often are all of a call: a
        thread that comes back from each of many waits for the others.
        """
        alike: defaultdict[tuple[Status, str | None, str | None], dict[int, Any]]
        alike = defaultdict(dict)
        for id_, one in outcomes.items():
            alike[one.status, one.code, one.error][id_] = storable(one.scheduled_post_id)
        for (status, code, error), ids in alike.items():
            said = {"state": status, "code": code, "error": error, "now": now}
            self._run("outcome", ids=json.dumps(ids, ensure_ascii=False), **said)

    # settling

    def doubts(self, run: str) -> list[Doubt]:
        with self.transaction():
            self._run("under_way_sweep", run=run)
            for nothing_seen in (0, 1):  # of one post, first the call that others would hide
                self._run("under_way_block", run=run, nothing_seen=nothing_seen)
            rows = self._run("doubts", run=run).fetchall()
        return [_doubt(run, *row) for row in rows]

    def others(self, team: str, post: str, besides: Call | None = None) -> Others:
        run, number = (besides.run, besides.number) if besides else (None, None)
        rows = self._run("others", team=team, post=post, run=run, call=number).fetchall()
        return Others(frozenset(row[0].lower() for row in rows), any(row[1] for row in rows))

    def later(self, call: Call) -> frozenset[str]:
        place = {"run": call.run, "call": call.number}
        rows = self._run("others", team=call.team, post=call.post, **place).fetchall()
        return frozenset(row[0].lower() for row in rows if row[2])

    def saw_nothing(self, call: Call) -> None:
        self._run("under_way_nothing_seen", run=call.run, call=call.number)

    def nothing_happened(self, call: Call) -> frozenset[int]:
        changed = self._run("nothing_happened", run=call.run, call=call.number).fetchall()
        if len(changed) != len(call.deliveries):
            raise LedgerError(f"call {call.id} is not in doubt as a whole: another process has it")
        self._run("under_way_delete", run=call.run, call=call.number)
        return frozenset(id_ for id_, state in changed if state == Status.HELD)

    def settle(
        self, call: Call, outcomes: Mapping[int, Outcome], now: float, ask_again: bool
    ) -> None:
        self._write_outcomes(outcomes, now)
        free = "under_way_unblock" if ask_again else "under_way_delete"
        self._run(free, run=call.run, call=call.number)

    def leave(self, run: str) -> None:
        self._run("under_way_unblock", run=run, call=None)


def _call(
    run: str,
    number: int,
    team: str,
    post: str,
    instant: int,
    zone: str | None,
    options: str,
    deliveries: list[tuple[int, str, str]],
    *times: int,
) -> Call:
    """A row of `calls`. `times`: attempts, and doubts."""
    each = [Delivery(id_, who, _document(body)) for id_, who, body in sorted(deliveries)]
    return Call(run, number, team, post, instant, zone, _document(options), tuple(each), *times)


@lru_cache(maxsize=1024)  # most calls have the same
def _document(body: str) -> Mapping[str, Any]:
    value: dict[str, Any] = json.loads(body)
    return value


def _doubt(run: str, *row: Any) -> Doubt:
    *place, deliveries, attempts, doubts, left, answered, whole, nothing_seen = row
    call = _call(run, *place, json.loads(deliveries), attempts, doubts)
    return Doubt(call, left, bool(answered), bool(whole), doubts, bool(nothing_seen))

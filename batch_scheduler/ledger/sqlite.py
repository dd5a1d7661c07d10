"""The ledger in one SQLite file."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger.connection import database_errors
from batch_scheduler.ledger.creating import Creating
from batch_scheduler.ledger.interface import CallOutdated
from batch_scheduler.ledger.records import (
    Claim,
    Conclusion,
    LastLook,
    NewRun,
    Others,
    RunRecord,
    SourceRecord,
)
from batch_scheduler.ledger.statements import statements, storable
from batch_scheduler.ledger.undoing import Undoing
from batch_scheduler.ledger.versions import Steps
from batch_scheduler.model import (
    Allowance,
    Call,
    Delivery,
    Doubt,
    Issue,
    Outcome,
    Severity,
    SocialAccount,
    Status,
    key_of,
    utc_text,
)

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan


_WISHES = ("wish_table", "wish_clear", "wish_insert")
_MOMENTS = ("moment_table", "moment_clear", "moment_insert")


class SqliteLedger(Creating, Undoing):
    """See interface.Ledger. Creates the file when it is missing."""

    def __init__(self, path: Path, known: Steps | None = None) -> None:
        sql = statements() | statements("creating.sql") | statements("undoing.sql")
        super().__init__(path, sql, known)

    # before sending

    def known(
        self,
        service: str,
        wishes: Iterable[tuple[str, str, str]],
        moments: Iterable[tuple[str, str, int]] = (),
    ) -> list[tuple[Any, ...]]:
        with self._reading():
            self._keep(_WISHES, service, wishes)
            rows = self._run("known").fetchall()
            self._keep(_MOMENTS, service, moments)
            found = {row[0] for row in rows}
            more = self._run("known_moments") if self._run("any_moment").fetchone() else ()
            return rows + [row for row in more if row[0] not in found]

    def record(self, run: NewRun, plan: Plan) -> None:
        from batch_scheduler.ledger.recording import record

        with self.transaction():
            record(self._db, self._sql, run, plan)

    # while sending

    def calls(self, run: str, after: int, most: int) -> list[Call]:
        with database_errors(self._path):
            last = self._run("call_last", run=run, after=after, most=most).fetchone()[0]
            if last is None:
                return []
            rows = self._run("call_rows", run=run, first=after + 1, last=last).fetchall()
        return [_call(run, list(group)) for _, group in groupby(rows, key=lambda row: row[0])]

    def claim(self, call: Call, now: float, not_before: float = -math.inf) -> bool:
        return self.claim_all([(call, now, not_before)])[0]

    def claim_all(self, claims: Sequence[Claim]) -> list[bool]:
        run = claims[0][0].run
        told = [
            (call.team, call.post, call.number, now, least if least > -math.inf else None)
            for call, now, least in claims
        ]
        rows = self._run("under_way_insert_all", run=run, claims=json.dumps(told)).fetchall()
        free = {row[0] for row in rows}
        mine = [call for call, _, _ in claims if call.number in free]
        numbers = json.dumps([call.number for call in mine])
        claimed = self._run("claim", run=run, calls=numbers).rowcount
        if claimed != sum(len(call.deliveries) for call in mine):
            which = ", ".join(call.id for call in mine)
            raise CallOutdated(f"not as it was planned: {which}; another run has it")
        return [call.number in free for call, _, _ in claims]

    def release(self, call: Call, code: str | None, error: str | None, tried: bool) -> None:
        values = {"code": code, "error": error, "unsent": int(not tried)}
        self._run("unclaim", run=call.run, call=call.number, **values)
        self._run("under_way_delete", run=call.run, call=call.number)

    def conclude(self, call: Call, outcomes: Mapping[int, Outcome], now: float) -> None:
        self.conclude_all([(call, outcomes, now)])

    def conclude_all(self, conclusions: Sequence[Conclusion]) -> None:
        outcomes = {id_: one for _, some, _ in conclusions for id_, one in some.items()}
        self._write_outcomes(outcomes, max(now for _, _, now in conclusions))
        calls = [call.number for call, _, _ in conclusions]
        run = conclusions[0][0].run
        self._run("under_way_delete_all", run=run, calls=json.dumps(calls))

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

    def adopt(self, run: str, now: float) -> None:
        self._run("orphan_deliveries", run=run, now=now)
        self._run("orphan_under_way", run=run, now=now)
        self._adopt_creations(run, now)
        self._run("orphan_run", run=run)

    def reopen(self, run: str) -> None:
        self._run("run_reopen", run=run)

    def finish(self, run: str, status: str, reason: str | None, now: float) -> None:
        self._run("run_finish", run=run, status=status, reason=reason, now=now)
        self.leave(run)
        self._run("tally", run=run)

    # settling

    def doubtful(self, service: str, wishes: Iterable[tuple[str, str, str]]) -> list[str]:
        with self._reading():
            if not self._run("any_doubt").fetchone():
                return []
            self._keep(_WISHES, service, wishes)
            return [row[0] for row in self._run("doubtful_runs")]

    def doubts(self, run: str) -> list[Doubt]:
        with self.transaction():
            self._run("under_way_sweep", run=run)
            for nothing_seen in (0, 1):  # of one post, first the call that others would hide
                self._run("under_way_block", run=run, nothing_seen=nothing_seen)
            rows = self._run("doubts", run=run).fetchall()
        groups = groupby(rows, key=lambda row: row[0])
        return [_doubt(run, list(group)) for _, group in groups]

    def others(self, team: str, post: str, besides: Call | None = None) -> Others:
        run, number = (besides.run, besides.number) if besides else (None, None)
        rows = self._run("others", team=team, post=post, run=run, call=number).fetchall()
        return Others(frozenset(row[0] for row in rows), any(row[1] for row in rows))

    def later(self, call: Call) -> frozenset[str]:
        place = {"run": call.run, "call": call.number}
        rows = self._run("others", team=call.team, post=call.post, **place).fetchall()
        return frozenset(row[0] for row in rows if row[2])

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

    def is_calibrated(self, service: str) -> bool:
        return self._run("service_get", service=service).fetchone() is not None

    def calibrate(self, service: str, now: float) -> None:
        self._run("service_insert", service=service, now=now)

    def allowance(self, service: str, token: str, since: float) -> Allowance | None:
        with database_errors(self._path):
            found = self._run("allowance_get", service=service, token=token, since=since)
            row = found.fetchone()
        return Allowance(*row) if row else None

    def save_allowance(self, service: str, token: str, allowance: Allowance, now: float) -> None:
        self._run("allowance_save", service=service, token=token, now=now, **asdict(allowance))

    def accepted_post(self, service: str) -> tuple[str, str] | None:
        found: tuple[str, str] | None = self._run("accepted_post", service=service).fetchone()
        return found

    # afterwards

    def runs(self, most: int) -> list[RunRecord]:
        with database_errors(self._path):
            return [_run_record(row) for row in self._run("run_list", most=most)]

    def run(self, run: str) -> RunRecord | None:
        with database_errors(self._path):
            row = self._run("run_get", run=run).fetchone()
        return _run_record(row) if row else None

    def match(self, prefix: str) -> list[str]:
        with database_errors(self._path):
            return [row[0] for row in self._run("run_match", prefix=prefix)]

    def resumable(self, service: str) -> list[str]:
        with database_errors(self._path):
            return [row[0] for row in self._run("run_resumable", service=service)]

    def unfinished(self) -> list[str]:
        with database_errors(self._path):
            return [row[0] for row in self._run("run_unfinished")]

    def counts(self, run: str, source: int | None = None) -> dict[str, int]:
        with database_errors(self._path):
            return dict(self._run("counts", run=run, source=source).fetchall())

    def counts_by_account(self, run: str, source: int | None) -> list[tuple[Any, ...]]:
        with database_errors(self._path):
            return self._run("counts_by_account", run=run, source=source).fetchall()

    def counts_by_day(self, service: str, since: float) -> list[tuple[Any, ...]]:
        with database_errors(self._path):
            runs = [row[0] for row in self._run("run_since", service=service, since=since)]
            rows = [self._run("counts_by_day", run=run, since=since).fetchall() for run in runs]
        return sorted(chain.from_iterable(rows), key=itemgetter(0))

    def run_of(self, results: str) -> str | None:
        with database_errors(self._path):
            return next((row[0] for row in self._run("source_run", results=results)), None)

    def move_results(self, results: str, to: str) -> None:
        with database_errors(self._path):
            self._run("source_move", results=results, to=to)

    def sources(self, run: str) -> list[SourceRecord]:
        with database_errors(self._path):
            rows = self._run("source_list", run=run).fetchall()
        return [
            SourceRecord(n, path, sheet, json.loads(cols), to) for n, path, sheet, cols, to in rows
        ]

    def results(self, run: str, source: SourceRecord) -> Iterator[list[str | int | None]]:
        blank = [None] * len(source.columns)
        with database_errors(self._path):
            for row in self._run("results", run=run, source=source.number):
                *known, cells, raw = row
                yield [*_result(source.sheet, known, raw), *(json.loads(cells) if cells else blank)]

    # the teams' accounts

    def save_accounts(
        self, service: str, team: str, accounts: Iterable[SocialAccount], now: float
    ) -> None:
        self._run("team_insert", service=service, team=team)
        self._run("accounts_seen", service=service, team=team, now=now)
        for one in accounts:
            words = {**asdict(one), "name": one.name}
            self._run("account_insert", service=service, team=team, now=now, **words)

    def last_look(self, service: str, team: str) -> LastLook | None:
        with self._reading():
            seen = self._run("accounts_seen_at", service=service, team=team).fetchone()
            if seen is None:
                return None
            rows = self._run("account_list", service=service, team=team).fetchall()
        return LastLook(seen[0], [SocialAccount(*row) for row in rows])

    def teams(self, run: str) -> list[str]:
        with database_errors(self._path):
            return [row[0] for row in self._run("team_planned", run=run)]

    def reject(
        self, run: str, team: str, accounts: Mapping[str, tuple[str, str]], now: float
    ) -> None:
        rows = [[account, *map(storable, said)] for account, said in accounts.items()]
        told = json.dumps(rows, ensure_ascii=False)
        self._run("delivery_reject", run=run, team=team, accounts=told, now=now)


def _call(run: str, rows: list[tuple[Any, ...]]) -> Call:
    number, team, post, instant, zone, options = rows[0][:6]
    return Call(
        run=run,
        number=number,
        team=team,
        post=post,
        instant=instant,
        zone=zone,
        options=_document(options),
        deliveries=tuple(Delivery(row[6], row[7], _document(row[8])) for row in rows),
        attempts=max(row[9] for row in rows),
        doubts=max(row[10] for row in rows),
    )


@lru_cache(maxsize=1024)  # most calls have the same
def _document(body: str) -> Mapping[str, Any]:
    value: dict[str, Any] = json.loads(body)
    return value


def _doubt(run: str, rows: list[tuple[Any, ...]]) -> Doubt:
    call = _call(run, rows)
    left, *flags = rows[0][11:]
    answered, whole, nothing_seen = map(bool, flags)
    return Doubt(call, left, answered, whole, call.doubts, nothing_seen)


def _result(sheet: str | None, known: list[Any], raw: str | None) -> list[str | int | None]:
    row, team, post, account, instant, zone, *rest, finished = known
    places: list[str | None] = [
        team,
        None if post and key_of(post) else post,
        account,
        None if instant is None else utc_text(instant),
        zone,
    ]
    if raw:
        places = json.loads(raw)
    return [sheet, row, *places, *rest, None if finished is None else utc_text(finished)]


def _run_record(row: tuple[Any, ...]) -> RunRecord:
    _, id_, service, status, reason, settings, issues, rows, started, finished = row
    read = [Issue(**{**one, "severity": Severity(one["severity"])}) for one in json.loads(issues)]
    return RunRecord(
        id_, service, status, reason, json.loads(settings), read, rows, started, finished
    )

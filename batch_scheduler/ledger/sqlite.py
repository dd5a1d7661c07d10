"""The ledger in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_scheduler.ledger.calling import Calling
from batch_scheduler.ledger.connection import database_errors
from batch_scheduler.ledger.creating import Creating
from batch_scheduler.ledger.records import (
    LastLook,
    NewRun,
    RunRecord,
    SourceRecord,
)
from batch_scheduler.ledger.statements import statements, storable
from batch_scheduler.ledger.undoing import Undoing
from batch_scheduler.ledger.versions import Steps
from batch_scheduler.model import (
    Allowance,
    Issue,
    Severity,
    SocialAccount,
    key_of,
    utc_text,
)

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan


_WISHES = ("wish_table", "wish_clear", "wish_insert")
_ALL, _NONE = {"first": 1, "last": 2**63 - 1}, {"first": 1, "last": 0}
_MOMENTS = ("moment_table", "moment_clear", "moment_insert")


class SqliteLedger(Calling, Creating, Undoing):
    """See interface.Ledger. Creates the file when it is missing."""

    def __init__(self, path: Path, known: Steps | None = None) -> None:
        sql = statements() | statements("creating.sql") | statements("undoing.sql")
        super().__init__(path, sql, known)
        self._spans: dict[str, dict[int, dict[str, int]]] = {}

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

    def doubtful(self, service: str, wishes: Iterable[tuple[str, str, str]]) -> list[str]:
        with self._reading():
            if not self._run("any_doubt").fetchone():
                return []
            self._keep(_WISHES, service, wishes)
            return [row[0] for row in self._run("doubtful_runs")]

    # a run

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

    # what is known of a service

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
            span = self._span(run, source)
            return dict(self._run("counts", run=run, source=source, **span).fetchall())

    def counts_by_account(self, run: str, source: int | None) -> list[tuple[Any, ...]]:
        with database_errors(self._path):
            span = self._span(run, source)
            return self._run("counts_by_account", run=run, source=source, **span).fetchall()

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
            span = self._span(run, source.number)
            for row in self._run("results", run=run, source=source.number, **span):
                *known, cells, raw = row
                yield [*_result(source.sheet, known, raw), *(json.loads(cells) if cells else blank)]

    def _span(self, run: str, source: int | None) -> dict[str, int]:
        """The ids to look at: or each sheet of many would take as long as all of them."""
        if source is None:
            return _ALL
        if run not in self._spans:
            rows = self._run("spans", run=run)
            spans = {own: {"first": first, "last": last} for own, first, last in rows}
            if not spans:
                return _ALL
            self._spans[run] = spans
        return self._spans[run].get(source, _NONE)

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

"""The ledger in one SQLite file: WAL, synchronous=FULL, readable by its owner alone."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_scheduler.errors import LedgerError, UsageError
from batch_scheduler.ledger.interface import (
    AccountSeen,
    LedgerDamaged,
    NewRun,
    RunRecord,
    SourceRecord,
)
from batch_scheduler.ledger.statements import schema, statements
from batch_scheduler.model import Call, Delivery, Issue, Outcome, Severity, utc_text

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan

SCHEMA_VERSION = 1
BUSY_MS = 30_000
"""How long another process' commit is waited for."""


class SqliteLedger:
    """See interface.Ledger. Creates the file when it is missing."""

    def __init__(self, path: Path) -> None:
        self._sql = statements()
        with _database_errors(path):
            if not path.exists():
                _create_private(path)
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
            )
            try:
                self._prepare(path)
            except BaseException:
                self._db.close()
                raise
        self._path = path

    def _prepare(self, path: Path) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA cache_size = -65536")
        with self._begin():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            empty = not self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if empty:
                for statement in _split(schema()):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise LedgerDamaged(
                    f"{path} is not a ledger of this version (it says {version}, "
                    f"this program knows {SCHEMA_VERSION})",
                    "update batch-scheduler, or name another file with --ledger",
                )

    @contextmanager
    def _begin(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _database_errors(self._path), self._begin():
            yield

    def _run(self, name: str, /, **values: Any) -> sqlite3.Cursor:
        return self._db.execute(self._sql[name], values)

    # before sending

    def known(self, service: str, wishes: Iterable[tuple[str, str, str]]) -> list[tuple[Any, ...]]:
        with _database_errors(self._path):
            teams = dict(self._run("team_list", service=service).fetchall())
            places = ((teams[t], post, account) for t, post, account in wishes if t in teams)
            self._run("wish_table")
            with self._begin():
                self._run("wish_clear")
                self._db.executemany(self._sql["wish_insert"], places)
            return self._run("known").fetchall()

    def record(self, run: NewRun, plan: Plan) -> None:
        from batch_scheduler.ledger.recording import record

        with self.transaction():
            record(self._db, self._sql, run, plan)

    # while sending

    def calls(self, run: str, after: int, most: int) -> list[Call]:
        with _database_errors(self._path):
            last = self._run("call_last", run=run, after=after, most=most).fetchone()[0]
            if last is None:
                return []
            rows = self._run("call_rows", run=run, first=after + 1, last=last).fetchall()
        return [_call(run, list(group)) for _, group in groupby(rows, key=lambda row: row[0])]

    def claim(self, call: Call, now: float) -> bool:
        mine = self._run(
            "under_way_insert",
            run=call.run,
            team=call.team,
            post=call.post,
            call=call.number,
            now=now,
        )
        if mine.rowcount == 0:
            return False
        claimed = self._run("claim", run=call.run, call=call.number).rowcount
        if claimed != len(call.deliveries):
            raise LedgerError(f"call {call.id} is not as it was planned: another process has it")
        return True

    def release(self, call: Call, code: str | None, error: str | None, tried: bool) -> None:
        values = {"code": code, "error": error, "unsent": int(not tried)}
        rows = [{"id": one.id, **values} for one in call.deliveries]
        self._db.executemany(self._sql["unclaim"], rows)
        self._run("under_way_delete", run=call.run, call=call.number)

    def conclude(self, call: Call, outcomes: Mapping[int, Outcome], now: float) -> None:
        self._db.executemany(
            self._sql["outcome"],
            [
                {
                    "id": id_,
                    "state": str(outcome.status),
                    "scheduled_post_id": outcome.scheduled_post_id,
                    "code": outcome.code,
                    "error": outcome.error,
                    "now": now,
                }
                for id_, outcome in outcomes.items()
            ],
        )
        self._run("under_way_delete", run=call.run, call=call.number)

    def adopt(self, run: str, now: float) -> None:
        self._run("orphan_deliveries", run=run, now=now)
        self._run("orphan_under_way", run=run)
        self._run("orphan_run", run=run)

    def finish(self, run: str, status: str, reason: str | None, now: float) -> None:
        self._run("run_finish", run=run, status=status, reason=reason, now=now)

    # afterwards

    def runs(self, most: int) -> list[RunRecord]:
        with _database_errors(self._path):
            return [_run_record(row) for row in self._run("run_list", most=most)]

    def run(self, run: str) -> RunRecord | None:
        with _database_errors(self._path):
            row = self._run("run_get", run=run).fetchone()
        return _run_record(row) if row else None

    def match(self, prefix: str) -> list[str]:
        escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with _database_errors(self._path):
            return [row[0] for row in self._run("run_match", prefix=escaped)]

    def unfinished(self) -> list[str]:
        with _database_errors(self._path):
            return [row[0] for row in self._run("run_unfinished")]

    def counts(self, run: str, source: int | None = None) -> dict[str, int]:
        with _database_errors(self._path):
            return dict(self._run("counts", run=run, source=source).fetchall())

    def counts_by_account(self, run: str, source: int | None) -> list[tuple[Any, ...]]:
        with _database_errors(self._path):
            return self._run("counts_by_account", run=run, source=source).fetchall()

    def sources(self, run: str) -> list[SourceRecord]:
        with _database_errors(self._path):
            rows = self._run("source_list", run=run).fetchall()
        return [
            SourceRecord(n, path, sheet, json.loads(cols), to) for n, path, sheet, cols, to in rows
        ]

    def results(self, run: str, source: SourceRecord) -> Iterator[list[str | int | None]]:
        blank = [None] * len(source.columns)
        with _database_errors(self._path):
            for row in self._run("results", run=run, source=source.number):
                *known, cells, raw = row
                yield [*_result(source.sheet, known, raw), *(json.loads(cells) if cells else blank)]

    def save_accounts(
        self, service: str, team: str, accounts: Iterable[AccountSeen], now: float
    ) -> None:
        for one in accounts:
            self._run("account_insert", service=service, team=team, now=now, **one._asdict())

    def close(self) -> None:
        self._db.close()


def _call(run: str, rows: list[tuple[Any, ...]]) -> Call:
    number, team, post, instant, zone, options = rows[0][:6]
    return Call(
        run=run,
        number=number,
        team=team,
        post=post,
        instant=instant,
        zone=zone,
        options=json.loads(options),
        deliveries=tuple(Delivery(row[6], row[7], json.loads(row[8])) for row in rows),
        attempts=max(row[9] for row in rows),
    )


def _result(sheet: str | None, known: list[Any], raw: str | None) -> list[str | int | None]:
    row, team, post, account, instant, zone, *rest, finished = known
    places: list[str | None] = [
        team,
        post,
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


def _split(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UsageError(
            f"the ledger can't be made at {path}: {error.strerror}",
            "name a file in a folder of yours with --ledger or BATCH_SCHEDULER_LEDGER",
        ) from None


@contextmanager
def _database_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error) or "malformed" in str(error):
            raise LedgerDamaged(
                f"the ledger {path} is damaged or not a ledger: {error}",
                "nothing was changed in it; restore a backup, or name another file with --ledger",
            ) from None
        raise LedgerError(
            f"the ledger {path} can't be used: {error}",
            "nothing is sent without it; make room on the disk or mend its rights, then resume",
        ) from error

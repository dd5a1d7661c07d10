"""Writing a plan into the ledger, in bulk, inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from batch_scheduler.ledger.interface import NewRun, PlanOutdated

if TYPE_CHECKING:
    import pandas as pd

    from batch_scheduler.planning import Plan

Sql = Mapping[str, str]


def record(db: sqlite3.Connection, sql: Sql, run: NewRun, plan: Plan) -> None:
    """Raises PlanOutdated when the ledger has changed under the plan; the caller rolls back."""
    number = _insert_run(db, sql, run, plan)
    for index, source in enumerate(plan.sources):
        values = {
            "run": number,
            "number": index,
            "path": source.path,
            "sheet": source.sheet,
            "columns": _json(source.columns),
            "results": run.results[index] if index < len(run.results) else None,
        }
        db.execute(sql["source_insert"], values)
        db.executemany(sql["line_insert"], _lines(number, index, plan))
    if run.sends:
        _make_room(db, sql, run, plan)
    before = db.execute(sql["delivery_newest"]).fetchone()[0]
    try:
        db.executemany(sql["delivery_insert"], _deliveries(db, sql, number, run, plan))
    except sqlite3.IntegrityError as error:
        if "UNIQUE" not in str(error):
            raise
        raise PlanOutdated(
            "another run recorded one of the same deliveries at this moment", "run again"
        ) from None
    db.execute(sql["run_range"], {"run": number, "before": before})


def _insert_run(db: sqlite3.Connection, sql: Sql, run: NewRun, plan: Plan) -> int:
    values = {
        "id": run.id,
        "service": run.service,
        "settings": _json(run.settings),
        "issues": _json([asdict(issue) for issue in plan.issues]),
        "rows": plan.rows,
        "started_at": run.started_at,
    }
    number: int = db.execute(sql["run_insert"], values).fetchone()[0]
    return number


def _make_room(db: sqlite3.Connection, sql: Sql, run: NewRun, plan: Plan) -> None:
    """Free the places of what this run may send again or takes over from a dead one."""
    entries = plan.entries
    again = entries.loc[(entries["state"] == "planned") & (entries["prior"] >= 0), "prior"].tolist()
    error = f"run {run.id} has this post and account; it decides"
    left = [(error, run.started_at, id_) for id_ in [*plan.superseded, *again]]
    superseded = db.executemany(sql["delivery_supersede"], left).rowcount
    released = db.executemany(sql["delivery_release"], ((id_,) for id_ in again)).rowcount
    if max(0, superseded) + max(0, released) != len(left):
        raise PlanOutdated("another run took up some of the same deliveries", "run again")


def _lines(number: int, index: int, plan: Plan) -> Iterator[tuple[Any, ...]]:
    source = plan.sources[index]
    entries = plan.entries
    rows = entries.loc[entries["source"] == index, "row"].drop_duplicates()
    raw = {row: _json(list(texts)) for row, texts in _texts(source.raw)}
    if not source.columns:
        yield from ((number, index, row, None, text) for row, text in raw.items())
        return
    for row, texts in _texts(source.cells.loc[rows]):
        yield number, index, row, _json(texts), raw.get(row)


def _texts(frame: pd.DataFrame) -> Iterator[tuple[int, tuple[str, ...]]]:
    for row in zip(frame.index.tolist(), *(frame[c].tolist() for c in frame), strict=True):
        yield row[0], row[1:]


_DELIVERY = (
    *("source", "row", "team", "post", "account", "instant", "zone"),
    *("options", "settings", "call", "state", "code", "error", "prior"),
)


def _deliveries(
    db: sqlite3.Connection, sql: Sql, number: int, run: NewRun, plan: Plan
) -> Iterator[tuple[Any, ...]]:
    entries = plan.entries
    valid = (entries["state"] != "invalid").tolist()
    teams = _team_numbers(db, sql, run.service, set(entries.loc[valid, "team"]))
    documents = _document_numbers(db, sql, plan.documents)
    columns = (entries[name].tolist() for name in _DELIVERY)
    for good, line in zip(valid, zip(*columns, strict=True), strict=True):
        source, row, team, post, account, instant, zone, options, settings, *rest = line
        call, state, code, error, prior = rest
        place: tuple[Any, ...] = (None,) * 7
        if good:
            place = (teams[team], post, account, instant, zone or None)
            place += (documents[options], documents[settings])
        follows = prior if prior >= 0 and state != "planned" else None
        released = int(state == "planned" and not run.sends)
        ending = (call if call > 0 else None, state, code or None, error or None, follows, released)
        yield number, source, row, *place, *ending


def _team_numbers(
    db: sqlite3.Connection, sql: Sql, service: str, teams: set[str]
) -> dict[str, int]:
    rows = ({"service": service, "team": team} for team in sorted(teams))
    db.executemany(sql["team_insert"], rows)
    return dict(db.execute(sql["team_list"], {"service": service}).fetchall())


def _document_numbers(db: sqlite3.Connection, sql: Sql, bodies: list[str]) -> list[int]:
    db.executemany(sql["document_insert"], ((body,) for body in bodies))
    return [db.execute(sql["document_number"], (body,)).fetchone()[0] for body in bodies]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

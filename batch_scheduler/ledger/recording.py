"""Writing a plan into the ledger, in bulk, inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import repeat
from typing import TYPE_CHECKING, Any

from batch_scheduler.ledger.interface import PlanOutdated
from batch_scheduler.ledger.records import NewRun
from batch_scheduler.ledger.statements import all_storable
from batch_scheduler.model import content_key

if TYPE_CHECKING:
    import pandas as pd

    from batch_scheduler.planning import Plan

Sql = Mapping[str, str]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def record(db: sqlite3.Connection, sql: Sql, run: NewRun, plan: Plan) -> None:
    """Raises PlanOutdated when the ledger has changed under the plan; the caller rolls back."""
    number = _insert_run(db, sql, run, plan)
    _insert_sources(db, sql, number, run, plan)
    if run.sends:
        _make_room(db, sql, run, plan)
    before = db.execute(sql["delivery_newest"]).fetchone()[0]
    teams = _team_numbers(db, sql, run.service, plan)
    documents = _document_numbers(db, sql, plan.documents)
    contents = _content_numbers(db, sql, plan, teams)
    if run.sends and plan.may_duplicate:
        _create_again(db, sql, plan, contents)
    rows = _deliveries(number, run, plan, teams, documents, contents)
    try:
        db.executemany(sql["delivery_insert"], rows)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorname != "SQLITE_CONSTRAINT_TRIGGER":  # another is in its place
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
    number: int = db.execute(sql["run_insert"], all_storable(values)).fetchone()[0]
    return number


def _insert_sources(db: sqlite3.Connection, sql: Sql, number: int, run: NewRun, plan: Plan) -> None:
    for index, source in enumerate(plan.sources):
        values = {
            "run": number,
            "number": index,
            "path": source.path,
            "sheet": source.sheet,
            "columns": _json(source.columns),
            "results": run.results[index] if index < len(run.results) else None,
        }
        db.execute(sql["source_insert"], all_storable(values))
        db.executemany(sql["line_insert"], _lines(number, index, plan))


def _make_room(db: sqlite3.Connection, sql: Sql, run: NewRun, plan: Plan) -> None:
    """Free the places of what this run may send again or takes over from a dead one.

    What a person wants sent again is what was sent when the plan was made. Where that was only
    planned, and another run has sent it since, nobody asked for it to be sent again.
    """
    entries = plan.entries
    own = entries.loc[(entries["state"] == "planned") & (entries["prior"] >= 0), ["prior", "was"]]
    was = list(zip(own["prior"].tolist(), own["was"].tolist(), strict=True))
    error = f"run {run.id} has this post and account; it decides"
    left = [*plan.superseded, *(id_ for id_, state in was if state == "planned")]
    again = [(id_, state) for id_, state in was if state != "planned"]
    superseded = [(error, run.started_at, id_) for id_ in left]
    for name, rows in (("delivery_supersede", superseded), ("delivery_release", again)):
        if rows and db.executemany(sql[name], rows).rowcount != len(rows):
            raise PlanOutdated("another run took up some of the same deliveries", "run again")


def _lines(number: int, index: int, plan: Plan) -> Iterator[tuple[Any, ...]]:
    source = plan.sources[index]
    entries = plan.entries
    rows = entries.loc[entries["source"] == index, "row"].drop_duplicates()
    raw = {row: _json(texts) for row, texts in _texts(source.raw)}
    if not source.columns:
        yield from ((number, index, row, None, text) for row, text in raw.items())
        return
    for row, texts in _texts(source.cells.loc[rows]):
        yield number, index, row, _json(texts), raw.get(row)


def _texts(frame: pd.DataFrame) -> Iterator[tuple[int, tuple[str, ...]]]:
    for row in zip(frame.index.tolist(), *(frame[c].tolist() for c in frame), strict=True):
        yield row[0], row[1:]


def _deliveries(
    number: int,
    run: NewRun,
    plan: Plan,
    teams: Mapping[str, int],
    documents: Sequence[int],
    contents: Sequence[int | None],
) -> Iterator[tuple[Any, ...]]:
    """In the order of delivery_insert. What an invalid line does not have is "" or -1 in a plan."""
    entries = plan.entries
    states = entries["state"].tolist()

    def texts(name: str) -> Iterable[str | None]:
        return [text or None for text in entries[name].tolist()]

    def numbers(name: str) -> Iterable[int | None]:
        return [value if value >= 0 else None for value in entries[name].tolist()]

    def bodies(name: str) -> Iterable[int]:
        return [documents[code] for code in entries[name].tolist()]

    priors = zip(states, numbers("prior"), strict=True)
    was = zip(states, entries["was"].tolist(), strict=True)
    return zip(
        repeat(number),
        *(entries["source"].tolist(), entries["row"].tolist()),
        [teams.get(team) for team in entries["team"].tolist()],
        *(texts("post"), texts("account"), numbers("instant"), texts("zone")),
        *(bodies("options"), bodies("settings"), numbers("call")),
        *(states, texts("code"), texts("error")),
        [prior if state != "planned" else None for state, prior in priors],
        [int(state == "planned" and not run.sends) for state in states],
        contents,
        # An earlier run's attempt may have had its effect: a conflict may be its echo.
        [int(state == "planned" and prior == "in_doubt") for state, prior in was],
        strict=False,  # the run's number repeats
    )


def _team_numbers(db: sqlite3.Connection, sql: Sql, service: str, plan: Plan) -> dict[str, int]:
    teams = sorted(filter(None, plan.entries["team"].unique()))
    db.executemany(sql["team_insert"], [{"service": service, "team": team} for team in teams])
    return dict(db.execute(sql["team_list"], {"service": service}).fetchall())


def _document_numbers(db: sqlite3.Connection, sql: Sql, bodies: Sequence[str]) -> list[int]:
    db.executemany(sql["document_insert"], ((body,) for body in bodies))
    return [row[0] for row in db.execute(sql["document_numbers"], (_json(bodies),))]


def _content_numbers(
    db: sqlite3.Connection, sql: Sql, plan: Plan, teams: Mapping[str, int]
) -> Sequence[int | None]:
    """For each entry what its post was, or is to be, created from."""
    entries = plan.entries
    lines = entries[entries["content"] > 0]
    if lines.empty:
        return [None] * len(entries)
    numbers = dict[tuple[str, int], int]()
    for team, codes in lines.groupby("team")["content"]:
        wanted = codes.unique().tolist()
        bodies = [plan.contents[code] for code in wanted]
        found = _keep_contents(db, sql, teams[str(team)], bodies)
        numbers.update({(str(team), code): n for code, n in zip(wanted, found, strict=True)})
    places = zip(entries["team"].tolist(), entries["content"].tolist(), strict=True)
    return [numbers.get(place) for place in places]


def _create_again(
    db: sqlite3.Connection, sql: Sql, plan: Plan, contents: Sequence[int | None]
) -> None:
    """A person says so, where it is in doubt whether a post was created."""
    states = plan.entries["state"].tolist()
    wanted = {n for n, state in zip(contents, states, strict=True) if n and state == "planned"}
    db.executemany(sql["content_again"], [(number,) for number in wanted])


def _keep_contents(
    db: sqlite3.Connection, sql: Sql, team: int, bodies: Sequence[str]
) -> Sequence[int]:
    keys = [content_key(body) for body in bodies]
    rows = [{"team": team, "key": k, "body": body} for k, body in zip(keys, bodies, strict=True)]
    db.executemany(sql["content_insert"], rows)
    db.executemany(sql["content_body"], rows)
    found = db.execute(sql["content_numbers"], {"team": team, "keys": _json(keys)})
    return [row[0] for row in found]

"""Rows → the deliveries that they ask for, each row's problems, and what results need of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from batch_scheduler.model import POST_IN_DOUBT, SENT, Issue, Severity, Sheet
from batch_scheduler.planning.accounts import raw_accounts, read_accounts
from batch_scheduler.planning.cells import read_cells
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.contents import read_posts
from batch_scheduler.planning.cut_texts import report_cut_texts
from batch_scheduler.planning.defaults import Defaults, heeding
from batch_scheduler.planning.distinct import Distinct, constant, distinct, each
from batch_scheduler.planning.documents import Documents
from batch_scheduler.planning.error_values import report_error_values
from batch_scheduler.planning.headless import is_data
from batch_scheduler.planning.ids import parse_id
from batch_scheduler.planning.left_out import explain_blank_times, report_left_out
from batch_scheduler.planning.options import read_options
from batch_scheduler.planning.problem import Findings, Noted, Problem
from batch_scheduler.planning.repeated_header import report_repeated_headers
from batch_scheduler.planning.repeats import settle_repeats
from batch_scheduler.planning.scheduled import read_scheduled
from batch_scheduler.planning.size import refuse_oversize
from batch_scheduler.planning.translation import restated, translated
from batch_scheduler.planning.understood import Understood, understood
from batch_scheduler.planning.zones import RowZones, parse_zone

RAW_COLUMNS = {
    "team_id": "team_id",
    "post_id": "post_id",
    "social_account_id": "social_account_ids",
    "scheduled_at": "scheduled_at",
    "timezone": "timezone",
}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One input sheet as its results need it.

    `columns` are the header texts that a results sheet repeats; `cells` holds their texts (columns
    0, 1, 2 … in the same order, index = row number). `raw` holds the texts of invalid rows under
    RAW_COLUMNS, index = row number. `times` are the texts of the time column. `issues` are in the
    order of the sheet.
    """

    path: str
    sheet: str | None
    columns: tuple[str, ...]
    cells: pd.DataFrame
    raw: pd.DataFrame
    issues: tuple[Issue, ...] = ()
    time_column: str | None = None
    times: pd.Series[str] | None = None
    understood: Understood | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """What valid rows ask for: `table` has one line per delivery, in the order of the input.

    Its columns: source, row (int), team, post, account (lower-case UUIDs), instant (seconds since
    1970), zone ("" = none), options and settings (codes into `documents`), said (the status that a
    results sheet gives, or POST_IN_DOUBT; else ""), content (a code into `contents`: what the row's
    text columns say; 0: nothing). A post that is yet to be created from its content has a
    placeholder for an id.
    `rows` counts the rows read; `invalid` lists (source, row). `unlisted`: teams whose accounts
    must be looked up: rows that name some are not in `table`.

    `made_from`: line → the content that its post was created from, where that is another now.
    `aside`: as `table`, what the same sheets have beside it: rows that are not to be tried again.
    """

    rows: int
    table: pd.DataFrame
    documents: list[str]
    contents: list[str]
    invalid: list[tuple[int, int]]
    sources: list[Source]
    issues: list[Issue]
    unlisted: frozenset[str] = frozenset()
    made_from: Mapping[int, str] = field(default_factory=dict)
    aside: pd.DataFrame | None = None

    def targets(self) -> Iterable[tuple[str, str, str]]:
        """The different (team, post, account)."""
        places = self.table[["team", "post", "account"]].drop_duplicates()
        return zip(*(places[name].tolist() for name in places), strict=True)

    def moments(self) -> Iterable[tuple[str, str, int]]:
        """The different (team, account, instant) of lines with a content."""
        lines = self.table[self.table["content"] > 0]
        places = lines[["team", "account", "instant"]].drop_duplicates()
        return zip(*(places[name].tolist() for name in places), strict=True)


def read_wishes(sheets: Sequence[Sheet], defaults: Defaults) -> Wishes:
    """Find all problems at once; nothing in a sheet makes this raise. At least one sheet."""
    documents, contents = Documents(), Documents()
    findings: list[Findings] = []
    columns: list[Columns] = []
    tables: list[pd.DataFrame] = []
    unlisted: set[str] = set()
    for number, sheet in enumerate(sheets):
        ours, places = translated(sheet, defaults.wording, bool(defaults.accounts))
        findings.append(Findings(_used(ours, places)))
        columns.append(places)
        said = heeding(ours, places, defaults)
        row_of = (number, findings[-1], places, said)
        tables.append(_read_rows(*row_of, documents, contents, unlisted))
        explain_blank_times(findings[-1], places)
    table = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
    table = refuse_oversize(table, findings, documents.texts)
    table = settle_repeats(table, findings, documents.texts)
    sources = [_source(one, place, defaults) for one, place in zip(findings, columns, strict=True)]
    return Wishes(
        rows=sum(len(one.sheet.frame) for one in findings),
        table=table,
        documents=documents.texts,
        contents=contents.texts,
        invalid=[
            (number, row)
            for number, source in enumerate(sources)
            for row in source.raw.index.tolist()
        ],
        sources=sources,
        issues=[issue for source in sources for issue in source.issues],
        unlisted=frozenset(unlisted),
    )


def _used(sheet: Sheet, columns: Columns) -> Sheet:
    """Without what is said of columns that mean nothing here."""
    names = {sheet.header[column] for column in columns.meant}
    issues = [one for one in sheet.issues if one.column is None or one.column in names]
    return replace(sheet, issues=tuple(issues))


def _read_rows(
    number: int,
    findings: Findings,
    columns: Columns,
    defaults: Defaults,
    documents: Documents,
    contents: Documents,
    unlisted: set[str],
) -> pd.DataFrame:
    """Adds to `documents`, and to the teams that are `unlisted`."""
    _report_columns(findings, columns)
    report_left_out(findings, columns)
    report_repeated_headers(findings, columns)
    report_error_values(findings, columns)
    said = _said(findings, columns)
    report_cut_texts(findings, columns, said.where(SENT.__contains__))
    teams = _read_team(findings, columns, defaults)
    posts, content = read_posts(findings, columns, contents)
    accounts = read_accounts(findings, columns, teams, defaults)
    unlisted |= accounts.unlisted
    zones = RowZones(read_cells(findings, columns, "timezone", each(parse_zone)), defaults.zone)
    instants = read_scheduled(findings, columns, zones, defaults.date_order)
    order = defaults.date_order
    options, settings = read_options(columns, findings, zones, documents, order, instants)
    rows, wanted = _exploded(accounts.ids, np.flatnonzero(~findings.bad))
    return pd.DataFrame(
        {
            "source": np.full(len(rows), number, dtype=np.int64),
            "row": findings.sheet.frame.index.to_numpy()[rows],
            "team": _texts(teams, rows),
            "post": _texts(posts, rows),
            "account": _as_they_are(wanted),
            "instant": instants[rows],
            "zone": _texts(zones.meant, rows),
            "options": options[rows],
            "settings": settings[rows],
            "said": _texts(said, rows),
            "content": content[rows],
        },
        copy=False,
    )


def _report_columns(findings: Findings, columns: Columns) -> None:
    for text, problem in columns.problems:
        findings.at_sheet(problem, text)
    frame = findings.sheet.frame
    for column in columns.unnamed:
        filled = findings.texts(column).where(lambda text: bool(text.strip()))
        findings.at_rows(column, filled, _UNNAMED)
    if not len(frame) and not columns.problems:
        findings.at_sheet(_NO_ROWS if columns.status is None else _NO_RESULTS)
    _report_above(findings, columns)


def _report_above(findings: Findings, columns: Columns) -> None:
    """Titles and notes stand above a header; a post there would be lost without a word."""
    above, added = findings.sheet.above, columns.added
    known = sorted(place for place in columns.known.values() if place not in added)
    for cells in () if above is None else above[known].itertuples():
        texts = dict(zip(known, cells[1:], strict=True))
        filled = [column for column in known if texts[column].strip()]
        data = [column for column in filled if is_data([texts[column]])]
        if data and len(filled) > 1:
            findings.above_header(int(cells[0]), data[0], texts[data[0]], _ABOVE)


_UNNAMED = Problem(
    "unnamed-column",
    "There is no header above this cell, so it is not known what it means.",
    "Delete the cell, or name its column; in CSV, put quotes around a cell with commas in it.",
)
_ABOVE = Problem(
    "row-above-header",
    "This row stands above the header, where only titles and notes are looked for.",
    "Move it below the header row, or delete it.",
)
_NO_ROWS = Problem(
    "no-rows", "There are no rows below the header.", "Add some.", severity=Severity.WARNING
)
_NO_RESULTS = Problem(
    "no-rows",
    "There are no rows to send here.",
    "A retry takes those that are rejected or waiting; --status names others.",
    severity=Severity.WARNING,
)
_NO_TEAM = Problem(
    "missing-team",
    "It is not said which team this is for.",
    "Give --team-id, set OCTOSPARK_TEAM_ID, or add a column team_id.",
)


def _read_team(findings: Findings, columns: Columns, defaults: Defaults) -> Distinct[str | Problem]:
    if "team_id" not in columns.known and not defaults.team and len(findings.sheet.frame):
        findings.at_sheet(_NO_TEAM)

    def parse(text: str) -> str | Noted[str] | Problem:
        return parse_id(text) if plain(text).strip() else defaults.team or _NO_TEAM

    return read_cells(findings, columns, "team_id", each(parse))


def _said(findings: Findings, columns: Columns) -> Distinct[str]:
    if columns.status is None:
        return constant("", len(findings.sheet.frame))
    texts = findings.sheet.frame[columns.status].str.strip().str.lower()
    codes = findings.sheet.frame[columns.results["error_code"]].str.strip()
    return distinct(texts.where(codes != POST_IN_DOUBT, POST_IN_DOUBT))


def _exploded(
    accounts: Distinct[tuple[str, ...] | Problem], rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One line per account: the row's position, and the account."""
    lists = [() if isinstance(value, Problem) else value for value in accounts.values]
    counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    flat = np.array([*chain.from_iterable(lists)], dtype=object)
    codes = accounts.codes[rows]
    lines = np.repeat(rows, counts[codes])
    before = np.repeat(np.cumsum(counts[codes]) - counts[codes], counts[codes])
    starts = np.repeat((np.cumsum(counts) - counts)[codes], counts[codes])
    return lines, flat[starts + np.arange(len(lines)) - before]


def _texts(cells: Distinct[str] | Distinct[str | Problem], rows: np.ndarray) -> pd.Series[Any]:
    """The rows' values; only good rows are asked for, so that no Problem is among them."""
    return _as_they_are(Distinct(cells.codes[rows], cells.values).array())


def _as_they_are(texts: np.ndarray) -> pd.Series[Any]:
    """pandas' own texts are looked at one by one, once more and with each copy."""
    return pd.Series(texts, dtype=object)


def _source(findings: Findings, columns: Columns, defaults: Defaults) -> Source:
    frame, header = findings.sheet.frame, findings.sheet.header
    stray = [column for column in columns.unnamed if (frame[column] != "").any()]
    texts = restated(header, columns) | dict.fromkeys(stray, "")
    kept = sorted(texts)
    cells = frame[kept]
    cells.columns = pd.RangeIndex(len(kept))
    bad = frame[findings.bad].astype("str")
    raw = {
        name: bad[columns.known[known]] if known in columns.known else ""
        for name, known in RAW_COLUMNS.items()
    }
    raw["social_account_id"] = raw_accounts(bad, columns)
    raw_frame = pd.DataFrame(raw, index=bad.index, dtype="str")
    if columns.separate:
        raw_frame["scheduled_at"] = _joined(bad, columns)
    if defaults.team:
        raw_frame["team_id"] = raw_frame["team_id"].replace("", defaults.team)
    time = columns.known.get("date" if columns.separate else "scheduled_at")
    return Source(
        path=findings.sheet.path,
        sheet=findings.sheet.name,
        columns=tuple(texts[column] for column in kept),
        cells=cells,
        raw=raw_frame,
        issues=tuple(findings.ordered()),
        time_column=None if time is None else header[time],
        times=None if time is None else frame[time],
        understood=understood(findings.sheet, columns),
    )


def _joined(rows: pd.DataFrame, columns: Columns) -> pd.Series[str]:
    """Date and time of day as one text, for a results sheet."""
    date, clock = (rows[columns.known[name]].str.strip() for name in ("date", "time"))
    return (date + " " + clock).str.strip()

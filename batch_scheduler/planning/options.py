"""What a row asks for beyond post, accounts and time: settings per platform, and options."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from batch_scheduler.model import Severity, utc_text
from batch_scheduler.planning.characters import plain, tidy
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.distinct import Distinct, combined
from batch_scheduler.planning.documents import (
    HALF_CHARACTER,
    Documents,
    is_whole,
    parse_object,
    parse_scalar,
)
from batch_scheduler.planning.instants import NONE
from batch_scheduler.planning.problem import Findings, Noted, Problem, as_tidied
from batch_scheduler.planning.scheduled import read_end
from batch_scheduler.planning.zones import RowZones

SETTINGS = "platformSettings"
_WIRE = {
    "platform_settings": SETTINGS,
    "first_comment": "firstComment",
    "engagement_comment_trigger": "engagementCommentTrigger",
    "repost_after": "repostAfter",
}
_INTERVAL = re.compile(r"(\d{1,3})(?:\.0+)?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one column adds to the request: a whole field, or one key of it."""

    field: str
    key: str | None
    column: int
    cells: Distinct[Any]


def read_options(
    columns: Columns,
    findings: Findings,
    zones: RowZones,
    documents: Documents,
    order: str | None,
    instants: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The codes of each row's options and of its settings in `documents`.

    `instants`: when each row is scheduled, NONE where that is not known.
    """
    parts: list[_Part] = []

    def read(name: str, key: str | None, column: int, parse: Callable[[str], Any]) -> Distinct[str]:
        texts = findings.texts(column)
        cells = texts.map(parse)
        values = findings.accept(column, cells.codes, cells.values)
        parts.append(_Part(name, key, column, Distinct(cells.codes, values)))
        return texts

    for name, wire in _WIRE.items():
        if (column := columns.known.get(name)) is not None:
            is_comment = name == "first_comment"
            texts = read(wire, None, column, _parse_comment if is_comment else parse_object)
            if is_comment:
                _say_assumption(findings, column, texts)
    for (name, key), column in columns.dotted.items():
        read(_WIRE[name], key, column, parse_scalar)
    if (column := columns.known.get("recurrence_interval_days")) is not None:
        read("recurrenceIntervalDays", None, column, _parse_interval)
    if (column := columns.known.get("recurrence_ends_at")) is not None:
        intervals = next((part.cells for part in parts if part.field.endswith("Days")), None)
        ends = read_end(findings, column, zones, order)
        _check_ends(findings, column, ends, intervals, instants)
        parts.append(_Part("recurrenceEndsAt", None, column, _written(ends)))
    return _write(parts, findings, documents)


def _parse_comment(text: str) -> dict[str, Any] | Noted[dict[str, Any]] | Problem | None:
    """An object, or plain text, of which {"text": …} is assumed, not documented."""
    if not _is_text(text):
        return parse_object(text)
    return {"text": text} if is_whole(text) else HALF_CHARACTER


def _is_text(text: str) -> bool:
    bare = plain(text).strip()
    return bool(bare) and not bare.removeprefix("'").startswith("{")


def _say_assumption(findings: Findings, column: int, texts: Distinct[str]) -> None:
    if rows := int((texts.where(_is_text) & ~findings.told(column)).sum()):
        findings.at_sheet(
            Problem(
                "assumed-first-comment",
                'Plain text as first comment is sent as {"text": …}: an assumption, as the '
                "service does not document it.",
                f"It concerns {'1 row' if rows == 1 else f'{rows:,} rows'}. "
                "Write a JSON object to send something else.",
                Severity.WARNING,
            ),
            findings.sheet.header[column],
        )


def _parse_interval(text: str) -> int | Noted[int] | Problem | None:
    bare = tidy(text)
    if not bare:
        return None
    match = _INTERVAL.fullmatch(bare)
    if match and 1 <= int(match[1]) <= 365:
        return as_tidied(int(match[1]), text)
    return Problem(
        "bad-interval", "This is not a number of days.", "Write a whole number from 1 to 365."
    )


def _check_ends(
    findings: Findings,
    column: int,
    ends: np.ndarray,
    intervals: Distinct[Any] | None,
    instants: np.ndarray,
) -> None:
    given = findings.texts(column).where(lambda text: bool(plain(text).strip()))
    without = given & (intervals.where(lambda days: days is None) if intervals else True)
    findings.at_rows(column, without, _NO_INTERVAL)
    early = (ends != NONE) & (instants != NONE) & (ends < instants)
    findings.at_rows(column, early, _ENDS_EARLY)


def _written(instants: np.ndarray) -> Distinct[str | None]:
    codes, values = pd.factorize(instants)
    return Distinct(
        codes, [None if value == NONE else utc_text(value) for value in values.tolist()]
    )


_NO_INTERVAL = Problem(
    "missing-interval",
    "There is an end of the recurrence, but no interval.",
    "Write the days into recurrence_interval_days, or leave this cell empty.",
)
_ENDS_EARLY = Problem(
    "ends-early",
    "The recurrence ends before the post is scheduled for the first time.",
    "Correct one of the two times.",
)


def _write(
    parts: Sequence[_Part], findings: Findings, documents: Documents
) -> tuple[np.ndarray, np.ndarray]:
    """Build one document for each combination of cells that occurs."""
    rows = len(findings.sheet.frame)
    if not parts or not rows:
        return np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    combination = combined(*(part.cells.codes for part in parts))
    options: list[int] = []
    settings: list[int] = []
    clashes: dict[int, dict[int, Problem]] = {}
    for code, row in enumerate(np.flatnonzero(~pd.Series(combination).duplicated()).tolist()):
        body: dict[str, Any] = {}
        for part in parts:
            problem = _put(body, part, part.cells.at(row))
            if problem:
                clashes.setdefault(part.column, {})[code] = problem
        settings.append(documents.code(body.pop(SETTINGS, {})))
        options.append(documents.code(body))
    for column, problems in clashes.items():
        findings.at_cells(column, combination, [problems.get(code) for code in range(len(options))])
    return np.array(options)[combination], np.array(settings)[combination]


def _put(body: dict[str, Any], part: _Part, value: Any) -> Problem | None:
    if value is None or value == {} or isinstance(value, Problem):
        return None
    if part.key is None:
        body[part.field] = dict(value) if isinstance(value, dict) else value
        return None
    fields = body.setdefault(part.field, {})
    if part.key in fields:
        return Problem(
            "duplicate-key",
            f'"{part.key}" stands in the JSON object of the same row as well.',
            "Keep one of them.",
        )
    fields[part.key] = value
    return None

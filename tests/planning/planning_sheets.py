"""Small sheets for the tests of planning, read and planned as the program does."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pandas as pd

from batch_scheduler.model import Issue, Sheet
from batch_scheduler.planning import (
    KNOWN_COLUMNS,
    Defaults,
    Plan,
    Rules,
    make_plan,
    read_wishes,
)
from batch_scheduler.sheets import read_sheet

TEAM = "11111111-1111-1111-1111-111111111111"
POST = "22222222-2222-2222-2222-222222222222"
ACCOUNT = "33333333-3333-3333-3333-333333333333"
OTHER = "44444444-4444-4444-4444-444444444444"
TIME = "2027-05-01T09:00:00Z"
NOW = 1_790_000_000.0  # 2026-09-21
KNOWN = pd.DataFrame(columns=list(KNOWN_COLUMNS))
"""What an empty ledger knows."""
CORE = ["post_id", "social_account_ids", "scheduled_at"]


def sheet(header: Sequence[str], *rows: Sequence[str]) -> Sheet:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return read_sheet("-", io.BytesIO(text.getvalue().encode()))


def plan(*sheets: Sheet, team: str | None = TEAM, zone: str | None = None) -> Plan:
    wishes = read_wishes(sheets, Defaults(team=team, zone=zone))
    return make_plan(wishes, KNOWN, Rules(now=NOW, lead=60, max_accounts=50))


def one_row(column: str, value: str) -> Sheet:
    """A row that is right but for this cell."""
    cells = dict(zip(CORE, (POST, ACCOUNT, TIME), strict=True)) | {column: value}
    return sheet([*cells], [*cells.values()])


def places(issues: Sequence[Issue]) -> list[tuple[str, int | None, str | None]]:
    return [(issue.code, issue.row, issue.column) for issue in issues]

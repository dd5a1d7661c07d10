"""Sheets of any size, written row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rustpy_xlsxwriter import write_worksheet

TEAM = "7ea00000-0000-4000-8000-000000000001"
COLUMNS = (
    *("post_id", "social_account_ids", "scheduled_at", "timezone", "team_id"),
    *("platform_settings.privacyLevel", "platform_settings.disableComment", "first_comment"),
    *("note", "# campaign"),
)
_PRIVACY = ("public", "friends", "private")
_START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8001-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8001-{number:012x}"


def at(minutes: int) -> str:
    return (_START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def wide_rows(rows: int) -> Iterator[list[str]]:
    """Ten columns, about 250 bytes a row, every post another one."""
    for n in range(rows):
        yield [
            post_id(n),
            account_id(n % 20),
            at(n % 10_000),
            "Europe/Berlin",
            TEAM,
            _PRIVACY[n % 3],
            "true" if n % 2 else "false",
            f'{{"text": "See you at stand {n % 500}"}}',
            f"row {n} of the plan, as agreed with the agency",
            f"spring-{n % 40}",
        ]


def narrow_rows(posts: int, accounts: int) -> Iterator[list[str]]:
    """One account a row; each post has its time."""
    for post in range(posts):
        for account in range(accounts):
            yield [post_id(post), account_id(account), at(post)]


def listed_rows(posts: int, accounts: int) -> Iterator[list[str]]:
    """All accounts of a post in one row."""
    everyone = ",".join(map(account_id, range(accounts)))
    for post in range(posts):
        yield [post_id(post), everyone, at(post)]


def write_csv(path: Path, rows: Iterator[list[str]], columns: tuple[str, ...] = COLUMNS) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def write_xlsx(path: Path, rows: Iterator[list[str]]) -> None:
    write_worksheet((dict(zip(COLUMNS, row, strict=True)) for row in rows), path)

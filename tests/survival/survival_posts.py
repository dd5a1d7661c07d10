"""Sheets of texts, and what the stand-in's record says of the posts that came of them."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from survival_world import SENT, Result, StandIn, account_id, at

HEADER = ("text", "title", "media_urls", "social_account_ids", "scheduled_at")


class Row(NamedTuple):
    """A row of a sheet of texts. `ids`: instead of `accounts`."""

    text: str
    accounts: Sequence[int] = (1,)
    hours: float = 24
    title: str = ""
    media: str = ""
    ids: str = ""


class Place(NamedTuple):
    """What must not happen twice, where posts are known by their texts."""

    text: str
    title: str
    account: str
    instant: str


def write_texts(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for row in rows:
            accounts = row.ids or ",".join(map(account_id, row.accounts))
            writer.writerow([row.text, row.title, row.media, accounts, at(row.hours)])
    return path


def places(rows: Sequence[Row]) -> list[Place]:
    return [
        Place(row.text, row.title, account_id(one), at(row.hours))
        for row in rows
        for one in row.accounts
    ]


def place(result: Result) -> Place:
    account, instant = result["social_account_id"], result["scheduled_at"]
    return Place(result["text"], result["title"], account, instant)


def created(service: StandIn) -> Mapping[tuple[str, str, tuple[str, ...]], list[str]]:
    """Text, title and assets → the posts that were created of them."""
    found = defaultdict(list)
    for one in effects(service, "post_created"):
        found[one["text"], one["title"], tuple(one["assetIds"])].append(one["postId"])
    return found


def effects(service: StandIn, kind: str) -> list[dict[str, Any]]:
    return [one for one in service.record()["effects"] if one["kind"] == kind]


def scheduled(service: StandIn) -> Counter[Place]:
    """How often each was scheduled."""
    made = {one["postId"]: one for one in effects(service, "post_created")}
    return Counter(
        Place(
            made[one["postId"]]["text"],
            made[one["postId"]]["title"],
            one["socialAccountId"],
            one["instant"],
        )
        for one in effects(service, "scheduled")
    )


def broken(results: Sequence[Result], service: StandIn) -> list[str]:
    """What was created or scheduled twice, and where a results sheet and the service disagree."""
    found = [f"created twice: {what}: {ids}" for what, ids in created(service).items() if ids[1:]]
    done = scheduled(service)
    found += [f"done {count} times: {what}" for what, count in done.items() if count > 1]
    said = {place(one): one for one in results}
    if len(said) < len(results):
        found.append("a delivery has two rows")
    found += [f"done, but in no row: {what}" for what in done.keys() - said.keys()]
    posts = {one["postId"] for one in effects(service, "post_created")}
    for what, one in said.items():
        if (one["status"] in SENT) != bool(done[what]) and one["status"] != "in_doubt":
            found.append(f"done {done[what]} times: {one}")
        if one["post_id"] and one["post_id"] not in posts:
            found.append(f"of a post that was never created: {one}")
    return found


def contents(ledger: Path) -> list[tuple[str, str | None]]:
    """State and post of each content, by a connection of its own."""
    with closing(sqlite3.connect(ledger)) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'content'").fetchone():
            return []
        return db.execute("SELECT state, post FROM content ORDER BY number").fetchall()

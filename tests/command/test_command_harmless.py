"""The token is nowhere, and nobody's text gives orders to a terminal."""

from __future__ import annotations

import json
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from command_line import IMPATIENT, TOKEN, Desk, row
from command_services import REASON, Reply, StandIn, replying
from program import Ended

ORDERS = "\x1b]0;owned\x07\x1b[2J\x9b31mred\rover\x00"
"""Sets a window's title, clears the screen, writes over what stood there."""


def _tagged(said: str) -> bytes:
    return json.dumps({"_tag": "BadRequest", "message": said}).encode()


def _entries(body: bytes, **entry: Any) -> bytes:
    accounts = json.loads(body)["socialAccountIds"]
    return json.dumps({"data": [{"socialAccountId": who, **entry} for who in accounts]}).encode()


def _scheduled(said: str) -> dict[str, str]:
    return {"id": "a1", "errorCode": said, "errorMessage": said}


def _reply(number: int, said: str, body: bytes) -> Reply:
    """All the places of an answer that a server can put words into, by the post's number."""
    kind = {"Content-Type": "application/json"}
    replies: list[Reply] = [
        (400, kind, _tagged(said)),
        (409, kind, json.dumps({"error": {"code": said, "message": said}}).encode()),
        (500, {}, said.encode()),
        (502, {"Content-Type": "text/html"}, f"<html>{said}</html>".encode()),
        (422, {REASON: said.translate(dict.fromkeys(range(32)))}, b""),
        (200, kind, said.encode()),
        (200, kind, json.dumps({said: [said]}).encode()),
        (200, kind, _entries(body, error={"message": said})),
        (200, kind, _entries(body, error=[said])),
        (200, kind, _entries(body, scheduledPost=_scheduled(said))),
        (200, kind | {"cf-ray": said.strip()}, _entries(body, scheduledPost={"id": said})),
    ]
    return replies[number]


KINDS = 11


def _accounts(said: str) -> Reply:
    names = {"displayName": said, "profileHandle": said, "provider": said, "status": said}
    return 200, {}, json.dumps({"data": [{"id": row()["social_account_ids"], **names}]}).encode()


@contextmanager
def _saying(said: str) -> Iterator[str]:
    """A service that says this wherever it can."""

    def reply(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        assert TOKEN in request.headers["Authorization"]
        if request.command == "GET":
            return _accounts(said)
        post = request.path.split("/")[-2]
        return _reply(int(post.rpartition("-")[-1], 16), said, body)

    with replying(reply) as url:
        yield url


def _all_bytes(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Each file, and each member of each workbook."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name)


def _run_everything(desk: Desk) -> list[Ended]:
    desk.sheet("week.csv", *(row(number) for number in range(KINDS)))
    log = ("-vv", "--log-format", "json")
    ran = desk("run", "week.csv", *IMPATIENT, *log, "--results", "results.xlsx")
    shown = desk("show", "r", "--results", "results.csv")
    return [ran, shown, desk("accounts"), desk("runs", "--json")]


def test_the_token_is_nowhere(desk: Desk) -> None:
    """Also when the service sends it back, while another process keeps the ledger open."""
    assert desk("runs").code == 0
    with closing(sqlite3.connect(desk.ledger)) as other, _saying(f"Bearer {TOKEN}") as url:
        assert other.execute("SELECT count(*) FROM run").fetchone() == (0,)
        desk.uses(url)
        ended = _run_everything(desk)
        assert ended[0].code == 3
        files = dict(_all_bytes(desk.folder, desk.home, desk.ledger.parent))
        assert "ledger.sqlite3-wal" in files
    assert "results.xlsx/xl/worksheets/sheet1.xml" in files
    assert any(b"[token]" in content for content in files.values())
    secret = TOKEN.removeprefix("octo_test_")
    assert [name for name, content in files.items() if secret.encode() in content] == []
    assert not any(secret in one.out + one.err for one in ended)


def test_a_server_gives_no_orders_to_a_terminal(desk: Desk) -> None:
    with _saying(ORDERS) as url:
        desk.uses(url)
        ended = _run_everything(desk)
    assert ended[0].code == 3
    for one in ended:
        assert _orders_in(one) == set()
    assert "owned" in ended[2].out
    errors = [one["error"] for one in desk.results("results.xlsx")]
    assert sum("owned" in error for error in errors) >= 9
    assert not any(order in error for error in errors for order in "\x1b\x07\x9b\r\x00")


def _orders_in(ended: Ended) -> set[str]:
    return {one for one in ended.out + ended.err if not one.isprintable()} - {"\n"}


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be called so there")
def test_a_sheet_gives_no_orders_to_a_terminal(desk: Desk) -> None:
    orders = ORDERS.replace("\x00", "")
    name = orders.replace("/", "") + ".csv"
    desk.sheet(
        name,
        row(1, timezone=orders) | {orders: orders},
        row(2, post_id=orders, social_account_ids=orders),
        row(3, scheduled_at=orders, platform_settings=orders, team_id=orders),
    )
    for command in (["check"], ["run", "--valid-only", "--json"]):
        ended = desk(*command, name)
        assert ended.code in (3, 4)
        assert "owned" in ended.out
        assert _orders_in(ended) == set()
    missing = desk("run", "missing" + name)
    assert missing.code == 2
    assert _orders_in(missing) == set()


def test_a_sheets_text_is_no_markup_either(desk: Desk) -> None:
    text = "[red]x[/red] [/] [link=http://evil.example]y[/link]"
    ended = desk("check", desk.sheet("[bold]week[/].csv", row(timezone=text)))
    assert ended.code == 4
    assert text[:30] in ended.out
    assert "[bold]week[/].csv" in ended.out


def test_a_bug_is_called_one_without_a_traceback(desk: Desk, service: StandIn) -> None:
    """Here someone spoilt the ledger in a way that nobody looks out for."""
    desk.sheet("week.csv", row(recurrence_interval_days="7"))
    assert desk("run", "week.csv").code == 0
    with closing(sqlite3.connect(desk.ledger)) as db, db:
        db.execute("UPDATE document SET body = ? WHERE body LIKE '%recurrence%'", (ORDERS,))
    ended = desk("check", "week.csv", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert "this is a bug" in ended.err
    assert "Traceback" not in ended.err
    ended = desk("check", "week.csv", "-vv")
    assert ended.code == 1
    assert "Traceback" in ended.err
    assert "judgement.py" in ended.err

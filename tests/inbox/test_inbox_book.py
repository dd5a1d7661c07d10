"""The results of a night's sheets in one workbook, where the team looks."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
from inbox_world import Listener, Wish, World


def rows_of(book: Path, sheet: str = "Results") -> list[dict[str, Any]]:
    with closing(openpyxl.load_workbook(book)) as opened:
        header, *rows = opened[sheet].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_a_night_has_one_workbook_with_all_its_sheets(
    world: World, listener: Listener, tmp_path: Path
) -> None:
    book = tmp_path / "team" / "night.xlsx"
    world.put("good.csv", [Wish(30_000), Wish(30_001)])
    world.put("bad.csv", [Wish(30_002)], ("no-id", "no-id", "tomorrow"))
    (world.inbox / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    ended = world("--results", str(book), "--notify", listener.channel)
    assert ended.nights[0]["book"] == str(book)
    assert f"All results in one workbook: {book}" in listener.posts[0]["message"]
    found = {(one["# file"], one["row"], one["status"]) for one in rows_of(book)}
    assert found == {
        ("done/good.csv", 2, "accepted"),
        ("done/good.csv", 3, "accepted"),
        ("problems/bad.csv", 2, "waiting"),
        ("problems/bad.csv", 3, "invalid"),
    }
    problems = {one["path"]: one["message"] for one in rows_of(book, "Problems")}
    assert "is a picture" in problems["problems/picture.csv"]
    assert world("--results", str(book)).nights[0]["book"] is None  # no news: it stays as it is
    assert {(one["# file"], one["row"], one["status"]) for one in rows_of(book)} == found


def test_in_a_folder_each_night_has_its_own(world: World, tmp_path: Path) -> None:
    for number in range(2):
        world.put(f"{number}.csv", [Wish(30_010 + number)])
        assert world("--results", str(tmp_path / "books")).code == 0
    books = sorted((tmp_path / "books").iterdir(), key=lambda book: book.stat().st_mtime_ns)
    assert [one["# file"] for book in books for one in rows_of(book)] == [
        "done/0.csv",
        "done/1.csv",
    ]


def test_a_workbook_that_can_not_be_written_stops_no_night(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    world.put("week.csv", [Wish(30_020)])
    ended = world("--results", str(tmp_path / "file" / "night.xlsx"))
    assert (ended.code, ended.sheets) == (0, {"week.csv": "done"})
    assert "can't be written" in ended.err


def test_a_watcher_needs_a_folder_for_them(world: World, tmp_path: Path) -> None:
    ended = world("--watch", "--results", str(tmp_path / "night.xlsx"))
    assert ended.code == 2
    assert "give --results a folder" in ended.err

"""`template`: an empty sheet; filled in and fed back, it passes."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import openpyxl
from command_line import Desk

POST = "b0570000-0000-4000-8000-000000000001"


def test_what_is_filled_in_from_its_lists_is_sent(desk: Desk) -> None:
    assert desk("template", "week.xlsx").code == 0
    with closing(openpyxl.load_workbook(desk.folder / "week.xlsx")) as book:
        posts, lists = book["Posts"], book["Lists"]
        header = [cell.value for cell in posts[1]]
        assert all(cell.comment for cell in posts[1])
        ruled = {str(rule.sqref)[0]: rule for rule in posts.data_validations.dataValidation}
        accounts = header.index("social_accounts")
        assert lists["A2"].value == "facebook:@acme"
        assert ruled["ABCDEF"[accounts]].formula1.startswith("Lists!$A$2:")
        assert ruled["ABCDEF"[header.index("scheduled_at")]].type == "date"
        filled = {
            "text": "Doors open at nine.\nWho is in? 🎉",
            "media_urls": "https://acme.example/launch.jpg",
            "social_accounts": f"{lists['A2'].value}, {lists['A3'].value}",
            "scheduled_at": datetime(2030, 5, 7, 9),
            "timezone": "Europe/Berlin",
            "recurrence_interval_days": 7,
        }
        for name, value in filled.items():
            posts.cell(2, header.index(name) + 1).value = value
        del filled["text"], filled["media_urls"]
        for name, value in (filled | {"post_id": POST}).items():
            posts.cell(3, header.index(name) + 1).value = value
        book.save(desk.folder / "filled.xlsx")
    ended = desk("run", "filled.xlsx", "--json")
    assert ended.code == 0, ended.err
    assert ended.counts == {"accepted": 4}
    assert (ended.document["posts"], ended.document["media"]) == (1, 1)
    assert [issue for issue in ended.document["issues"] if issue["severity"] == "error"] == []


def test_empty_it_asks_for_nothing(desk: Desk) -> None:
    desk("template", "week.xlsx")
    ended = desk("check", "week.xlsx", "--json")
    assert (ended.code, ended.document["rows"]) == (0, 0)


def test_a_file_that_is_there_is_left_alone(desk: Desk) -> None:
    (desk.folder / "week.xlsx").write_text("mine")
    ended = desk("template", "week.xlsx")
    assert ended.code == 2
    assert (desk.folder / "week.xlsx").read_text() == "mine"


def test_without_a_token_there_is_no_list_of_accounts(desk: Desk) -> None:
    desk.forget("OCTOSPARK_TOKEN")
    ended = desk("template", "week.xlsx")
    assert ended.code == 0
    assert "set the token" in ended.out

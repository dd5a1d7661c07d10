"""`report`: what became of deliveries, by day and account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from command_line import Desk, account_id, read_table, row
from command_services import StandIn

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")


def test_it_counts_by_day_and_account(desk: Desk) -> None:
    sheet = desk.sheet("week.csv", row(1, accounts=[1, 2]), row(2, accounts=[1]))
    assert desk("run", sheet).code == 0
    assert desk("run", sheet).code == 0  # sends nothing, so it counts nothing
    desk.sheet("week.csv", row(1, accounts=[1], hours=48))
    assert desk("run", sheet).code == 3  # moved: held

    ended = desk("report", "--since", YESTERDAY, "--json", "--results", "report.xlsx")
    assert ended.code == 0, ended.err
    days = ended.document["days"]
    counts = {one["social_account_id"]: (one["accepted"], one["held"]) for one in days}
    assert counts == {account_id(1): (2, 1), account_id(2): (1, 0)}
    (today,) = {one["day"] for one in days}
    book = desk.folder / "report.xlsx"
    assert ended.document["results"] == ["report.xlsx"]
    assert [today, "3", "0", "1", "0"] in read_table(book, "Days")
    assert [YESTERDAY, "0", "0", "0", "0"] in read_table(book, "Days")
    assert len(read_table(book, "Accounts")) == 3


def test_it_is_text_for_a_mail(desk: Desk) -> None:
    assert desk("run", desk.sheet("week.csv", row(1))).code == 0
    head, line, total = desk("report", "--since", YESTERDAY).out.splitlines()
    assert head.split() == ["day", "account", "accepted", "rejected", "held", "in", "doubt"]
    assert line.split()[-4:] == total.split()[-4:] == ["1", "0", "0", "0"]


def test_before_that_day_nothing_counts(desk: Desk, service: StandIn) -> None:
    assert desk("run", desk.sheet("week.csv", row(1))).code == 0
    assert "Nothing" in desk("report", "--since", TOMORROW).out
    assert desk("report", "--since", "yesterday").code == 2


@pytest.mark.parametrize("name", ["report.csv", "report.ODS"])
def test_it_is_a_workbook_and_never_called_anything_else(desk: Desk, name: str) -> None:
    ended = desk("report", "--since", YESTERDAY, "--results", name)
    assert ended.code == 2
    assert "report.xlsx" in ended.err
    assert not (desk.folder / name).exists()

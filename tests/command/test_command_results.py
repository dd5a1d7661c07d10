"""The results sheet: what it says, where it goes, and that it can be run again."""

from __future__ import annotations

import csv
import os
import shlex
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from command_line import (
    COMMAND,
    IMPATIENT,
    RESULT_COLUMNS,
    TEAM,
    Desk,
    account_id,
    at,
    post_id,
    read_table,
    row,
)
from command_services import StandIn, standing_in

TEXTS = [
    "=1+1",
    "+49 30 1234",
    "-5",
    "@acme",
    "'=quoted",
    "''",
    '=HYPERLINK("http://evil.example", "click")',
    "http://acme.example/?a=1&b=2",
    "a line\nand another",
    'say "hi", twice; or | not',
    "Zoë wrote: 数字 🎉 e\u0301",
    "007",
    "1e5",
    "TRUE",
    "2027-05-01",
    "  spaces  ",
]
"""What a spreadsheet program would like to make something else of."""


def _sheet_with_texts(desk: Desk) -> str:
    """As a program that knows nothing of apostrophes writes it: two of them stand for one."""
    rows = [
        row(number, note=f"'{text}" if text.startswith("'") else text)
        for number, text in enumerate(TEXTS)
    ]
    return desk.sheet("week.csv", *rows)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_results_are_a_sheet_that_sends_nothing_again(
    desk: Desk, service: StandIn, ending: str
) -> None:
    """And no text has become something else on the way, a formula least of all."""
    first, second = f"first.{ending}", f"second.{ending}"
    sheet = _sheet_with_texts(desk)
    assert desk("run", sheet, "--results", first).code == 0
    sent = len(service.requests)
    again = desk("run", first, "--results", second, "--json")
    assert again.code == 0
    assert again.counts == {"already_accepted": len(TEXTS)}
    assert again.document["calls"] == 0
    assert len(service.requests) == sent
    for name in (first, second):
        read = [one["note"] for one in desk.results(name)]
        if ending == "xlsx":
            assert read == TEXTS
            assert _kinds_of_cells(desk.folder / name) == {"s"}
        else:
            assert read == [f"'{text}" if text[0] in "=+-@'" else text for text in TEXTS]


def _kinds_of_cells(path: Path) -> set[str]:
    """Of the last column of a sheet without problems."""
    with closing(openpyxl.load_workbook(path)) as book:
        assert book.sheetnames == ["Results", "Summary"]
        cells = [cells[-1] for cells in book["Results"].iter_rows(min_row=2)]
        return {"link" if cell.hyperlink else cell.data_type for cell in cells}


def test_the_columns_and_the_rows_in_order(desk: Desk, service: StandIn) -> None:
    mine = {"#who": "Ann", "first_comment": "Hi!", "Note to self": "x"}
    desk.sheet(
        "week.xlsx",
        row(2, accounts=2, hours=30, timezone="Europe/Berlin") | mine,
        row(3, scheduled_at="soon") | mine,
        row(1) | mine,
    )
    ended = desk("run", "week.xlsx", "--valid-only", "--json")
    assert ended.code == 3
    header, *_ = read_table(desk.folder / "week.results.xlsx")
    assert header == [*RESULT_COLUMNS, *mine]
    results = desk.results("week.results.xlsx")
    expected = [(2, post_id(2), 1), (2, post_id(2), 2), (3, post_id(3), 1), (4, post_id(1), 1)]
    found = [(int(one["row"]), one["post_id"], one["social_account_id"]) for one in results]
    assert found == [(line, post, account_id(number)) for line, post, number in expected]
    assert [one["scheduled_at"] for one in results] == [at(30), at(30), "soon", at(24)]
    first, invalid = results[0], results[2]
    assert (first["sheet"], first["team_id"], first["timezone"]) == ("Posts", TEAM, "Europe/Berlin")
    assert first["attempts"] == "1"
    assert first["call_id"].startswith(ended.document["run"])
    assert (invalid["status"], invalid["error_code"]) == ("invalid", "bad-time")
    assert all(one["#who"] == "Ann" and one["first_comment"] == "Hi!" for one in results)


def test_the_workbook_has_a_summary_and_the_problems(desk: Desk, service: StandIn) -> None:
    run = desk("run", desk.sheet("a.csv", row(1), row(1), row(2)), "--json").document["run"]
    path = desk.folder / "a.results.xlsx"
    with closing(openpyxl.load_workbook(path)) as book:
        assert book.sheetnames == ["Results", "Summary", "Problems"]
    header, problem = read_table(path, "Problems")
    found = dict(zip(header, problem, strict=True))
    assert (found["severity"], found["code"], found["row"]) == ("warning", "duplicate-row", "3")
    cells = [cell for line in read_table(path, "Summary") for cell in line]
    assert run in cells
    assert service.url in cells
    assert any("2 of 2 deliveries are accepted" in cell for cell in cells)


def test_csv_results_are_text_that_excel_reads(desk: Desk) -> None:
    sheet = desk.sheet("week.csv", row(note="Zoë"))
    ended = desk("run", sheet, "--results", "out/Results.CSV", "--json")
    assert ended.document["results"] == [str(Path("out/Results.CSV"))]
    text = (desk.folder / "out" / "Results.CSV").read_bytes().decode("utf-8")
    assert text.startswith("\ufeffsheet,row,")
    (line,) = csv.DictReader(text.lstrip("\ufeff").splitlines())
    assert (line["note"], line["status"]) == ("Zoë", "accepted")


def test_results_go_beside_each_sheet(desk: Desk) -> None:
    desk.sheet("a/week.csv", row(1))
    desk.sheet("b/week.xlsx", row(2))
    names = [str(Path("a/week.csv")), str(Path("b/week.xlsx"))]
    ended = desk("run", *names, "--json")
    assert ended.document["results"] == [
        str(Path("a/week.results.xlsx")),
        str(Path("b/week.results.xlsx")),
    ]
    assert [one["post_id"] for one in desk.results("a/week.results.xlsx")] == [post_id(1)]
    assert [one["post_id"] for one in desk.results("b/week.results.xlsx")] == [post_id(2)]

    ended = desk("run", *names, "--results", "out", "--json")
    written = [Path(name) for name in ended.document["results"]]
    assert {path.parent for path in written} == {Path("out")}
    assert len({*written}) == 2
    rows = [one["post_id"] for path in written for one in desk.results(str(path))]
    assert rows == [post_id(1), post_id(2)]


def test_results_of_standard_input_are_csv_in_the_current_folder(desk: Desk) -> None:
    text = "\n".join([",".join(row()), '"' + '","'.join(row().values()) + '"'])
    ended = desk("run", "-", "--json", stdin=text)
    assert ended.document["results"] == ["results.csv"]
    assert desk.statuses("results.csv") == ["accepted"]


def test_the_sheet_itself_is_never_overwritten(desk: Desk, service: StandIn) -> None:
    for name, results in (("week.csv", "./week.csv"), ("week.xlsx", "week.xlsx")):
        sheet = desk.folder / desk.sheet(name, row())
        before = sheet.read_bytes()
        ended = desk("run", name, "--results", results)
        assert ended.code == 2
        assert "week" in ended.err
        assert sheet.read_bytes() == before
    assert service.requests == []


def test_a_link_to_itself_is_replaced_by_the_results(desk: Desk) -> None:
    (desk.folder / "loop.csv").symlink_to("loop.csv")
    ended = desk("run", desk.sheet("week.csv", row()), "--results", "loop.csv")
    assert ended.code == 0
    assert "accepted" in (desk.folder / "loop.csv").read_text(encoding="utf-8-sig")


def test_results_that_can_not_be_replaced_go_beside_them(desk: Desk, service: StandIn) -> None:
    taken = desk.folder / "week.results.xlsx"
    taken.write_bytes(b"open in Excel")
    taken.chmod(stat.S_IRUSR)
    ended = desk("run", desk.sheet("week.csv", row()))
    assert ended.code == 0
    assert taken.read_bytes() == b"open in Excel"
    assert "week.results (2).xlsx" in ended.out
    assert desk.statuses("week.results (2).xlsx") == ["accepted"]


# One workbook for several sheets


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "/dev/null", "results.ods", "results.TXT"])
def test_a_place_that_takes_no_results_is_refused_first(
    desk: Desk, service: StandIn, name: str
) -> None:
    ended = desk("run", desk.sheet("week.csv", row()), "--results", name, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "give --results" in ended.err
    assert service.requests == []


@pytest.mark.skipif(os.name == "nt", reason="a folder that is in use stays there")
def test_a_current_folder_that_is_gone_takes_no_results(desk: Desk, service: StandIn) -> None:
    sheet = (desk.folder / desk.sheet("week.csv", row())).read_text(encoding="utf-8")
    gone = "mkdir gone && cd gone && rmdir ../gone && exec " + shlex.join([*COMMAND, "run", "-"])
    ended = subprocess.run(
        ["sh", "-c", gone],
        input=sheet,
        cwd=desk.folder,
        env=desk.environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 2
    assert "give --results" in ended.stderr
    assert service.requests == []


def test_a_sheet_whose_results_would_have_too_long_a_name_is_not_sent(
    desk: Desk, service: StandIn
) -> None:
    ended = desk("run", desk.sheet("x" * 250 + ".csv", row()))
    assert ended.code == 2
    assert "give --results" in ended.err
    assert service.requests == []


def test_a_slash_at_the_end_means_a_folder(desk: Desk) -> None:
    ended = desk("run", desk.sheet("week.csv", row()), "--results", "out/", "--json")
    assert ended.document["results"] == [str(Path("out", "week.results.xlsx"))]
    assert desk.statuses("out/week.results.xlsx") == ["accepted"]


def test_several_sheets_go_into_one_workbook_that_can_be_run_again(
    desk: Desk, service: StandIn
) -> None:
    """And corrected there: each row says which sheet it came from, in a column of its own."""
    refused = {"social_account_ids": account_id(9), "# owner": "Ann"}
    desk.sheet("a.xlsx", row(701) | {"1st comment": "Hi!"}, row(702) | refused)
    desk.sheet("b.csv", row(703, scheduled_at="soon") | {"First comment": "Ho!"})
    with standing_in(failing_accounts=[account_id(9)]) as stern:
        desk.uses(stern.url)
        sheets = ("a.xlsx", "b.csv")
        ended = desk("run", *sheets, "--valid-only", "--results", "all.xlsx", "--json")
        assert (ended.code, ended.document["results"]) == (3, ["all.xlsx"])
        found = desk.results("all.xlsx")
        said = [(one["# file"], one["row"], one["status"]) for one in found]
        assert said == [
            ("a.xlsx", "2", "accepted"),
            ("a.xlsx", "3", "rejected"),
            ("b.csv", "2", "invalid"),
        ]
        assert [one["first_comment"] for one in found] == ["Hi!", "", "Ho!"]
        assert [one["# owner"] for one in found] == ["", "Ann", ""]
        header, *problems = read_table(desk.folder / "all.xlsx", "Problems")
        assert {one[header.index("path")] for one in problems} == {"a.xlsx", "b.csv"}
        assert not (desk.folder / "all.xlsx").is_dir()
        assert (desk.folder / "b.problems.xlsx").is_file()

        with closing(openpyxl.load_workbook(desk.folder / "all.xlsx")) as book:
            table = book["Results"]
            table.cell(3, 5).value = account_id(8)
            table.cell(4, 6).value = at(30)
            book.save(desk.folder / "mended.xlsx")
        both = "rejected,waiting,invalid"
        again = desk("retry", "mended.xlsx", "--status", both, "--results", "c.xlsx", "--json")
        assert again.code == 0, again.err
        assert desk.statuses("c.xlsx") == ["accepted", "accepted"]
        assert [one["# file"] for one in desk.results("c.xlsx")] == ["a.xlsx", "b.csv"]
        assert sorted(stern.scheduled.values()) == [1, 1, 1]


def test_a_run_that_was_cut_off_is_resumed_into_its_one_workbook(
    desk: Desk, service: StandIn
) -> None:
    desk.sheet("a.csv", row(711))
    desk.sheet("b.csv", row(712))
    desk.uses("http://127.0.0.1:9")
    ended = desk("run", "a.csv", "b.csv", "--results", "all.xlsx", *IMPATIENT)
    assert ended.code == 6
    assert desk.statuses("all.xlsx") == ["waiting", "waiting"]
    desk.ask_ledger("UPDATE run SET service = ?", service.url)
    desk.ask_ledger("UPDATE team SET service = ?", service.url)
    desk.uses(service.url)
    assert desk("resume", "--json").document["results"] == [str(desk.folder / "all.xlsx")]
    assert desk.statuses("all.xlsx") == ["accepted", "accepted"]

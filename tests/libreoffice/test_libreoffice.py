"""LibreOffice opens what the program writes, saves it again, and it is read back equal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from batch_scheduler.model import Sheet
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet

PACKAGES = Path(__file__).resolve().parents[2]
SAMPLES = PACKAGES / "sample_sheets"
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
FORMATS = {"xlsx": "xlsx", "ods": "ods", "xls": "xls"}
WRITTEN = (
    "launch_week.xlsx",
    "with_mistakes.xlsx",
    "launch_week.results.xlsx",
    "with_mistakes.problems.xlsx",
    "evening.problems.xlsx",
)

pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="no LibreOffice: apt-get install libreoffice-calc"
)


class Office:
    """The folders where LibreOffice saved what the program wrote, one for each format."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = folder / "written"
        self.written.mkdir()
        for name in ("launch_week.xlsx", "with_mistakes.xlsx"):
            shutil.copy(SAMPLES / name, self.written)
        evening = (SAMPLES / "evening_posts.csv").read_text(encoding="utf-8")
        changed = evening.replace("acc00000", "@cc00000", 1).replace("Tuesday", "=1+1")
        (self.written / "evening.csv").write_text(changed, encoding="utf-8")
        assert self.command("run", "launch_week.xlsx", "--simulate").returncode == 0
        assert self.command("check", "with_mistakes.xlsx", "evening.csv").returncode == 4

    def command(self, *arguments: str, folder: Path | None = None) -> Any:
        """Runs `batch-scheduler …` where the files are."""
        return subprocess.run(
            [sys.executable, "-m", "batch_scheduler", *arguments],
            cwd=folder or self.written,
            env={
                **os.environ,
                "PYTHONPATH": str(PACKAGES),
                "BATCH_SCHEDULER_LEDGER": str(self.folder / "ledger.sqlite3"),
                "OCTOSPARK_TEAM_ID": "7ea00000-0000-4000-8000-000000000001",
            },
            capture_output=True,
            check=False,
        )

    def saved(self, ending: str, what: str) -> Path:
        """The folder of all files as saved in that format, by a profile that nobody else uses."""
        target = self.folder / ending
        if not target.exists():
            profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
            save = ["--headless", "--convert-to", what, "--outdir", str(target)]
            files = [str(self.written / name) for name in WRITTEN]
            subprocess.run(
                [str(SOFFICE), profile, *save, *files], check=True, capture_output=True, timeout=180
            )
        return target


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def read(path: Path) -> Sheet:
    return read_sheet(str(path), likeness=likeness)


def cells(sheet: Sheet) -> tuple[tuple[str, ...], dict[int, list[str]]]:
    rows: Iterator[Any] = sheet.frame.itertuples()
    return sheet.header, {row: texts for row, *texts in rows}


@pytest.mark.parametrize("ending", FORMATS)
def test_what_it_saves_is_read_back_equal(office: Office, ending: str) -> None:
    folder = office.saved(ending, FORMATS[ending])
    for name in WRITTEN:
        saved = read((folder / name).with_suffix(f".{ending}"))
        original = read(office.written / name)
        assert saved.name == original.name
        assert cells(saved) == cells(original), name


def test_the_same_is_planned_from_what_it_saves(office: Office) -> None:
    def planned(folder: Path) -> Mapping[str, Any]:
        document = json.loads(
            office.command("check", *WRITTEN, "--json", "--no-marked", folder=folder).stdout
        )
        return dict(document)

    assert planned(office.saved("xlsx", "xlsx")) == planned(office.written)


def test_texts_come_through_csv(office: Office) -> None:
    folder = office.saved("csv", EVERY_SHEET)
    for name, sheet in (("launch_week.results", "Results"), ("evening.problems", "Rows")):
        saved = read(folder / f"{name}-{sheet}.csv")
        assert cells(saved) == cells(read(office.written / f"{name}.xlsx"))


def test_colours_comments_and_links_of_a_marked_copy_are_understood(office: Office) -> None:
    ours = openpyxl.load_workbook(office.written / "with_mistakes.problems.xlsx")
    theirs = openpyxl.load_workbook(office.saved("xlsx", "xlsx") / "with_mistakes.problems.xlsx")
    assert theirs.sheetnames == ours.sheetnames == ["Problems", "Posts"]
    assert theirs.active.title == "Problems"
    marked = [cell for row in ours["Posts"] for cell in row if cell.comment]
    assert len(marked) > 10
    for cell in marked:
        twin = theirs["Posts"][cell.coordinate]
        assert twin.fill.fgColor.value[2:] == cell.fill.fgColor.value[2:]
        assert twin.comment.text == cell.comment.text
    assert links(theirs["Problems"]) == links(ours["Problems"])


def links(front: Any) -> list[str]:
    """Without the quotes that a plain name does not need."""
    found = [cell.hyperlink.location for cell in front["C"] if cell.hyperlink]
    assert len(found) > 10
    return [link.replace("'", "") for link in found]

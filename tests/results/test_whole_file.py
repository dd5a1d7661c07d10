"""The results are written whole or not at all, and never lost for want of a name."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from batch_scheduler.errors import LedgerError, UsageError
from batch_scheduler.model import RESULT_COLUMNS
from batch_scheduler.results import Report, Summary, write_report
from batch_scheduler.results.whole_file import write_whole

Cells = Sequence[str | int | None]
ENDINGS = pytest.mark.parametrize("ending", ["xlsx", "csv"])


def report(rows: int = 3, fails_at: int | None = None) -> Report:
    def all_rows() -> Iterator[Cells]:
        for number in range(rows):
            if number == fails_at:
                raise LedgerError("the ledger went away")
            yield [f"{name} {number}" for name in RESULT_COLUMNS]

    return Report(RESULT_COLUMNS, all_rows, Summary((), {"accepted": rows}))


@ENDINGS
def test_a_report_is_written_where_it_was_asked_for(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "new folder" / f"week.results.{ending}"
    assert write_report(report(), path) == path
    assert path.stat().st_size > 0
    assert list(path.parent.iterdir()) == [path]


@ENDINGS
def test_rows_that_fail_half_way_leave_the_old_file_and_nothing_else(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"week.{ending}"
    write_report(report(), path)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="went away"):
        write_report(report(rows=5_000, fails_at=4_000), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@ENDINGS
def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"week.{ending}"
    path.write_bytes(b"old")
    seen = []

    def rows() -> Iterator[Cells]:
        for number in range(2_000):
            seen.append(path.read_bytes())
            yield [f"{name} {number}" for name in RESULT_COLUMNS]

    write_report(Report(RESULT_COLUMNS, rows, Summary((), {"accepted": 2_000})), path)
    assert set(seen) == {b"old"}
    assert path.read_bytes() != b"old"


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from batch_scheduler.errors import UsageError
from batch_scheduler.results import Report, Summary, write_report

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
row = [str(number ** 40) for number in range(2, 16)]
columns = tuple(f"column {number}" for number in range(14))
report = Report(columns, lambda: iter([row] * 20_000), Summary((), {"accepted": 20_000}))
try:
    write_report(report, Path(sys.argv[1]))
except UsageError as error:
    print(error.message, error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes to fill the disk with")
@ENDINGS
def test_a_full_disk_leaves_the_old_file_and_says_what_to_do(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"week.{ending}"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, str(path)],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    assert "can't be written" in done.stdout
    assert "show RUN --results" in done.stdout
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@ENDINGS
def test_a_read_only_file_is_kept_and_the_name_beside_it_is_said(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"week.results.{ending}"
    path.write_bytes(b"mine")
    path.chmod(stat.S_IRUSR)
    try:
        assert write_report(report(), path) == tmp_path / f"week.results (2).{ending}"
        assert write_report(report(), path) == tmp_path / f"week.results (3).{ending}"
        assert path.read_bytes() == b"mine"
    finally:
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_a_file_that_is_open_in_excel_is_written_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "week.xlsx"
    path.write_bytes(b"open")
    replace = Path.replace

    def as_windows_does(draft: Path, target: Path) -> Path:
        if target == path:
            raise PermissionError(13, "The process cannot access the file")
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", as_windows_does)
    assert write_report(report(), path) == tmp_path / "week (2).xlsx"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["week (2).xlsx", "week.xlsx"]


def test_a_folder_that_refuses_is_said_with_a_remedy(tmp_path: Path) -> None:
    def refuse(draft: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(UsageError, match="Permission denied") as caught:
        write_whole(tmp_path / "week.xlsx", refuse)
    assert "--results" in caught.value.hint


def test_what_is_not_a_file_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a file"):
        write_report(report(), tmp_path)


def test_a_draft_of_a_run_that_crashed_is_not_taken_for_results(tmp_path: Path) -> None:
    drafts: list[Path] = []

    def note(draft: Path) -> None:
        drafts.append(draft)
        draft.write_bytes(b"new")

    write_whole(tmp_path / "week.xlsx", note)
    assert drafts[0].parent == tmp_path
    assert drafts[0].name.startswith(".")
    assert drafts[0].suffix not in {".xlsx", ".csv"}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_private_file_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_report(report(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a right there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    real = tmp_path / "share" / "week.csv"
    real.write_bytes(b"old")
    link = tmp_path / "week.csv"
    link.symlink_to(real)
    write_report(report(), link)
    assert link.is_symlink()
    assert b"scheduled_at" in real.read_bytes()

"""Large sheets are checked in the time and the memory that reading them takes others."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import bench_yardsticks
import pytest
from bench_child import LONG, PROGRAM, Spent, spent
from bench_sheets import wide_rows, write_csv, write_xlsx

Say = Callable[[str], None]

XLSX_ROWS = 100_000
MANY_ROWS = 1_000_000
YARDSTICK_ROWS = XLSX_ROWS if LONG else XLSX_ROWS // 20


def check(sheet: Path, rows: int) -> Spent:
    took = spent([*PROGRAM, "check", sheet.name, "--json"], sheet.parent)
    found = json.loads(took.out)
    assert (found["valid"], found["rows"], found["calls"]) == (True, rows, rows)
    return took


def yardstick(name: str, path: Path) -> Spent:
    return spent([sys.executable, bench_yardsticks.__file__, name, str(path)], path.parent)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Spent:
    """The cheaper of two checks of a large XLSX."""
    sheet = tmp_path_factory.mktemp("xlsx") / "sheet.xlsx"
    write_xlsx(sheet, wide_rows(XLSX_ROWS))
    return min((check(sheet, XLSX_ROWS) for _ in range(2)), key=lambda took: took.cpu)


def test_xlsx_is_checked_in_an_eighth_of_the_cpu_that_pandas_reads_it_in(
    tmp_path: Path, say: Say, checked: Spent
) -> None:
    sheet = tmp_path / "theirs.xlsx"
    write_xlsx(sheet, wide_rows(YARDSTICK_ROWS))
    took = yardstick("pandas_openpyxl", sheet)
    reading = float(took.out)
    theirs = took.cpu + reading * (XLSX_ROWS / YARDSTICK_ROWS - 1)  # imports count once
    scaled = "" if YARDSTICK_ROWS == XLSX_ROWS else f", scaled up from {YARDSTICK_ROWS:,} rows"
    say(
        f"check of {XLSX_ROWS:,} XLSX rows {checked.cpu:.2f} s of CPU, pandas with openpyxl "
        f"{theirs:.1f} s{scaled}: 1/{theirs / checked.cpu:.1f}"
    )
    assert checked.cpu <= theirs / 8


def test_xlsx_is_checked_in_little_memory(say: Say, checked: Spent) -> None:
    say(f"check of {XLSX_ROWS:,} XLSX rows: {checked.peak:.0f} MB")
    assert checked.peak < 400


@pytest.mark.skipif(not LONG, reason="takes a minute: BATCH_SCHEDULER_LONG=1")
def test_a_million_rows_of_xlsx_are_checked_in_1500_mb(tmp_path: Path, say: Say) -> None:
    sheet = tmp_path / "sheet.xlsx"
    write_xlsx(sheet, wide_rows(MANY_ROWS))
    took = check(sheet, MANY_ROWS)
    sheet.unlink()
    say(f"check of {MANY_ROWS:,} XLSX rows: {took.cpu:.1f} s of CPU, {took.peak:.0f} MB")
    assert took.peak < 1500


def test_a_million_rows_of_csv_are_checked_in_four_times_the_cpu_of_the_csv_module(
    tmp_path: Path, say: Say
) -> None:
    sheet = tmp_path / "sheet.csv"
    write_csv(sheet, wide_rows(MANY_ROWS))

    ours = check(sheet, MANY_ROWS)
    theirs = yardstick("csv_module", sheet)
    size = sheet.stat().st_size / MANY_ROWS
    sheet.unlink()
    say(
        f"check of {MANY_ROWS:,} CSV rows of {size:.0f} bytes {ours.cpu:.2f} s of CPU, the csv "
        f"module {theirs.cpu:.2f} s: × {ours.cpu / theirs.cpu:.2f}; {ours.peak:.0f} MB"
    )
    assert ours.cpu <= 4 * theirs.cpu
    assert ours.peak < 1000

"""A results sheet is written in a fraction of the CPU that openpyxl takes, in little memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import bench_yardsticks
from bench_child import LONG, Spent, spent

ROWS = 100_000
YARDSTICK_ROWS = ROWS if LONG else ROWS // 10


def write(name: str, path: Path, rows: int) -> Spent:
    command = [sys.executable, bench_yardsticks.__file__, name, str(path), str(rows)]
    return spent(command, path.parent)


def test_results_are_written_in_an_eighth_of_the_cpu_of_openpyxl(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    ours = write("results_writer", tmp_path / "ours.xlsx", ROWS)
    theirs = write("openpyxl_write_only", tmp_path / "theirs.xlsx", YARDSTICK_ROWS)
    mine, other = float(ours.out), float(theirs.out) * ROWS / YARDSTICK_ROWS
    scaled = "" if YARDSTICK_ROWS == ROWS else f", scaled up from {YARDSTICK_ROWS:,} rows"
    say(
        f"{ROWS:,} results rows {mine:.2f} s of CPU, openpyxl write_only {other:.1f} s{scaled}: "
        f"1/{other / mine:.1f}; {ours.peak:.0f} MB"
    )
    assert mine <= other / 8
    assert ours.peak < 100

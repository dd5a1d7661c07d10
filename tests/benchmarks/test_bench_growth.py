"""What a run costs grows as its sheet does, in each of its stages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import bench_stages
from bench_child import LONG, PACKAGES, spent
from bench_sheets import narrow_rows, write_csv
from bench_stand_in import standing_in

ACCOUNTS = 20
ALL_SIZES = (1_000, 10_000, 100_000, 1_000_000)
SIZES = ALL_SIZES[: 4 if LONG else 3]


def stages(folder: Path, rows: int) -> dict[str, tuple[float, float]]:
    """Stage → seconds of CPU, and what the process held at the most until then, in MB."""
    home = folder / str(rows)
    home.mkdir()
    sheet = home / "sheet.csv"
    columns = ("post_id", "social_account_ids", "scheduled_at")
    write_csv(sheet, narrow_rows(rows // ACCOUNTS, ACCOUNTS), columns)
    with standing_in(home, record=False) as stand_in:
        command = [sys.executable, bench_stages.__file__, str(sheet), stand_in.url, str(home)]
        took = spent(command, home, {"PYTHONPATH": f"{PACKAGES}:{Path(__file__).parent}"})
    found: dict[str, tuple[float, float]] = json.loads(took.out)
    return found


def test_it_grows_in_a_straight_line(tmp_path: Path, say: Callable[[str], None]) -> None:
    """A row of the largest sheet costs at most half as much again as one of a tenth of it."""
    found = {rows: stages(tmp_path, rows) for rows in SIZES}
    for rows, took in found.items():
        each = ", ".join(f"{name} {cpu:.2f} s {peak:.0f} MB" for name, (cpu, peak) in took.items())
        say(f"{rows:,} rows, CPU and memory: {each}")
    *_, smaller, largest = SIZES
    for name, (cpu, _) in found[largest].items():
        slope = (cpu - found[smaller][name][0]) / (largest - smaller)
        say(f"{name}: {slope * 1e6:.1f} µs of CPU a row")
        assert slope <= 1.5 * found[smaller][name][0] / smaller + 5e-6

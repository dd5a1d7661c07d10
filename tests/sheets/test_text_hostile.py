"""What someone sends to do harm, or by mistake, ends soon, in little memory, with a clear word."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from checking import check
from text_files import HEADER, joined, row

GOOD = joined([HEADER, row()])
MEGA = 1_000_000


def wide(columns: int) -> str:
    """A header of as many."""
    return ",".join([*HEADER, *(f"# {number}" for number in range(columns - len(HEADER)))]) + "\n"


FILES: dict[str, tuple[Callable[[], str | bytes], int, str]] = {
    "large_cell": (lambda: GOOD + joined([row("x" * 5 * MEGA)]), 0, '"deliveries": 2'),
    "large_comment": (
        lambda: GOOD.replace("note", "first_comment") + joined([row("x" * 5 * MEGA)]),
        4,
        '"row": 3',
    ),
    "open_quote": (
        lambda: GOOD + joined([row()])[:-1] + '"' + joined([row("x" * 90)]) * 200_000,
        2,
        "row 3: a cell has more",
    ),
    "unknown_columns": (
        lambda: wide(16_384).replace("# ", "c") + joined([row()]),
        4,
        "unknown-column",
    ),
    "unknown_zones": (
        lambda: joined([[*HEADER, "timezone"], *([*row(), f"EST{n}"] for n in range(10_000))]),
        4,
        "unknown-timezone",
    ),
    "large_rectangle": (lambda: wide(16_000) + "x\n" * 5_000, 2, "too many cells"),
    "empty_rows_above": (lambda: ",,,,\n" * MEGA + GOOD, 0, '"rows": 1'),
    "line": (lambda: "x" * 100 * MEGA, 2, "there is a line of more than"),
    "old_letters": (lambda: b"\xe9" * 100 * MEGA, 2, "there is a line of more than"),
    "no_table": (lambda: "a line of a log\n" * 5 * MEGA, 4, "missing-column"),
}
"""How it is made, the exit code, and what is said."""


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_dealt_with_in_ten_seconds_and_a_gigabyte(
    name: str, tmp_path: Path
) -> None:
    make, code, said = FILES[name]
    content = make()
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "a.csv").write_bytes(data)
    del content, data
    checked = check(tmp_path, "a.csv")
    (tmp_path / "a.csv").unlink()
    assert checked.code == code
    assert said in checked.out + checked.err
    assert checked.is_bounded


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no such devices here")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_what_never_ends_is_not_read_to_its_end(device: str, tmp_path: Path) -> None:
    checked = check(tmp_path, device)
    assert checked.code == 2
    assert f"{device} is not a text file" in checked.err
    assert checked.is_bounded


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_read_and_one_that_nobody_writes_to_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    with subprocess.Popen(["cp", "good.csv", "pipe"], cwd=tmp_path):
        checked = check(tmp_path, "pipe")
    assert checked.document["deliveries"] == 1
    checked = check(tmp_path, "pipe")
    assert checked.code == 2
    assert "pipe is a pipe that nobody writes to" in checked.err
    assert checked.is_bounded


def test_endless_standard_input_that_is_no_table_is_left(tmp_path: Path) -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as yes:
        assert yes.stdout is not None
        checked = check(tmp_path, "-", stdin=yes.stdout.fileno())
        yes.stdout.close()
    assert checked.code == 4
    assert "missing-column" in checked.out
    assert checked.is_bounded

"""What costs nothing is there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command_line import COMMAND, Desk

HEAVY = {"pandas", "numpy", "aiohttp", "openpyxl", "xlrd"}

BARE = """
import typer
cli = typer.Typer()
@cli.command()
def run(sheet: str, fast: bool = False) -> None: "Runs."
@cli.command()
def check(sheet: str) -> None: "Checks."
cli()
"""

AND_WHAT_IS_IMPORTED = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from batch_scheduler.cli import main
main()
"""


@pytest.mark.parametrize(
    "command", [["--help"], ["run", "--help"], ["runs"], ["runs", "--json"], ["--version"]]
)
def test_nothing_heavy_is_imported_for_little(desk: Desk, command: list[str]) -> None:
    program = [sys.executable, "-c", AND_WHAT_IS_IMPORTED, *command]
    ended = subprocess.run(program, env=desk.environment, capture_output=True, text=True)
    assert ended.returncode == 0
    assert ended.stdout
    imported = {name.partition(".")[0] for name in ended.stderr.split()}
    assert "typer" in imported
    assert imported & HEAVY == set()


@pytest.mark.skipif(sys.platform == "win32", reason="no times of children there")
def test_help_costs_little_more_than_a_bare_program(desk: Desk) -> None:
    """In turns, so that what slows one slows the other; the least of several, to hear no noise."""
    programs = ([sys.executable, "-c", BARE, "--help"], [*COMMAND, "--help"])
    rounds = [[_cpu_seconds(desk, program) for program in programs] for _ in range(7)]
    bare, ours = map(min, zip(*rounds, strict=True))
    assert ours <= 1.5 * bare


def _cpu_seconds(desk: Desk, program: list[str]) -> float:
    import resource  # there is none on Windows

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(program, env=desk.environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

"""The program is there at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench_child import PROGRAM, least, spent

BARE = '''
import typer

cli = typer.Typer(add_completion=False)


@cli.command()
def one(name: str) -> None:
    """The one."""


@cli.command()
def two(name: str) -> None:
    """The other."""


cli()
'''


def test_help_takes_little_more_than_typer_itself(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    bare = tmp_path / "bare.py"
    bare.write_text(BARE)
    spent([*PROGRAM, "--help"], tmp_path)  # so that all is compiled

    ours, theirs = least(
        10,
        lambda: spent([*PROGRAM, "--help"], tmp_path).cpu,
        lambda: spent([sys.executable, str(bare), "--help"], tmp_path).cpu,
    )
    say(f"--help {ours:.3f} s of CPU, a bare Typer program {theirs:.3f} s: × {ours / theirs:.2f}")
    assert ours <= 1.5 * theirs

"""The stand-in as a process of its own: how it is started, and how it ends with its owner."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .options import Options

_PACKAGES = Path(__file__).resolve().parents[2]


class StartFailed(RuntimeError):
    """The stand-in did not come up. What it had to say is on standard error."""


@contextmanager
def running(options: Options | None = None, *, start_within: float = 20.0) -> Iterator[str]:
    """Runs the stand-in as a child process while entered; yields its base URL.

    The child ends with this process, also when that is killed. Raises StartFailed if it does not
    say its base URL within `start_within` seconds.
    """
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            __package__,
            "--parent",
            "--options",
            (options or Options()).as_json(),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": _with_packages(os.environ.get("PYTHONPATH"))},
    )
    try:
        yield _first_line(child, start_within)
    finally:
        _stop(child)


def _with_packages(path: str | None) -> str:
    """The child finds this package even if it is not installed and the folder was changed."""
    return os.pathsep.join([*filter(None, [path]), str(_PACKAGES)])


def _first_line(child: subprocess.Popen[bytes], within: float) -> str:
    assert child.stdout is not None
    lines: list[bytes] = []
    # A thread, because on Windows a pipe can't be waited for with a timeout.
    reader = threading.Thread(target=lambda out: lines.append(out.readline()), args=[child.stdout])
    reader.daemon = True
    reader.start()
    reader.join(within)
    url = lines[0].decode().strip() if lines else ""
    if not url.startswith("http://"):
        raise StartFailed(f"the stand-in did not start within {within:g} s")
    return url


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()

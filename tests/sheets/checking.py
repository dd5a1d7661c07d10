"""`batch-scheduler check`, in a process of its own, and what it took."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any, NoReturn

import batch_scheduler
from batch_scheduler.cli import main

for module in walk_packages(batch_scheduler.__path__, "batch_scheduler."):
    if not module.name.endswith("__main__"):
        import_module(module.name)  # once, and not in each of the processes
with suppress(ImportError):
    import_module("typer._adapters")

_PATIENCE = 60
_MAY_TAKE = 10.0
_MAY_HOLD = 1000.0


@dataclass(frozen=True, slots=True)
class Checked:
    """`cpu` in seconds, which other programs at work do not add to; `peak` in MB, and never too
    little: what this process holds counts too.
    """

    code: int
    out: str
    err: str
    cpu: float
    peak: float

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def issues(self, *fields: str) -> list[tuple[Any, ...]]:
        """These fields of each; severity, code, row and column, if it is not said which."""
        fields = fields or ("severity", "code", "row", "column")
        return [tuple(one[name] for name in fields) for one in self.document["issues"]]

    @property
    def errors(self) -> list[tuple[Any, ...]]:
        """Code, row and column."""
        return [one[1:] for one in self.issues() if one[0] == "error"]

    @property
    def is_bounded(self) -> bool:
        """In time and memory, and in what a person gets to see of what went wrong."""
        assert "Traceback" not in self.err
        assert self.cpu < _MAY_TAKE
        assert self.peak < _MAY_HOLD
        return True

    def refuses(self, *words: str) -> bool:
        """With a message for a person and what to do, soon and in little memory."""
        assert (self.code, self.out) == (2, ""), (self.code, self.out[:500], self.err[:2000])
        assert self.err.startswith("error: ")
        assert len(self.err.splitlines()) == 2, self.err
        return self.is_bounded and all(word in self.err for word in words)


def check(
    folder: Path, *arguments: str, stdin: int | None = None, option: str = "--json"
) -> Checked:
    """Runs `batch-scheduler check …` in a folder, to its end.

    The process is a copy of this one, so that it need not import everything anew.
    """
    with (
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given = nothing.fileno() if stdin is None else stdin
        child = os.fork()
        if child == 0:
            _become(["check", *arguments, option], folder, (given, out.fileno(), err.fileno()))
        _, status, usage = os.wait4(child, 0)
        return Checked(
            code=os.waitstatus_to_exitcode(status),
            out=_content(out),
            err=_content(err),
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss * 1024 / 1e6,
        )


def check_bytes(folder: Path, name: str, content: bytes, *options: str) -> Checked:
    """The same of a file of this name, with this in it."""
    (folder / name).write_bytes(content)
    checked = check(folder, name, *options)
    assert checked.is_bounded
    return checked


def _become(arguments: Sequence[str], folder: Path, files: Sequence[int]) -> NoReturn:
    """The command, with these files as its standard ones."""
    code = 99
    try:
        signal.alarm(_PATIENCE)
        for number, file in enumerate(files):
            os.dup2(file, number)
        sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False))
        sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), "utf-8")
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", closefd=False), "utf-8")
        os.chdir(folder)
        path = os.environ.get("PATH", "")
        os.environ.clear()
        os.environ |= {
            "HOME": str(folder),
            "PATH": path,
            "OCTOSPARK_TEAM_ID": "7ea00000-0000-4000-8000-000000000001",
        }
        sys.argv = ["batch-scheduler", *arguments]
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()

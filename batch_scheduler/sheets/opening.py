"""Files as they can be read more than once, also those that come through a pipe."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from tempfile import SpooledTemporaryFile
from threading import Thread
from typing import BinaryIO

from batch_scheduler.errors import UsageError

_MOST_BYTES = 1 << 30
_IN_MEMORY = 1 << 26
_PIECE = 1 << 20
_PATIENCE = 5.0


@contextmanager
def opened(path: str, stdin: BinaryIO | None = None) -> Iterator[BinaryIO]:
    """A file, a pipe, or standard input for "-".

    Raises OSError; UsageError for a named pipe that nobody writes to, and when one never ends.
    """
    if path == "-":
        if isinstance(stdin, Replayable):
            stdin.seek(0)
            yield stdin
            return
        if stdin is None and sys.stdin is None:
            raise UsageError("there is no standard input to read", "Name a file instead of -.")
        with Replayable(path, stdin or sys.stdin.buffer) as file:
            yield file
        return
    mode = Path(path).stat().st_mode
    with _writer_awaited(path) if stat.S_ISFIFO(mode) else Path(path).open("rb") as source:
        if stat.S_ISREG(mode):
            yield source
        else:
            with Replayable(path, source) as file:
                yield file


class Replayable(io.BufferedIOBase, BinaryIO):
    """What comes through a pipe can't be read twice: this keeps it, as far as it was read."""

    def __init__(self, path: str, source: BinaryIO) -> None:
        self._path, self._source = path, source
        self._kept = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 closed with this
        self._length = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._kept.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            self._keep(None)
        return self._kept.seek(offset, whence)

    def read(self, size: int | None = -1) -> bytes:
        at = self._kept.tell()
        self._keep(None if size is None or size < 0 else at + size)
        self._kept.seek(at)
        return self._kept.read(-1 if size is None else size)

    def close(self) -> None:
        self._kept.close()
        super().close()

    def _keep(self, end: int | None) -> None:
        """Up to there; None: all."""
        self._kept.seek(0, io.SEEK_END)
        while end is None or self._length < end:
            piece = self._source.read(_PIECE if end is None else end - self._length)
            if not piece:
                return
            self._kept.write(piece)
            self._length += len(piece)
            if self._length > _MOST_BYTES:
                raise UsageError(
                    f"{self._path}: more than {_MOST_BYTES:,} bytes came through the pipe.",
                    "Write them to a file, and name that.",
                )


def _writer_awaited(path: str) -> BinaryIO:
    """A named pipe opens only when somebody opens its other end: perhaps never."""
    outcome: Queue[BinaryIO | OSError] = Queue()

    def open_it() -> None:
        try:
            outcome.put(Path(path).open("rb"))  # noqa: SIM115 closed by whoever asked
        except OSError as error:
            outcome.put(error)

    Thread(target=open_it, daemon=True).start()
    try:
        source = outcome.get(timeout=_PATIENCE)
    except Empty:
        hint = "Start the program that writes to it, or name a file."
        raise UsageError(f"{path} is a pipe that nobody writes to.", hint) from None
    if isinstance(source, OSError):
        raise source
    return source

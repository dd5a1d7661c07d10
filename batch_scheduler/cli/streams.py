"""Standard output and standard error, where nobody takes what is written there."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TextIO


class Patient(TextIOWrapper):
    """A stream that is full, or that its reader has left, is no reason to stop a run half way.

    What can't be written any more is dropped; `lost` is why.
    """

    lost: OSError | None = None

    @classmethod
    def of(cls, stream: TextIO | None) -> TextIO:
        """Instead of `stream`; None: it was closed before the program began."""
        if stream is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            return open(nowhere, "w", encoding="utf-8", closefd=False)
        if not isinstance(stream, TextIOWrapper):
            return stream
        return cls(
            open(stream.fileno(), "wb", closefd=False),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        self.lost = error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def be_patient() -> None:
    sys.stdout, sys.stderr = Patient.of(sys.stdout), Patient.of(sys.stderr)


def lost_output() -> OSError | None:
    """Why not all of standard output was written, unless its reader wanted no more."""
    sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    return None if isinstance(lost, BrokenPipeError) else lost

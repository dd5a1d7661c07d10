"""A file's bytes, for decoding; one that is not divided into lines does not fill the memory."""

from __future__ import annotations

import io
from typing import BinaryIO

from batch_scheduler.errors import UsageError

_PIECE = 1 << 16
_LONGEST_LINE = 1 << 25


class Pieces(io.BufferedIOBase):
    """From the beginning. Reading raises UsageError in a line that never seems to end."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._unbroken = 0
        file.seek(0)

    @property
    def name(self) -> str:
        return self._path

    def readable(self) -> bool:
        return True

    def read1(self, _: int = -1) -> bytes:
        piece = self._file.read(_PIECE)
        if b"\n" in piece or b"\r" in piece:
            self._unbroken = 0
        else:
            self._unbroken += len(piece)
            if self._unbroken > _LONGEST_LINE:
                raise UsageError(
                    f"{self._path}: there is a line of more than {_LONGEST_LINE:,} bytes. That is "
                    "no table.",
                    "Check that it is the right file.",
                )
        return piece

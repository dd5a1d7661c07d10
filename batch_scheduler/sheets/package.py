"""A zip archive that may lie: about the sizes of its members, and their number."""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets.allowance import MarkupError
from batch_scheduler.sheets.markup import Readable
from batch_scheduler.sheets.refusals import protected

_MOST_BYTES = 1 << 30
_PIECE = 1 << 18
_MOST_OF_DIRECTORY = 4 << 20
_END = re.compile(rb"PK(?:\x05\x06.{8}(.{4})|\x06\x06.{36}(.{8}))", re.DOTALL)
_END_LENGTH = 65_536 + 22 + 20 + 56

DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, MarkupError, EOFError),
    *(NotImplementedError, struct.error, OverflowError),
)
"""What reading a broken archive, or broken XML in it, can raise."""


class Package:
    """The members of an archive by name: in any case, with slashes of either kind.

    What it says of sizes is not believed; what comes out is counted, over all that is read.
    """

    def __init__(self, path: str, file: BinaryIO) -> None:
        self.path = path
        _refuse_many(path, file)
        self._archive = zipfile.ZipFile(file)
        self._members = {_plain(info.filename): info for info in self._archive.infolist()}
        self._left = _MOST_BYTES

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    @contextmanager
    def open(self, name: str) -> Iterator[Readable]:
        """Raises BadZipFile if it is not there, UsageError if it has a password."""
        info = self._members.get(_plain(name))
        if info is None:
            raise zipfile.BadZipFile(f"it has no part {name[:200]!r}")
        if info.flag_bits & 1:
            raise protected(self.path)
        with self._archive.open(info) as member:
            yield _Counted(self, member)

    def count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            hint = "Split it, or save it as CSV UTF-8."
            raise UsageError(f"{self.path} unpacks to more than {_MOST_BYTES:,} bytes.", hint)


class _Counted:
    """One member as it comes out."""

    def __init__(self, package: Package, member: IO[bytes]) -> None:
        self._package, self._member = package, member

    def read(self, size: int = _PIECE, /) -> bytes:
        piece = self._member.read(size)
        self._package.count(len(piece))
        return piece


def _refuse_many(path: str, file: BinaryIO) -> None:
    """An archive's list of members is read whole: so it must not be long."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_LENGTH))
    for short, long in _END.findall(file.read()):
        if int.from_bytes(short or long, "little") > _MOST_OF_DIRECTORY and short != b"\xff" * 4:
            raise UsageError(f"{path} is an archive of too many members.", "Check the file.")
    file.seek(0)


def _plain(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lower().lstrip("/")

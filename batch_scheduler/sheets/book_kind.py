"""Which kind of workbook a file is, told by what is in it; its name is not believed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets.ods import OdsBook
from batch_scheduler.sheets.package import DAMAGES, Package
from batch_scheduler.sheets.refusals import damaged, protected
from batch_scheduler.sheets.worksheet import Book
from batch_scheduler.sheets.xls import XlsBook
from batch_scheduler.sheets.xlsx import XlsxBook

Opening = Callable[[str, BinaryIO], Book]
"""Opens a file, of this path. Raises what `package.DAMAGES` lists, and UsageError."""

_SAVE_AS = "Open it in your spreadsheet program and save it as .xlsx or as CSV UTF-8."
_STREAMS_WITHIN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04-\x10]\x00", re.DOTALL)
_PARTS = {
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
    "index/document.iwa": "an Apple Numbers, Pages or Keynote document",
    "index.zip": "an Apple Numbers, Pages or Keynote document",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
}
_STREAMS = {"WordDocument": "a Word document", "PowerPoint Document": "a PowerPoint presentation"}


def opening_of(path: str, file: BinaryIO) -> Opening | None:
    """How to open it; None: it is no workbook. Raises UsageError for what can't be read."""
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK"):
        return _of_archive(path, file)
    if start == _STREAMS_WITHIN:
        return _of_streams(path, file)
    return XlsBook if _BARE_BIFF.match(start) else None


def _of_archive(path: str, file: BinaryIO) -> Opening:
    try:
        package = Package(path, file)
        for part, what in _PARTS.items():
            if part in package:
                raise _not_a_sheet(path, what)
        if "mimetype" in package or "content.xml" in package:
            return _of_open_document(path, package)
        if "xl/workbook.xml" in package or "_rels/.rels" in package:
            return XlsxBook
    except DAMAGES as error:
        raise damaged(path, error) from None
    finally:
        file.seek(0)
    hint = "Unpack it, and name the sheets in it."
    raise UsageError(f"{path} is a zip archive, not a sheet that can be read.", hint)


def _of_open_document(path: str, package: Package) -> Opening:
    if "mimetype" in package:
        with package.open("mimetype") as part:
            name = part.read(200)
        if b"opendocument" in name and b"spreadsheet" not in name:
            raise _not_a_sheet(path, "an OpenDocument file, but no spreadsheet")
    return OdsBook


def _of_streams(path: str, file: BinaryIO) -> Opening:
    """An archive of the time before 2007: its streams are named in UTF-16."""
    content = file.read()
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise protected(path)
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        what = [what for name, what in _STREAMS.items() if name.encode("utf-16-le") in content]
        raise _not_a_sheet(
            path, what[0] if what else "damaged, or an old Office file without a workbook"
        )
    return XlsBook


def _not_a_sheet(path: str, what: str) -> UsageError:
    return UsageError(f"{path} is {what}, not a sheet that can be read.", _SAVE_AS)

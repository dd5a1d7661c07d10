"""CSV and its kin: text with a delimiter."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets.table import Likeness, Table, any_row, read_rows

# One limit for the whole process; the default of 128 KB is less than a request may hold.
csv.field_size_limit(2**31 - 1)

_DELIMITERS = ",;\t|"
_LINE_BREAK = re.compile(r"[\r\n]+\Z")
_SEP_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_MARKED = re.compile("'[=+@'-]")
_QUOTED = re.compile(r'"(?:[^"]|"")*("|\Z)')


def read_text(path: str, file: BinaryIO, likeness: Likeness = any_row) -> Sheet:
    """Raises UsageError for what is not UTF-8 or UTF-16, and for a quote that nothing closes."""
    with io.TextIOWrapper(file, encoding=_encoding(path, file), newline="") as text:
        table = Table(clean=without_apostrophes)
        try:
            delimiter, lines = _opening(path, text)
            read_rows(table, csv.reader(lines, delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise UsageError(
                f"{path}, row {table.height + 1}: a quote is not closed, or stands inside a cell "
                f"that is not quoted whole ({error}).",
                'Put quotes around the whole cell and write a quote inside it twice: "say ""hi""".',
            ) from None
        except UnicodeError:
            raise UsageError(
                f"{path}, after row {table.height}: this is not UTF-8 text.",
                'Save it as "CSV UTF-8" or as .xlsx.',
            ) from None
        return table.sheet(path, None, likeness=likeness)


def without_apostrophes(cells: Sequence[str]) -> Sequence[str]:
    """Spreadsheets show '=1 for text that must not become a formula: take that mark off."""
    if "'" not in "".join(cells):  # so for nearly all, and found out in a tenth of the time
        return cells
    return [text[1:] if _MARKED.match(text) else text for text in cells]


def _encoding(path: str, file: BinaryIO) -> str:
    start = file.read(65_536)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:
        raise UsageError(f"{path} is not a text file.", 'Save it as "CSV UTF-8" or as .xlsx.')
    return "utf-8-sig"


def _opening(path: str, text: io.TextIOWrapper) -> tuple[str, Iterator[str]]:
    """The delimiter, and the lines as the csv module is to see them.

    Excel takes a `sep=` line for itself: it is no row. Otherwise the first line that is not blank
    tells: the delimiter that it has most of outside quotes, and comma before the others.
    """
    first = next(text, "")
    named = _SEP_LINE.fullmatch(_LINE_BREAK.sub("", first))
    if named:
        return named[1], text
    before = [first]
    while not before[-1].strip() and (line := next(text, None)):
        before.append(line)
    plain = _QUOTED.sub("", before[-1])
    if path.lower().endswith((".tsv", ".tab")) and "\t" in plain:
        return "\t", chain(before, text)
    return max(_DELIMITERS, key=plain.count), chain(before, text)

"""What an ODS writes as programs write it, by patterns: where its worksheets are, and their rows.

Nothing is skipped that a pattern does not know: the XML parser gets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import NamedTuple, Protocol

from batch_scheduler.sheets.allowance import Allowance, MarkupError
from batch_scheduler.sheets.markup import Readable
from batch_scheduler.sheets.xml_pieces import LONGEST, Unusual

_PIECE = 1 << 18
_MOST_BYTES = 1 << 28
_MOST_TAGS = 100_000
_MANY = 256
_ATTRIBUTES = rb"""((?:[^<>"'/]++|"[^"<]*+"|'[^'<]*+'|/(?!>))*+)"""
_TAG = re.compile(rb"<(?:[\w.-]{1,40}:)?(style|table-properties|table)(?=[\s/>])" + _ATTRIBUTES)
_HEAD = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=["']1.0["'](?: encoding=["']utf-8["'])?"""
    rb"""(?: standalone=["']\w+["'])?\s*\?>)?\s*<[\w:]""",
    re.IGNORECASE,
)
_ROW_END = b"</table:table-row>"
_STYLE = rb'(?: table:style-name="[^"<>]*")?+'
_CELL = re.compile(
    rb"<table:table-cell" + _STYLE + rb"(?:/>|"
    rb' office:value-type="(string|float|date)"(?: office:(?:date-)?value="([^"<>&]*)")?+'
    rb'(?: calcext:value-type="\w+")?+>'
    rb"<text:p>([^<&\x00-\x08\x0b-\x1f]*)</text:p></table:table-cell>)"
)
_ROW = re.compile(rb"\s*<table:table-row" + _STYLE + rb">")


def tags_of_tables(part: Readable) -> tuple[bytes, list[int]]:
    """XML of the tags alone that tell which worksheets there are, and where each of these begins.

    Raises Unusual where it is not UTF-8, or has what could hide a tag or look like one;
    MarkupError for too much of it.
    """
    allowed = Allowance(_MOST_TAGS, "worksheets and styles")
    tags: list[bytes] = []
    offsets: list[int] = []
    done = 0
    for text in _whole_tags(part):
        for match in _TAG.finditer(text):
            allowed.take(1)
            tags.append(b"<%b%b/>" % (match[1], match[2]))
            if match[1] == b"table":
                offsets.append(done + match.start())
        done += len(text)
    return b"<r>" + b"".join(tags) + b"</r>", offsets


def _whole_tags(part: Readable) -> Iterator[bytes]:
    """All of it, in pieces that end where a tag begins."""
    text = part.read(_PIECE)
    head = _HEAD.match(text)
    if not head:
        raise Unusual
    begin, size = head.end() - 2, 0
    while piece := part.read(_PIECE):
        size += len(piece)
        if size > _MOST_BYTES:
            raise MarkupError("its XML is larger than that of any table")
        cut = text.rfind(b"<")
        _refuse_hiding(text, begin)
        if len(text) - cut > LONGEST:
            raise Unusual
        yield text[:cut]
        text, begin = text[cut:] + piece, 0
    _refuse_hiding(text, begin)
    yield text


def _refuse_hiding(text: bytes, begin: int) -> None:
    """A comment, say, can have what looks like a tag. Raises Unusual."""
    if b"<!" in text or text.find(b"<?", begin) >= 0:
        raise Unusual


class Row(NamedTuple):
    """Columns count from 1; kinds and values as ODS has them, beside what each cell shows."""

    columns: Sequence[int]
    kinds: Sequence[bytes]
    values: Sequence[bytes | None]
    shown: Sequence[bytes]


class Rows(Protocol):
    """Takes those rows that a pattern knows."""

    @property
    def between_rows(self) -> bool: ...

    def add(self, rows: Sequence[Row]) -> None: ...


class WithoutUsualRows:
    """A part from an offset on, without the rows that `rows` has taken: what is left to parse."""

    def __init__(self, part: Readable, offset: int, rows: Rows) -> None:
        self._part, self._rows = part, rows
        self._text, self._at, self._searched = b"<r>", 0, 0
        while offset and (piece := part.read(min(offset, _PIECE))):
            offset -= len(piece)

    def read(self, _: int = 0, /) -> bytes:
        """One row after the other, so that the parser is through with what comes before each."""
        known: list[Row] = []
        between = self._rows.between_rows
        while text := self._next():
            row = _usual(text) if between else None
            if row is None:
                break
            known.append(row)
            if len(known) >= _MANY:
                self._rows.add(known)
                known = []
        self._rows.add(known)
        return text

    def _next(self) -> bytes:
        """Up to the end of a row, if there is one soon."""
        while (end := self._text.find(_ROW_END, self._searched)) < 0:
            left = self._text[self._at :]
            piece = self._part.read(_PIECE) if len(left) < LONGEST else b""
            self._searched = max(0, len(left) - len(_ROW_END))
            self._text, self._at = left + piece, 0
            if not piece:
                self._text = b""
                return left
        begin, self._at = self._at, end + len(_ROW_END)
        self._searched = self._at
        return self._text[begin : self._at]


def _usual(text: bytes) -> Row | None:
    first, *cells = _CELL.split(text)
    if not _ROW.fullmatch(first) or b"".join(cells[3::4]) != _ROW_END:
        return None
    kinds, values, shown = cells[::4], cells[1::4], cells[2::4]
    columns: Sequence[int] = range(1, len(kinds) + 1)
    if None in kinds:  # cells without anything
        columns = [*compress(columns, kinds)]
        kinds, values, shown = ([*compress(some, kinds)] for some in (kinds, values, shown))
    return Row(columns, kinds, values, shown)

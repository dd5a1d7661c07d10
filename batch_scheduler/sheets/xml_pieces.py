"""A part of XML as it comes out of its archive, looked at by pieces and not as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batch_scheduler.sheets.markup import Readable

LONGEST = 8 << 20
"""Of what must be looked at in one piece: a row, say."""

_PIECE = 1 << 18
_DECLARED = re.compile(rb"\s*<\?xml ([^<>]*)\?>")
_PREFIXED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml [^<>]*\?>\s*)?<(\w{1,20}:)(?:worksheet|sst)\b"
)
_OTHER_ENCODING = re.compile(rb"""encoding=["'](?!utf-8["']|us-ascii["'])""", re.IGNORECASE)


class Unusual(Exception):
    """Written in another way than programs write it: then a slower reader has to look at it."""


class XmlPieces:
    """`text` is what has come out and is not taken yet."""

    def __init__(self, part: Readable) -> None:
        self._pieces: Iterator[bytes] = iter(lambda: part.read(_PIECE), b"")
        self.text = self._held = b""
        self._prefix: bytes | None = None

    def until(self, mark: bytes) -> bytes:
        """Take what comes before the mark, and the mark. Raises Unusual if that is too much."""
        while (place := self.text.find(mark)) < 0:
            self._more()
        taken, self.text = self.text[:place], self.text[place + len(mark) :]
        return taken

    def each(self, begin: bytes, end: bytes) -> Iterator[bytes]:
        """Take elements that begin so, many at a time, up to the mark `end`."""
        while (place := self.text.find(end)) < 0:
            whole = max(self.text.rfind(begin), 0)
            if whole:
                taken, self.text = self.text[:whole], self.text[whole:]
                yield taken
            self._more()
        yield self.text[:place]
        self.text = self.text[place:]

    def head(self, mark: bytes) -> bytes:
        """Take what comes before the first element that matters. Raises Unusual where it is not
        UTF-8, or has a comment or a document type, which could hide something.
        """
        head = self.until(mark).removeprefix(b"\xef\xbb\xbf")
        declared = _DECLARED.match(head)
        if b"<!" in head or (declared and _OTHER_ENCODING.search(declared[1])):
            raise Unusual
        return head

    def _more(self) -> None:
        piece = next(self._pieces, b"")
        if not piece or len(self.text) > LONGEST:
            raise Unusual
        self.text += self._without_prefix(piece)

    def _without_prefix(self, piece: bytes) -> bytes:
        """Some programs write <x:row> for <row>, and so on, all the way."""
        if self._prefix is None:
            prefixed = _PREFIXED.match(piece)
            self._prefix = prefixed[1] if prefixed else b""
        if not self._prefix:
            return piece
        piece = self._held + piece
        cut = piece.rfind(b"<", max(len(piece) - len(self._prefix) - 1, 0))
        whole = len(piece) if cut < 0 else cut
        piece, self._held = piece[:whole], piece[whole:]  # a tag whose prefix is not all there
        for begin in (b"<", b"</"):
            piece = piece.replace(begin + self._prefix, begin)
        return piece

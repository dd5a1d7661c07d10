"""XML of unknown origin, read element by element; nothing in it is fetched or expanded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from xml.parsers import expat

from batch_scheduler.errors import UsageError
from batch_scheduler.sheets.allowance import Allowance, MarkupError

Attributes = dict[str, str]
"""By their names without a prefix."""
Begin = Callable[[str, Attributes], None]
End = Callable[[str], None]
Data = Callable[[str], None]

_DEEPEST = 500
TAGS = "XML tags"
_FEW_TAGS = 400_000
"""For a part that says how a workbook is made: there can't be as many as there are cells."""
_MOST_NAMES = 1_000
_MOST_BYTES = 1 << 28
_LONGEST_TAG = 1 << 23
_PIECE = 1 << 18
_LONGEST_TEXT = 16_000_000


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Text:
    """One cell's, as it comes in parts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def add(self, part: str) -> None:
        """Raises MarkupError for more than any cell can hold."""
        self._parts.append(part)
        self._length += len(part)
        if self._length > _LONGEST_TEXT:
            raise MarkupError(f"the text of a cell is longer than {_LONGEST_TEXT:,} characters")

    def take(self) -> str:
        if not self._parts:
            return ""
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return text


class _LocalNames(dict[str, str]):
    """Names without their prefixes."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < _MOST_NAMES:
            self[name] = local
        return local


def read_markup(
    file: Readable,
    begin: Begin,
    end: End | None = None,
    data: Data | None = None,
    tags: Allowance | None = None,
    only: frozenset[str] | None = None,
) -> None:
    """Calls for each element's begin (its name without a prefix), its end, and its text.

    `tags`: how many there may be, over several calls; if it is not said, few in this one. `only`:
    elements whose begin matters.
    Raises MarkupError; what the callbacks raise comes through.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    local = _LocalNames()
    depth = 0

    def enter(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise MarkupError("its XML has too many elements inside each other")
        name = local[name]
        if only is not None and name not in only:
            return
        if attributes and ":" in "".join(attributes):
            attributes = {local[key]: text for key, text in attributes.items()}
        begin(name, attributes)

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(local[name])

    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = _refuse
    if data:
        parser.CharacterDataHandler = data
    try:
        _feed(parser, file, tags or Allowance(_FEW_TAGS, TAGS))
    except expat.ExpatError as error:
        raise MarkupError(f"its XML is broken: {error}") from None
    except UsageError:
        raise
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise MarkupError(f"its XML is broken: {error}") from None


def require_tags(file: Readable, tags: Allowance) -> None:
    """Only counts them, which costs little, before any is read.

    Raises MarkupError where there are more than `tags` allows.
    """
    size = count = 0
    while size <= _MOST_BYTES and (piece := file.read(_PIECE)):
        size += len(piece)
        count += _tags_in(piece)
        tags.require(count)


def _tags_in(piece: bytes) -> int:
    return piece.count(b"<") + piece.count(b"/>")


def _feed(parser: expat.XMLParserType, file: Readable, tags: Allowance) -> None:
    size = 0
    while piece := file.read(_PIECE):
        size += len(piece)
        tags.take(_tags_in(piece))
        parser.Parse(piece, False)
        if size > _MOST_BYTES or size - parser.CurrentByteIndex > _LONGEST_TAG:
            raise MarkupError("its XML is larger than that of any table")
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise MarkupError("its XML has a document type")

"""XML of unknown origin, read element by element; nothing in it is fetched or expanded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from xml.parsers import expat

from batch_scheduler.errors import UsageError

Attributes = dict[str, str]
"""By their names without a prefix."""
Begin = Callable[[str, Attributes], None]
End = Callable[[str], None]
Data = Callable[[str], None]

_DEEPEST = 500
_MOST_ELEMENTS = 20_000_000
_LONGEST_TEXT = 16_000_000


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class MarkupError(Exception):
    """It is not XML, or has what could make little of it much, or hide what it says."""


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
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return text


def read_markup(
    file: Readable, begin: Begin, end: End | None = None, data: Data | None = None
) -> None:
    """Calls for each element's begin (its name without a prefix), its end, and its text.

    Raises MarkupError; what the callbacks raise comes through.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = elements = 0

    def enter(name: str, attributes: Attributes) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > _DEEPEST or elements > _MOST_ELEMENTS:
            raise MarkupError("its XML has too many elements, or too many inside each other")
        if any(":" in key for key in attributes):
            attributes = {key.rpartition(":")[2]: text for key, text in attributes.items()}
        begin(name.rpartition(":")[2], attributes)

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name.rpartition(":")[2])

    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = _refuse
    if data:
        parser.CharacterDataHandler = data
    try:
        parser.ParseFile(file)
    except expat.ExpatError as error:
        raise MarkupError(f"its XML is broken: {error}") from None
    except UsageError:
        raise
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise MarkupError(f"its XML is broken: {error}") from None


def _refuse(*_: object) -> None:
    raise MarkupError("its XML has a document type")

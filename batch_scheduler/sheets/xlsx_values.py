"""What the cells of an XLSX workbook refer to: its texts, and how its styles show numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from batch_scheduler.sheets.allowance import Allowance
from batch_scheduler.sheets.markup import Attributes, Readable, Text, read_markup
from batch_scheduler.sheets.number_format import BUILTIN, Shown, shown
from batch_scheduler.sheets.serial import number_text
from batch_scheduler.sheets.xlsx_text import SIMPLE, decoded, unescaped, without_formats
from batch_scheduler.sheets.xml_pieces import Unusual, XmlPieces

_MOST_STRINGS = 5_000_000
BOOLEANS = {b"1": "true", b"0": "false", b"true": "true", b"false": "false"}

_STRING = re.compile(rb"<si>(?:" + SIMPLE + rb"|((?:[^<]|<(?!/?si>))*+))</si>|<si/>")


@dataclass(slots=True)
class Values:
    """Each different number, with its style, becomes a text once."""

    strings: Sequence[str] = ()
    styles: Sequence[Shown] = ()
    from_1904: bool = False
    _numbers: dict[tuple[bytes, bytes | None], str] = field(default_factory=dict)

    def number(self, text: bytes, style: bytes | None) -> str:
        """`text` as it stands in the cell; "" stays ""."""
        known = self._numbers.get((text, style))
        if known is None:
            place = int(style or 0)
            how = self.styles[place] if place < len(self.styles) else Shown.NUMBER
            known = number_text(text.decode(errors="replace"), how, self.from_1904)
            self._numbers[text, style] = known
        return known


def read_strings(part: Readable) -> list[str]:
    """The shared strings, if they are written as programs write them. Raises Unusual."""
    strings: list[str] = []
    allowed = Allowance(_MOST_STRINGS, "texts")
    pieces = XmlPieces(part)
    pieces.head(b"<sst")
    if not pieces.until(b">").endswith(b"/"):
        for text in pieces.each(b"<si", b"</sst>"):
            allowed.take(text.count(b"<si"))
            strings += _strings(text)
    return strings


def _strings(text: bytes) -> list[str]:
    parts = _STRING.split(text)
    if b"".join(parts[::3]).strip():
        raise Unusual
    simple, formatted = parts[1::3], parts[2::3]
    if any(formatted):
        simple = [
            without_formats(inner) if inner else one or b""
            for one, inner in zip(simple, formatted, strict=True)
        ]
    elif None in simple:
        simple = [one or b"" for one in simple]
    return decoded(simple)


def read_any_strings(part: Readable, tags: Allowance) -> list[str]:
    """The same, however they are written. Raises MarkupError."""
    strings: list[str] = []
    text = Text()
    within: list[str] = []

    def begin(name: str, _: Attributes) -> None:
        within.append(name)

    def end(name: str) -> None:
        within.pop()
        if name == "si":
            strings.append(unescaped(text.take()))

    def data(some: str) -> None:
        if within[-1] == "t" and "rPh" not in within:
            text.add(some)

    read_markup(part, begin, end, data, tags)
    return strings


def read_styles(part: Readable) -> list[Shown]:
    """How each of the cells' formats shows a number. Raises MarkupError."""
    codes: dict[str, str] = {}
    formats: list[str] = []
    within: list[str] = []

    def begin(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and within[-1:] == ["cellXfs"]:
            formats.append(attributes.get("numFmtId", ""))
        within.append(name)

    def end(_: str) -> None:
        within.pop()

    read_markup(part, begin, end)
    return [shown(codes[one]) if one in codes else _builtin(one) for one in formats]


def _builtin(number: str) -> Shown:
    return BUILTIN.get(int(number), Shown.NUMBER) if number.isdecimal() else Shown.NUMBER

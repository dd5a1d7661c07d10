"""Texts as XLSX writes them: escaped for XML, then once more for what XML has no place for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batch_scheduler.sheets.xml_pieces import Unusual

SIMPLE = rb'<t(?: xml:space="preserve")?>([^<]*)</t>'
"""The whole of nearly every text; its group is not there in one that has formats within."""

_RUN = re.compile(rb"<t(?:\s[^<>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(rb"<rPh[\s>].*?</rPh>", re.DOTALL)
_TAGS = re.compile(rb"<[^<>]*>")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def decoded(texts: Sequence[bytes]) -> list[str]:
    """All at once, which is far quicker. Raises Unusual for what no XML is."""
    try:
        together = b"\0".join(texts).decode()
    except UnicodeDecodeError:
        raise Unusual from None
    if "\r" in together:
        together = together.replace("\r\n", "\n").replace("\r", "\n")
    found = together.split("\0") if texts else []
    if len(found) != len(texts):
        raise Unusual
    if "&" in together:
        found = [_without_entities(text) if "&" in text else text for text in found]
    if "_x" in together:
        found = [unescaped(text) for text in found]
    return found


def unescaped(text: str) -> str:
    """ "_x000D_" stands for a carriage return."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def without_formats(inner: bytes) -> bytes:
    """A text of several runs, without what tells how it is spoken. Raises Unusual."""
    if b"<!" in inner or b"<?" in inner:
        raise Unusual
    inner = _PHONETIC.sub(b"", inner)
    runs = _RUN.findall(inner)
    if b"".join(_TAGS.split(inner)).strip() != b"".join(runs).strip():
        raise Unusual
    return b"".join(runs)


def _without_entities(text: str) -> str:
    plain = _ENTITY.sub(_character, text)
    if text.count("&") != len(_ENTITY.findall(text)):
        raise Unusual
    return plain


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise Unusual
    return chr(code)

"""What a file is that is no table, told by how it begins: so that a person can be told."""

from __future__ import annotations

import re

_MAGICS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a Rich Text document"),
    (b"PAR1", "a Parquet file"),
)
_TEXTS = (
    (
        re.compile(r"<!doctype html|<html|<(?:head|body|table|meta|div|script)\b", re.I),
        "a web page",
    ),
    (
        re.compile(r"<\?mso-application|<\?xml[^>]*>\s*<\?mso-application", re.I),
        "an XML spreadsheet of Excel 2003",
    ),
    (re.compile(r"<\?xml|<[a-z][\w:-]*[\s/>]", re.I), "XML"),
    (re.compile(r'[\[{]\s*(?:["\[{\]}]|\Z)'), "JSON"),
    (re.compile(r"BEGIN:V"), "a calendar or a contact"),
)
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})
_FEW = 20


def kind_of(start: bytes) -> str | None:
    """By the first bytes, where they are surely something else than text."""
    return next((kind for magic, kind in _MAGICS if start.startswith(magic)), None)


def kind_of_text(text: str) -> str | None:
    """By the first characters, where no header or title would begin so."""
    text = text.lstrip("\ufeff \t\r\n")
    return next((kind for begins, kind in _TEXTS if begins.match(text)), None)


def is_text(start: bytes) -> bool:
    """Text in an encoding of one byte or more a letter has next to no control codes."""
    return (len(start) - len(start.translate(None, _CONTROLS))) * _FEW <= len(start)

"""Text files of every kind, made for tests."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product

HEADER = ("post_id", "social_account_ids", "scheduled_at", "note")
TIME = "2030-06-01T09:00Z"

_numbers = count(1)


def row(note: str = "", time: str = TIME) -> tuple[str, ...]:
    """No two are of one post."""
    post = f"b0570000-0000-4000-8001-{next(_numbers):012x}"
    return (post, "acc00000-0000-4000-8001-000000000001", time, note)


def joined(rows: Sequence[Sequence[str]], delimiter: str = ",", ending: str = "\n") -> str:
    """Quoted where it must be, as spreadsheet programs do."""
    return "".join(
        delimiter.join(_quoted(cell, delimiter) for cell in cells) + ending for cells in rows
    )


def _quoted(cell: str, delimiter: str) -> str:
    special = {delimiter, '"', "\r", "\n"}
    return '"' + cell.replace('"', '""') + '"' if special & {*cell} else cell


@dataclass(frozen=True, slots=True)
class File:
    """`header_row`: as the spreadsheet program shows it; three rows stand below it, then a blank
    one; the first has the `note`, the last a time that is none.
    """

    name: str
    content: bytes
    note: str
    header_row: int
    guessed: bool

    @property
    def wrong_row(self) -> int:
        return self.header_row + 4


ENCODINGS = {
    "utf8": ("utf-8", b"", "né – 🎉", False),
    "bom": ("utf-8", codecs.BOM_UTF8, "né – 🎉", False),
    "utf16le": ("utf-16-le", codecs.BOM_UTF16_LE, "né – 🎉", False),
    "utf16be": ("utf-16-be", codecs.BOM_UTF16_BE, "né – 🎉", False),
    "utf16": ("utf-16-le", b"", "né – 🎉", True),
    "utf32": ("utf-32-le", codecs.BOM_UTF32_LE, "né – 🎉", False),
    "cp1252": ("cp1252", b"", "Größe – 5 €, für Zoë", True),
    "cp1251": ("cp1251", b"", "Скидки до 50%! Приходите к нам", True),
    "mac": ("mac-roman", b"", "Déjà vu à la fête de Noël", True),
    "sjis": ("cp932", b"", "新商品のお知らせです。本日発売", True),
}
"""Codec, mark, what is written in it, whether it can only be guessed."""
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ENDINGS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
ABOVE = {
    "plain": ((), 1),
    "sep": (("sep={delimiter}",), 1),  # Excel takes that line for itself
    "titled": (("Launch week, June, July and August", "", "All times are UTC; really"), 4),
}
"""The lines above the header, and its row."""


def every_kind() -> Iterator[File]:
    """Each encoding with each delimiter, each line ending, and each thing above the header."""
    for kind in product(ENCODINGS, DELIMITERS, ENDINGS, ABOVE):
        yield _file(*kind)


def _file(encoding: str, delimiter: str, ending: str, above: str) -> File:
    codec, mark, words, guessed = ENCODINGS[encoding]
    between, end = DELIMITERS[delimiter], ENDINGS[ending]
    lines, header_row = ABOVE[above]
    note = f'{words}{end}a "second" line, with; | and\tthe rest'
    rows = [HEADER, row(note), row(words), (), row(words, "soon")]
    text = "".join(line.format(delimiter=between) + end for line in lines)
    text += joined(rows, between, end)
    name = f"{encoding}-{delimiter}-{ending}-{above}.csv"
    return File(name, mark + text.encode(codec), note, header_row, guessed)

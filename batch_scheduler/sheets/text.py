"""CSV and its kin: text with a delimiter."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Issue, Severity, Sheet
from batch_scheduler.sheets.dialect import MOST_LETTERS, Dialect, dialect_of
from batch_scheduler.sheets.encoding import NAMES, Guess, guess, of_two_bytes, stated
from batch_scheduler.sheets.kinds import is_text, kind_of_text
from batch_scheduler.sheets.pieces import Pieces
from batch_scheduler.sheets.table import TOP, Likeness, Table, TooLarge, any_row, read_rows

_SAMPLE = 1 << 18
_BLOCK = 1 << 16
_NUL, _REPLACED = "\0", "\ufffd"
_MARKED = re.compile("'[=+@'-]")
_TEXT_FORMULA = re.compile('="((?:[^"]|"")*+)"')
_SAVE_AS = 'Open it in your spreadsheet program and save it as "CSV UTF-8" or as .xlsx.'
_QUOTES = 'Put quotes around the whole cell and write a quote inside it twice: "say ""hi""".'


def read_text(path: str, file: BinaryIO, likeness: Likeness = any_row) -> Sheet:
    """Whatever its encoding; one that had to be guessed is an issue of the sheet.

    Raises UsageError for what is no table, or is damaged.
    """
    start = file.read(_BLOCK)
    found = None
    encoding = stated(start)
    if not encoding and b"\0" in start:
        if encoding := of_two_bytes(start):
            found = Guess(encoding, "")
        elif not is_text(start):
            raise UsageError(f"{path} is not a text file.", _SAVE_AS)
    text = _TextFile(path, file, encoding or "utf-8", likeness)
    sheet = text.sheet()
    if not sheet and not encoding:
        if not is_text(start):
            raise UsageError(f"{path} is not a text file.", _SAVE_AS)
        if found := guess(file):
            text = replace(text, encoding=found.encoding)
            sheet = text.sheet()
    if not sheet:
        raise text.damaged()
    return replace(sheet, issues=(_guessed(path, found), *sheet.issues)) if found else sheet


def _guessed(path: str, found: Guess) -> Issue:
    example = f": “{found.example[:60]}”" if found.example else ""
    return Issue(
        Severity.WARNING,
        "guessed-encoding",
        path,
        f"The file does not say how its letters are encoded, and it is not UTF-8. It was read as "
        f"{NAMES[found.encoding]}{example}.",
        f"If letters look wrong: {_SAVE_AS[0].lower()}{_SAVE_AS[1:]}",
    )


@dataclass(frozen=True, slots=True)
class _TextFile:
    """A file in an encoding that it may be in."""

    path: str
    file: BinaryIO
    encoding: str
    likeness: Likeness

    def sheet(self) -> Sheet | None:
        """None where some bytes are not in this encoding. Raises UsageError."""
        cleaning = _Cleaning()
        table = Table(clean=cleaning)
        try:
            dialect = self._dialect()
            with self._decoded() as text:
                rows = dialect.rows(text)
                read_rows(table, rows if dialect.table else _top(rows))
        except UnicodeError:
            return None
        except csv.Error as error:
            raise self._misquoted(table.height + 1, error) from None
        except TooLarge as large:
            raise UsageError(
                f"{self.path}, row {large.row:,}: {large}.",
                "Delete the cells far to the right or far below, or split the table.",
            ) from None
        except _Nul:
            raise UsageError(
                f"{self.path}{self._first_with(_NUL)}: there is a NUL byte, which text never has.",
                _SAVE_AS,
            ) from None
        sheet = table.sheet(self.path, None, likeness=self.likeness)
        if not cleaning.formulas:
            return sheet
        return replace(sheet, issues=(cleaning.remark(self.path),))

    def damaged(self) -> UsageError:
        name = NAMES.get(self.encoding, self.encoding.removesuffix("-sig").upper())
        place = f"{self.path}{self._first_with(_REPLACED)}"
        return UsageError(
            f"{place}: some bytes are not text in {name}, as the rest is.",
            f"Mend what is garbled there. {_SAVE_AS}",
        )

    def _dialect(self, errors: str = "strict") -> Dialect:
        with self._decoded(errors) as text:
            sample = text.read(_SAMPLE)
        if kind := kind_of_text(sample):
            raise UsageError(f"{self.path} is {kind}, not a table.", _SAVE_AS)
        return dialect_of(sample, self.path, self.likeness)

    def _decoded(self, errors: str = "strict") -> io.TextIOWrapper:
        pieces = Pieces(self.path, self.file)
        return io.TextIOWrapper(pieces, encoding=self.encoding, errors=errors, newline="")

    def _first_with(self, sign: str) -> str:
        """ ", row 7": the first row that has it."""
        dialect = self._dialect("replace")
        with self._decoded("replace") as text, suppress(csv.Error):
            for number, row in enumerate(dialect.rows(text, strict=False), 1):
                if sign in "".join(row):
                    return f", row {number:,}"
        return ""

    def _misquoted(self, row: int, error: csv.Error) -> UsageError:
        if "field limit" in str(error):
            return UsageError(
                f"{self.path}, row {row:,}: a cell has more than {MOST_LETTERS:,} letters. Perhaps "
                "a quote that opens it is never closed.",
                _QUOTES,
            )
        return UsageError(
            f"{self.path}, row {row:,}: a quote is not closed, or stands inside a cell that is not "
            f"quoted whole ({error}).",
            _QUOTES,
        )


class _Nul(Exception):
    """Somewhere in these cells."""


@dataclass(slots=True)
class _Cleaning:
    """Takes off what stands around a text to keep it a text. `formulas`: how many there were."""

    formulas: int = 0
    first: str = ""

    def __call__(self, cells: Sequence[str]) -> Sequence[str]:
        together = "".join(cells)
        if _NUL in together:
            raise _Nul
        if '="' in together:
            cells = [self._shown(text) for text in cells]
        return without_apostrophes(cells) if "'" in together else cells

    def _shown(self, text: str) -> str:
        match = _TEXT_FORMULA.fullmatch(text)
        if not match:
            return text
        self.formulas += 1
        self.first = self.first or text
        return match[1].replace('""', '"')

    def remark(self, path: str) -> Issue:
        return Issue(
            Severity.WARNING,
            "text-formula",
            path,
            f"Formulas that are nothing but a text, such as {self.first[:60]}, count as the text "
            f"that the spreadsheet program shows. Cells written so: {self.formulas:,}.",
            "Nothing, if that is right.",
        )


def without_apostrophes(cells: Sequence[str]) -> Sequence[str]:
    """Spreadsheets show '=1 for text that must not become a formula: take that mark off."""
    return [text[1:] if _MARKED.match(text) else text for text in cells]


def _top(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """What is no table at the top is none further down."""
    left = TOP
    for row in rows:
        yield row
        left -= any(map(str.strip, row))
        if not left:
            return

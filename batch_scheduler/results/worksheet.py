"""One worksheet, streamed, and the text that fits its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from rustpy_xlsxwriter import write_worksheets

from batch_scheduler.model import CUT

MAX_CHARACTERS = 32_767
"""UTF-16 units that an Excel cell holds (Excel's specifications and limits)."""


@dataclass(frozen=True, slots=True, eq=False)
class Worksheet:
    """`rows` are as long as `columns`; `options` are write_worksheets' options for one sheet."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str | int | None]]
    options: Mapping[str, Any]

    def records(self) -> Iterable[dict[str, str | int | None]]:
        """The rows as the writer takes them; of its keys it makes the header."""
        columns = [fitting(column) for column in self.columns]
        pattern = "%s" * len(columns)
        empty = True
        for row in self.rows:
            empty = False
            # Looked at together first: nearly all fit.
            together = pattern % (*row,)
            fits = together.isascii() and len(together) <= MAX_CHARACTERS
            yield dict(zip(columns, row if fits else map(_fitted, row), strict=True))
        if empty:
            yield dict.fromkeys(columns)


def write_sheets(worksheets: Sequence[Worksheet], path: Path) -> None:
    """Write the worksheets in their order, row by row. Raises OSError.

    Text is never a formula or a link. The writer escapes what XML can't hold (_x0000_) and what
    looks like such an escape, as Excel does.
    """
    options: dict[str, Any] = {}
    for worksheet in worksheets:
        for option, value in worksheet.options.items():
            options.setdefault(option, {})[worksheet.name] = value
    sheets = [(worksheet.name, worksheet.records()) for worksheet in worksheets]
    try:
        write_worksheets(sheets, path, **options)
    except Exception:
        raise
    except BaseException as error:
        # The writer panics, beyond Exception, when it can't write its temporary files.
        if type(error).__name__ == "PanicException":
            raise OSError(f"no space in the temporary folder {gettempdir()}") from error
        raise


def _fitted(cell: str | int | None) -> str | int | None:
    return fitting(cell) if isinstance(cell, str) else cell


def fitting(text: str) -> str:
    """The text as a cell can hold it: too long, it is cut where a reader sees it.

    Half a surrogate pair, which no file can hold, is written as JSON would: \\ud83d.
    """
    if text.isascii() and len(text) <= MAX_CHARACTERS:
        return text
    text = text.encode("utf-8", "backslashreplace").decode()
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CHARACTERS:
        return text
    return units[: 2 * (MAX_CHARACTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT

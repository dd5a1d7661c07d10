"""Any table file → a Sheet of texts that knows its row numbers. No meaning in here."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets.book_kind import opening_of
from batch_scheduler.sheets.kinds import kind_of, kind_of_text
from batch_scheduler.sheets.opening import Replayable, opened
from batch_scheduler.sheets.table import Likeness, any_row
from batch_scheduler.sheets.text import read_text
from batch_scheduler.sheets.workbook import read_workbook

__all__ = ["Replayable", "read_sheet"]

_NAMED_WORKBOOK = (".xlsx", ".xlsm", ".xls", ".ods")
_SAVE_AS = "Open it in your spreadsheet program and save it as .xlsx or as CSV UTF-8."


def read_sheet(
    path: str,
    stdin: BinaryIO | None = None,
    likeness: Likeness = any_row,
    worksheet: str | None = None,
) -> Sheet:
    """Read one file, told apart by what is in it; "-" is standard input, or `stdin`.

    `likeness` tells the header from the titles and notes above it, and the worksheet that is meant
    where none is named. Raises UsageError for what is missing, may not be read, or is no table.
    """
    try:
        with opened(path, stdin) as file:
            return _read_file(path, file, likeness, worksheet)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.", "Check the name.") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder.", "Name the sheets in it one by one.") from None
    except PermissionError:
        if Path(path).is_dir():  # what Windows says of a folder
            raise UsageError(f"{path} is a folder.", "Name the sheets in it one by one.") from None
        hint = "Close it in other programs, or change its permissions."
        raise UsageError(f"{path}: no permission to read it.", hint) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}", "Check the name and the disk.") from None


def _read_file(path: str, file: BinaryIO, likeness: Likeness, worksheet: str | None) -> Sheet:
    if opening := opening_of(path, file):
        return read_workbook(path, file, opening, likeness, worksheet)
    start = file.read(512)
    kind = kind_of(start)
    if Path(path).suffix.lower() in _NAMED_WORKBOOK:
        kind = kind or kind_of_text(start.decode("latin-1"))
    if kind:
        raise UsageError(f"{path} is {kind}, not a sheet that can be read.", _SAVE_AS)
    if worksheet is not None:
        raise UsageError(f"{path} is a text file: it has no worksheets.", "Leave --sheet out.")
    file.seek(0)
    return read_text(path, file, likeness)

"""Any table file → a Sheet of texts that knows its row numbers. No meaning in here."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.sheets.kinds import kind_of
from batch_scheduler.sheets.opening import opened
from batch_scheduler.sheets.table import Likeness, any_row
from batch_scheduler.sheets.text import read_text
from batch_scheduler.sheets.workbook import read_workbook

__all__ = ["read_sheet"]

_SAVE_AS = "Open it in your spreadsheet program and save it as .xlsx or as CSV UTF-8."


def read_sheet(path: str, stdin: BinaryIO | None = None, likeness: Likeness = any_row) -> Sheet:
    """Read one file, told apart by its first bytes; "-" is CSV on standard input.

    `likeness` tells the header from the titles and notes above it.
    Raises UsageError for what is missing, may not be read, or is no table.
    """
    try:
        with opened(path, stdin) as file:
            return _read_file(path, file, likeness)
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


def _read_file(path: str, file: BinaryIO, likeness: Likeness) -> Sheet:
    start = file.read(16)
    file.seek(0)
    if start.startswith(b"PK"):
        return read_workbook(path, file, likeness)
    if kind := kind_of(start):
        raise UsageError(f"{path} is {kind}, not a sheet that can be read.", _SAVE_AS)
    if Path(path).suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods"):
        raise UsageError(f"{path} is named like a workbook but is none.", _SAVE_AS)
    return read_text(path, file, likeness)

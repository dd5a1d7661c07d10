"""A results sheet as the sheet of what is to be tried again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from batch_scheduler.model import Sheet
from batch_scheduler.planning.columns import read_columns


def with_status(sheet: Sheet, statuses: Collection[str]) -> tuple[Sheet, Sheet] | None:
    """The rows of a results sheet that have one of these statuses, and its others.

    None if it is no such sheet.
    """
    status = read_columns(sheet.header).status
    if status is None:
        return None
    said = sheet.frame[status].str.strip().str.lower()
    again = said.isin(list(statuses))
    return replace(sheet, frame=sheet.frame[again]), replace(sheet, frame=sheet.frame[~again])

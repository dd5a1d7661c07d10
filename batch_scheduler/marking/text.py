"""Text as openpyxl may write it."""

from __future__ import annotations

import re

from batch_scheduler.results.worksheet import fitting

_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def cell_text(text: str) -> str:
    """What XML can't hold, and what looks like such an escape, is written as Excel does: _x0000_.

    Spreadsheet programs, and reading, turn it back.
    """
    if text.isascii() and text.isprintable() and "_x" not in text and len(text) < 10_000:
        return text
    return fitting(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", fitting(text)))

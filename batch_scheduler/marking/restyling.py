"""One change of style made to many cells."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any


class Restyling:
    """What a change makes of each style that cells have: worked out once for cells that agree.

    openpyxl looks through its lists of fonts, fills and so on for each part of each cell, which
    for ten thousand cells takes longer than all else.
    """

    def __init__(self, change: Callable[[Any], None]) -> None:
        self._change = change
        self._after: dict[bytes, Any] = {}

    def apply(self, cell: Any) -> None:
        """Change an openpyxl cell, of one workbook only."""
        before = cell._style.tobytes() if cell._style else b""  # None until it is asked for
        if before in self._after:
            cell._style = copy(self._after[before])
        else:
            self._change(cell)
            self._after[before] = copy(cell._style)

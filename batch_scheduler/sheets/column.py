"""A column's cells: what every kind of file is read into, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

_SAMPLE = 1 << 16
"""Different texts that a column must show before it is judged not worth sharing."""


class _Codes(dict[str, int]):
    """Texts → codes, from 0 in the order of their appearance; `texts` has them by code."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        self[text] = code = len(self.texts)
        self.texts.append(text)
        return code


class Column:
    """Equal texts are kept once, and known by their codes; so each of them is looked at once, here
    and later. Where most of them differ that is given up, and the cells are the texts themselves.
    """

    def __init__(self, blanks: int) -> None:
        self._codes: _Codes | None = _Codes()
        self._cells: Any = [self._codes[""]] * blanks if blanks else []

    @property
    def is_blank(self) -> bool:
        return self._codes is not None and not any(map(str.strip, self._codes))

    def extend(self, cells: Sequence[str]) -> None:
        codes = self._codes
        if codes is None:
            self._cells.extend(cells)
            return
        self._cells.extend(map(codes.__getitem__, cells))
        if len(codes) > _SAMPLE:
            self._stop_sharing_if_idle(codes)

    def _stop_sharing_if_idle(self, codes: _Codes) -> None:
        """Where most differ, the memory would only hold the table of texts beside them."""
        if len(codes) > len(self._cells) // 2:
            self._cells = [codes.texts[code] for code in self._cells]
            self._codes = None

    def text(self, row: int) -> str:
        cell = self._cells[row]
        return str(cell) if self._codes is None else self._codes.texts[cell]

    def repeat(self, row: int, other: int) -> None:
        """The other row has the text of this one."""
        self._cells[other] = self._cells[row]

    def close(self) -> None:
        """No cell is added any more. Takes less memory, and can be asked what follows."""
        if self._codes is not None:
            self._stop_sharing_if_idle(self._codes)
        kind = object if self._codes is None else np.int32
        self._cells = np.fromiter(self._cells, dtype=kind, count=len(self._cells))

    def blank(self, rows: np.ndarray) -> np.ndarray:
        """Which of these rows hold nothing but white space."""
        cells: np.ndarray = self._cells[rows]
        if self._codes is None:
            return _blank(cells.tolist())
        blank: np.ndarray = _blank(self._codes.texts)[cells]
        return blank

    def taken(self, rows: np.ndarray) -> ExtensionArray:
        """These rows, which follow each other downwards: texts, or categories of them."""
        start = len(self._cells) - len(rows)
        whole = len(rows) and rows[0] == start  # all but the first ones: needs no copy
        cells = self._cells[start:] if whole else np.take(self._cells, rows)
        if self._codes is None:
            return pd.array(cells, dtype="str")
        texts = pd.Index(self._codes.texts, dtype="str")
        return pd.Categorical.from_codes(cells, texts)


def _blank(texts: Sequence[str]) -> np.ndarray:
    if all(map(str.strip, texts)):
        return np.zeros(len(texts), dtype=bool)
    return np.array([not text.strip() for text in texts], dtype=bool)

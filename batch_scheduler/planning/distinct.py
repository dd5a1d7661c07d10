"""Columns by their distinct values, so that each of them is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")
U = TypeVar("U")

_BLOCK = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Distinct(Generic[T]):
    """`values[codes[i]]` is row i's value."""

    codes: np.ndarray
    values: Sequence[T]

    def map(self, parse: Callable[[T], U]) -> Distinct[U]:
        return Distinct(self.codes, [parse(value) for value in self.values])

    def at(self, row: int) -> T:
        return self.values[int(self.codes[row])]

    def array(self) -> np.ndarray:
        """One object per row."""
        values = np.empty(len(self.values), dtype=object)
        values[:] = self.values
        return np.take(values, self.codes)

    def where(self, test: Callable[[T], bool]) -> np.ndarray:
        """A mask over the rows."""
        passed = np.fromiter(map(test, self.values), dtype=bool, count=len(self.values))
        return np.take(passed, self.codes)


def distinct(texts: pd.Series[str]) -> Distinct[str]:
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return _of_categories(texts.array)
    column = texts.to_numpy(dtype=object)
    if _all_differ(column):
        return Distinct(np.arange(len(column)), column.tolist())
    codes, values = pd.factorize(column)
    return Distinct(codes, values.tolist())


def _of_categories(texts: Any) -> Distinct[str]:
    """Without those that these rows don't have."""
    there = np.zeros(len(texts.categories), dtype=bool)
    there[texts.codes] = True
    codes = (np.cumsum(there) - 1)[texts.codes]
    return Distinct(codes, texts.categories.to_numpy(dtype=object)[there].tolist())


def each(parse: Callable[[T], U]) -> Callable[[Sequence[T]], list[U]]:
    """The same for many."""
    return lambda values: [parse(value) for value in values]


def constant(value: T, rows: int) -> Distinct[T]:
    return Distinct(np.zeros(rows, dtype=np.int64), [value])


def combined(*columns: np.ndarray) -> np.ndarray:
    """One code per row, equal where all the columns are equal; from 0 in order of appearance."""
    rows = len(columns[0])
    codes, found = np.zeros(rows, dtype=np.int64), 1
    for column in columns:
        if found == rows:
            break  # all rows are told apart already
        if _all_differ(column):
            return np.arange(rows)
        each, values = pd.factorize(column)
        if len(values) > 1:
            codes, pairs = pd.factorize(codes * len(values) + each)
            found = len(pairs)
    return codes


def _all_differ(column: np.ndarray) -> bool:
    """Whether these are texts and none is there twice: then factorizing them is dear and idle."""
    if not isinstance(column[0] if len(column) else None, str):
        return False
    if len(set(column[:_BLOCK].tolist())) < min(_BLOCK, len(column)):
        return False
    # Equal texts have equal hashes: to sort numbers is cheaper than a set of texts.
    hashes = np.fromiter(map(hash, column.tolist()), dtype=np.int64, count=len(column))
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all())

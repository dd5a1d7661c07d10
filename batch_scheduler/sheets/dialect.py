"""How a text file is divided into cells: its delimiter, and what Excel and people add to that."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from batch_scheduler.sheets.table import TOP, Likeness

DELIMITERS = ",;\t|"
MOST_LETTERS = 1 << 24
"""In one cell: a quote that nothing closes must not take in all of a large file."""

# One limit for the whole process.
csv.field_size_limit(MOST_LETTERS)

_SEP_LINE = re.compile(r'"?sep=(.)"?\1*[\r\n]*', re.IGNORECASE)
_OPENS_LATE = re.compile(r' +"')
_QUOTED = re.compile(r'"(?:[^"]|"")*("|\Z)')


@dataclass(frozen=True, slots=True)
class Dialect:
    """`sep_line`: the first line only names the delimiter, and is no row: so Excel shows it, whose
    invention it is; LibreOffice shows it as row 1. `spaced`: quotes come after a space.
    `table`: some row near the top has more than one cell, or is like a header.
    """

    delimiter: str
    sep_line: bool = False
    spaced: bool = False
    table: bool = True

    def rows(self, lines: Iterable[str], strict: bool = True) -> Iterator[list[str]]:
        """Raises csv.Error for a quote that is not closed, or stands where none can."""
        lines = iter(lines)
        first = next(lines, "").lstrip("\ufeff")
        return csv.reader(
            lines if self.sep_line else chain([first], lines),
            delimiter=self.delimiter,
            skipinitialspace=self.spaced,
            strict=strict,
        )


def dialect_of(sample: str, path: str, likeness: Likeness) -> Dialect:
    """By the top of the file: the delimiter that gives the row that is most like a header.

    Where several do, by the first line that has a delimiter outside quotes: the one that it has
    most of, and comma before the others; in a .tsv the tab.
    """
    named = _SEP_LINE.fullmatch(next(_lines(sample), ""))
    if named:
        dialects = [Dialect(named[1], sep_line=True)]
    else:
        counts = _counts(sample, path)
        order = sorted(DELIMITERS, key=counts.__getitem__, reverse=True)
        dialects = [Dialect(delimiter) for delimiter in order]
    tops = [_top(sample, dialect) for dialect in dialects]
    likest = [max(map(likeness, top), default=0) for top in tops]
    best = likest.index(max(likest))
    return replace(
        dialects[best],
        spaced=_is_spaced(sample, dialects[best]),
        table=max(likest) > 0 or any(len(row) > 1 for row in tops[best]),
    )


def _counts(sample: str, path: str) -> dict[str, int]:
    plain = (_QUOTED.sub("", line) for line in islice(_lines(sample), TOP))
    line = next((one for one in plain if any(map(one.count, DELIMITERS))), "")
    counts = {delimiter: line.count(delimiter) for delimiter in DELIMITERS}
    if path.lower().endswith((".tsv", ".tab")) and counts["\t"]:
        counts["\t"] = len(line)
    return counts


def _is_spaced(sample: str, dialect: Dialect) -> bool:
    """Whether quotes come after a space, as people write lists; and none would be out of place."""
    if not any(_OPENS_LATE.match(cell) for row in _top(sample, dialect) for cell in row):
        return False
    try:
        _top(sample, replace(dialect, spaced=True), strict=True)
    except csv.Error:
        return False
    return True


def _top(sample: str, dialect: Dialect, strict: bool = False) -> list[list[str]]:
    """The first rows that are not empty."""
    rows = dialect.rows(_lines(sample), strict)
    return list(islice((row for row in rows if any(map(str.strip, row))), TOP))


def _lines(sample: str) -> Iterator[str]:
    return io.StringIO(sample.lstrip("\ufeff"), newline="")

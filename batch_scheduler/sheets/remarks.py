"""What a worksheet says beside its texts → texts where one cell stands for several, and issues."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from batch_scheduler.model import Issue, Severity, Sheet
from batch_scheduler.sheets.grid import Grid, Merged
from batch_scheduler.sheets.table import TOP, Likeness, header_place

_MOST_NAMED = 10
_MOST_LETTERS = 100


def fill_merged(grid: Grid) -> list[Merged]:
    """A merged cell's text goes into all rows that it covers, but not into other columns, nor into
    rows that are otherwise empty. Returns the merged cells of which a text went somewhere.
    """
    filled: list[Merged] = []
    left = bottom = 0
    for merged in sorted(grid.merged, key=lambda one: (one.left, one.top)):
        if merged.left != left:
            left, bottom = merged.left, 0
        place = grid.places.get(left)
        first = bisect_left(grid.numbers, max(merged.top, bottom + 1))
        last = bisect_right(grid.numbers, merged.bottom)
        bottom = max(bottom, merged.bottom)
        if place is None or last - first < 2 or grid.numbers[first] != merged.top:
            continue
        column = grid.table.columns[place]
        empty = [row for row in range(first + 1, last) if not column.text(row)]
        for row in empty:
            column.repeat(first, row)
        if empty and column.text(first):
            filled.append(merged)
    return filled


def of_two_rows(grid: Grid, filled: Sequence[Merged], likeness: Likeness) -> Likeness:
    """A header can have two rows: groups of names, and below them the names. What needs no second
    name is merged over both; then the lower one is the header.
    """
    if not filled:
        return likeness
    columns = grid.table.columns
    top = [[column.text(row) for column in columns] for row in range(len(grid.numbers[:TOP]))]
    place = header_place(top, likeness)
    bottoms = [one.bottom for one in filled if one.top == grid.numbers[place]]
    last = bisect_right(grid.numbers, max(bottoms, default=0)) - 1
    if not place < last < len(top) or likeness(top[last]) < likeness(top[place]):
        return likeness
    return lambda row: likeness(row) + ([*row] == top[last])


def remarks(grid: Grid, sheet: Sheet, filled: Iterable[Merged]) -> Iterator[Issue]:
    """Those that have a place in the sheet below its header."""
    yield from _valueless(grid, sheet)
    yield from _hidden_rows(grid, sheet)
    yield from _hidden_columns(grid, sheet)
    yield from _merged(grid, sheet, filled)


def _valueless(grid: Grid, sheet: Sheet) -> Iterator[Issue]:
    wanted = pd.Index([row for row, _ in grid.valueless], dtype="int64")
    rows = sheet.frame.index.get_indexer(wanted)
    texts = {column: sheet.frame[grid.places[column]].tolist() for _, column in grid.valueless}
    for at, (row, column) in zip(rows.tolist(), grid.valueless, strict=True):
        if at >= 0:
            yield Issue(
                Severity.ERROR,
                "formula-without-value",
                sheet.path,
                "This formula has no value: the program that wrote the file did not calculate it.",
                "Open the file in your spreadsheet program, save it there, and try again.",
                sheet.name,
                row,
                sheet.header[grid.places[column]],
                texts[column][at][:_MOST_LETTERS],
            )


def _hidden_rows(grid: Grid, sheet: Sheet) -> Iterator[Issue]:
    rows = _within(sheet.frame.index.to_numpy(), grid.hidden)
    if rows:
        yield Issue(
            Severity.WARNING,
            "hidden-rows",
            sheet.path,
            f"{_counted('row', rows)} hidden in the sheet, and counted all the same: "
            f"{_spans(rows)}.",
            "If they must not be sent, delete them.",
            sheet.name,
            rows[0],
        )


def _hidden_columns(grid: Grid, sheet: Sheet) -> Iterator[Issue]:
    header = dict(zip(grid.places, sheet.header, strict=True))
    for column in _within(np.array([*header], dtype=np.int64), grid.hidden_columns):
        if header[column]:
            yield Issue(
                Severity.WARNING,
                "hidden-column",
                sheet.path,
                f'The column "{header[column]}" is hidden in the sheet, and counted all the same.',
                "If it must not count, delete it, or let its name begin with #.",
                sheet.name,
                None,
                header[column],
            )


def _merged(grid: Grid, sheet: Sheet, filled: Iterable[Merged]) -> Iterator[Issue]:
    found: dict[int, list[Merged]] = {}
    for merged in filled:
        if merged.bottom > sheet.header_row:
            found.setdefault(merged.left, []).append(merged)
    for column, cells in found.items():
        header = sheet.header[grid.places[column]]
        yield Issue(
            Severity.WARNING,
            "merged-cells",
            sheet.path,
            f'In the column "{header}" one cell stands for several rows '
            f"({_listed(f'{one.top} to {one.bottom}' for one in cells)}): "
            "its value was taken for each of them.",
            "Check that this is meant, or take the merged cells apart.",
            sheet.name,
            cells[0].top,
            header,
        )


def _within(numbers: np.ndarray, spans: Sequence[tuple[int, int]]) -> list[int]:
    """Those of some rising numbers that lie in one of the spans, however many these are."""
    ends = np.array(spans, dtype=np.int64).reshape(-1, 2)
    opened = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.add.at(opened, np.searchsorted(numbers, ends[:, 0]), 1)
    np.add.at(opened, np.searchsorted(numbers, ends[:, 1], "right"), -1)
    within: list[int] = numbers[np.cumsum(opened)[:-1] > 0].tolist()
    return within


def _counted(noun: str, things: list[int]) -> str:
    return f"1 {noun} is" if len(things) == 1 else f"{len(things):,} {noun}s are"


def _spans(rows: list[int]) -> str:
    """ "2, 5 to 8 and 3 more"."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], row]
        else:
            spans.append([row])
    return _listed(" to ".join(map(str, span)) for span in spans)


def _listed(texts: Iterable[str]) -> str:
    known = list(texts)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return ", ".join(known[:_MOST_NAMED]) + more

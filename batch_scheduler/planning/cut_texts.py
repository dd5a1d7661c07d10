"""Texts that were too long for a cell of one of our workbooks, and end where they were cut."""

from __future__ import annotations

import numpy as np

from batch_scheduler.model import CUT
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.problem import Findings, Problem

_ANY_TEXT = ("text", "title", "first_comment")
"""Beside the columns with a dot: elsewhere what was cut is no id, time or JSON any more."""
_LONG = 16_000
"""Letters that a cut text has at least, were each of them two of those that a cell counts."""

_PROBLEM = Problem(
    "cut-text",
    "This text ends where a workbook's cell was full; the rest of it was not kept.",
    "Run the sheet that it came from, or write a shorter text here. Results as CSV, such as "
    "--results results.csv, keep texts whole.",
)


def report_cut_texts(findings: Findings, columns: Columns, sent: np.ndarray) -> None:
    """At each cell that would count, so that no half of a text is published. `sent`: a mask of
    the rows of which nothing is sent again.
    """
    if findings.sheet.name is None:
        return  # text files have cells of any size
    known = (columns.known[name] for name in _ANY_TEXT if name in columns.known)
    for column in (*known, *columns.dotted.values()):
        texts = findings.sheet.frame[column].to_numpy(dtype=object)
        long = np.flatnonzero(np.fromiter(map(len, texts), np.int64, len(texts)) > _LONG)
        cut = np.zeros(len(texts), dtype=bool)
        cut[long] = [text.endswith(CUT) for text in texts[long]]
        if cut.any():
            findings.only(column, cut & ~sent, _PROBLEM)

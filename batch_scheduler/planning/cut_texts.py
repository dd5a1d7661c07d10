"""Texts that were too long for a cell of one of our workbooks, and end where they were cut."""

from __future__ import annotations

import numpy as np

from batch_scheduler.model import CUT
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.problem import Findings, Problem

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
    for column in columns.meant:
        texts = findings.sheet.frame[column].to_numpy(dtype=object)
        cut = np.fromiter((text.endswith(CUT) for text in texts), dtype=bool, count=len(texts))
        if cut.any():
            findings.only(column, cut & ~sent, _PROBLEM)

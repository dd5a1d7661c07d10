"""The results sheet: a report written as a workbook or as CSV, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from batch_scheduler.results.report import AccountCount, Report, Summary

__all__ = ["AccountCount", "Report", "Summary", "write_report"]


def write_report(report: Report, path: Path) -> Path:
    """Write CSV if `path` ends in .csv, else XLSX. Returns where it was written.

    That is `path`, or a name beside it ("week.results (2).xlsx") if the file there can't be
    replaced: it is open in Excel on Windows, or read-only. Until the new file is complete and on
    the disk, the old one stays as it is.

    Raises UsageError if nothing can be written there: no permission, no space.
    """
    from batch_scheduler.results.delimited import write_csv
    from batch_scheduler.results.whole_file import write_whole
    from batch_scheduler.results.workbook import write_workbook

    write = write_csv if path.suffix.lower() == ".csv" else write_workbook
    return write_whole(path, lambda draft: write(report, draft))

"""What a workbook has that a copy through openpyxl does not keep."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator

from openpyxl.workbook import Workbook

_PARTS = (
    (r"xl/vbaProject\.bin", "macros"),
    (r"xl/(ctrlProps|activeX)/", "buttons and other controls"),
    (r"xl/diagrams/", "SmartArt"),
    (r"xl/embeddings/", "embedded objects"),
    (r"xl/(slicers|slicerCaches)/", "slicers"),
    (r"xl/(timelines|timelineCaches)/", "timelines"),
    (r"xl/threadedComments/", "replies to comments, which become part of the comment"),
    (r"xl/(queryTables/|connections\.xml|model/)", "connections to other data"),
    (r"xl/richData/", "pictures and data types in cells"),
    (r"xl/ink/", "ink"),
    (r"customUI/", "additions to the ribbon"),
    (r"_xmlsignatures/", "the digital signature"),
)
_SHAPES = re.compile(rb"<(?:\w+:)?(?:sp|cxnSp)[ >]")
_PICTURES = re.compile(rb"<(?:\w+:)?pic[ >]")
_CHARTS = re.compile(rb"<(?:\w+:)?chart [^>]*r:id=")
_EXTENSIONS = {
    "Conditional Formatting": "some conditional formats",
    "Data Validation": "some drop-downs and other data validation",
    "Slicer List": "slicers",
    "Sparkline Group": "sparklines",
    "Timeline": "timelines",
}
_DRAWING = re.compile(r"xl/drawings/[^/]+\.xml")


def losses(archive: zipfile.ZipFile, book: Workbook, warned: Iterable[str]) -> list[str]:
    """`book`: the archive as openpyxl loaded it; `warned`: what it warned of meanwhile."""
    names = archive.namelist()
    found = [what for part, what in _PARTS if any(re.match(part, name) for name in names)]
    found += _drawn(archive, book)
    for warning in warned:
        found += [what for name, what in _EXTENSIONS.items() if f"{name} ext" in warning]
        if "is marked as a date" in warning:
            found.append("dates that no calendar has")
        elif "part of a merged range but has a comment" in warning:
            found.append("comments inside merged cells")
    return list(dict.fromkeys(found))


def _drawn(archive: zipfile.ZipFile, book: Workbook) -> Iterator[str]:
    drawings = [archive.read(name) for name in archive.namelist() if _DRAWING.fullmatch(name)]
    if _count(_PICTURES, drawings) > sum(len(sheet._images) for sheet in book.worksheets):
        yield "pictures"
    elif not drawings and any(name.startswith("xl/media/") for name in archive.namelist()):
        yield "pictures"  # behind the cells, or in the header of the printed page
    if _count(_SHAPES, drawings):
        yield "shapes and text boxes"
    kept = sum(len(sheet._charts) for sheet in (*book.worksheets, *book.chartsheets))
    if drawn := _count(_CHARTS, drawings):
        yield "charts" if kept < drawn else "the looks of charts"


def _count(what: re.Pattern[bytes], drawings: Iterable[bytes]) -> int:
    return sum(len(what.findall(drawing)) for drawing in drawings)


def said(lost: list[str]) -> str:
    """One sentence for a person."""
    *others, last = lost
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"This copy can't keep: {listed}. Your own sheet has them as before."

"""Colours and formats of the workbook. Each status also stands there as a word, for print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rustpy_xlsxwriter import Format

from batch_scheduler.model import Severity, Status

_INK = "#1F2937"
_GREEN, _PALE_GREEN = ("#C6EFCE", "#0B5A1E"), ("#E4F5E7", "#2F6B3C")
_RED, _AMBER = ("#FFC7CE", "#9C0006"), ("#FFE699", "#7A4B00")
_PALE_AMBER, _VIOLET = ("#FFF4D1", "#7A5B00"), ("#E3D5F5", "#5B2A91")

STATUS_COLOURS = {
    Status.ACCEPTED: _GREEN,
    Status.ALREADY_ACCEPTED: _PALE_GREEN,
    Status.REJECTED: _RED,
    Status.HELD: _AMBER,
    Status.WAITING: _PALE_AMBER,
    Status.IN_DOUBT: _VIOLET,
    Status.INVALID: _RED,
}
"""Fill and ink. The statuses stand in the order in which they are shown."""

BAND = "#F3F6FA"
SEVERITY_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _AMBER}


def header() -> Format:
    return _filled(("#1F3864", "#FFFFFF")).set_bold().set_align("left").set_align("vcenter")


def cell() -> Format:
    return Format().set_align("left").set_align("top")


def count() -> Format:
    """A number that leaves zeros in the background."""
    return cell().set_num_format('#,##0;-#,##0;"-"')


def title() -> Format:
    return Format().set_bold().set_font_size(18).set_font_color("#1F3864")


def subtitle() -> Format:
    return Format().set_font_size(12).set_font_color("#4B5563")


def section() -> Format:
    line = Format().set_bold().set_font_size(12).set_font_color("#1F3864")
    return line.set_border_bottom("medium").set_border_bottom_color("#1F3864")


def label(colours: tuple[str, str] = ("#FFFFFF", "#6B7280")) -> Format:
    ruled = _ruled().set_font_color(colours[1]).set_indent(1)
    return ruled.set_background_color(colours[0])


def value() -> Format:
    return _ruled().set_font_color(_INK).set_align("left")


def _ruled() -> Format:
    hairline = Format().set_border_bottom("thin").set_border_bottom_color("#E5E7EB")
    return hairline.set_align("vcenter")


def above_zero(status: Status) -> dict[str, Any]:
    return {"type": "cell", "criteria": ">", "value": 0, "format": _filled(STATUS_COLOURS[status])}


def coloured_words(colours: dict[Any, tuple[str, str]]) -> list[dict[str, Any]]:
    """Conditional formats for a column that holds one of these words.

    No word begins with another, and comparing whole text is not offered by the writer.
    """
    return [
        {
            "type": "text",
            "criteria": "begins_with",
            "value": str(word),
            "format": _filled(pair),
        }
        for word, pair in colours.items()
    ]


def _filled(colours: tuple[str, str]) -> Format:
    return Format().set_background_color(colours[0]).set_font_color(colours[1])


def table(widths: Sequence[float]) -> dict[str, Any]:
    """A header that stays in view and filters, columns as wide as what they hold."""
    return {
        "freeze_panes": {"row": 1, "col": 0},
        "autofilter": True,
        "header_format": header(),
        "row_heights": {0: 24.0},
        "column_widths": list(widths),
        "page_setup": page(header_row=0),
    }


def page(header_row: int | None = None) -> dict[str, Any]:
    """Printed in landscape on A4, as wide as the page, the header on every page."""
    setup: dict[str, Any] = {
        "landscape": True,
        "paper_size": 9,
        "fit_to_pages": (1, 0),
        "margins": {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6},
        "footer": "&L&F · &A&RPage &P of &N",
    }
    return setup if header_row is None else {**setup, "repeat_rows": header_row}

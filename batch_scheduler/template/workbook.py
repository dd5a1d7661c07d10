"""The empty sheet as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import available_timezones

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from batch_scheduler.model import SocialAccount
from batch_scheduler.planning.directory import Directory
from batch_scheduler.template.columns import COLUMNS, PRIVACY_LEVELS, Column

ROWS = 2000
"""So many rows below the header are prepared."""
_HEAD = PatternFill("solid", fgColor="1F3864")
_WANTED = PatternFill("solid", fgColor="2E6B4F")
_HEAD_FONT = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_BOLD = Font(name="Calibri", size=11, bold=True)
_TIME = "yyyy-mm-dd hh:mm"
_DATES = ("scheduled_at", "recurrence_ends_at")


def write_template(path: Path, accounts: Sequence[SocialAccount], today: date) -> None:
    """`accounts`: for its list of them. Raises OSError."""
    book = Workbook()
    posts = book.active
    assert isinstance(posts, Worksheet)
    posts.title = "Posts"
    _head(posts)
    _explain(book.create_sheet("How to fill it in"))
    lists = _lists(book.create_sheet("Lists"), Directory(accounts))
    for place, column in enumerate(COLUMNS, 1):
        letter = get_column_letter(place)
        cells = f"{letter}2:{letter}{ROWS + 1}"
        _format(posts, place, column)
        if rule := _rule(column, lists.get(column.name), today):
            rule.add(cells)
            posts.add_data_validation(rule)
    for sheet in book.worksheets:
        _fit_to_paper(sheet)
    book.save(path)


def _fit_to_paper(sheet: Worksheet) -> None:
    """All columns on one page across, with the header on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _head(posts: Worksheet) -> None:
    for place, column in enumerate(COLUMNS, 1):
        cell = posts.cell(1, place, column.name)
        cell.font = _HEAD_FONT
        cell.fill = _HEAD if column.needed == "no" else _WANTED
        cell.alignment = Alignment(horizontal="left", vertical="center")
        cell.comment = Comment(f"{column.says}\n\nSuch as: {column.example}", "batch-scheduler")
        cell.comment.width, cell.comment.height = 320, 120
        posts.column_dimensions[get_column_letter(place)].width = column.width
    posts.row_dimensions[1].height = 24
    posts.freeze_panes = "A2"


def _format(posts: Worksheet, place: int, column: Column) -> None:
    """Cell by cell: LibreOffice takes no formats from whole columns that it did not write."""
    wrapped = column.width >= 34
    for row in range(2, ROWS + 2):
        cell = posts.cell(row, place)
        cell.number_format = _TIME if column.name in _DATES else "@"
        if column.name == "recurrence_interval_days":
            cell.number_format = "0"
        cell.alignment = Alignment(vertical="top", wrap_text=wrapped)


def _rule(column: Column, listed: str | None, today: date) -> DataValidation | None:
    if column.name in _DATES:
        first = today + timedelta(days=1)
        rule = DataValidation(
            type="date", operator="greaterThanOrEqual", formula1=f"DATE({first:%Y,%m,%d})"
        )
        rule.error = f"Write a date and a time of day, such as {first} 09:00."
    elif column.name == "recurrence_interval_days":
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2="365")
        rule.error = "Write a whole number from 1 to 365."
    elif listed:
        rule = DataValidation(type="list", formula1=listed)
        if column.name != "timezone":  # several with commas, or what the list does not know
            rule.showErrorMessage = False
            return rule
        rule.error = "Choose the place from the list, such as Europe/Berlin."
    else:
        return None
    rule.errorTitle = column.name
    rule.showErrorMessage = True
    return rule


def _lists(sheet: Worksheet, accounts: Directory) -> dict[str, str]:
    """Column name → the range that its drop-down shows."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and _is_place(zone))
    columns = {
        "social_accounts": [_label(accounts, one) for one in accounts],
        "timezone": ["UTC", *zones],
        "platform_settings.privacyLevel": list(PRIVACY_LEVELS),
    }
    ranges: dict[str, str] = {}
    for place, (name, values) in enumerate(columns.items(), 1):
        letter = get_column_letter(place)
        sheet.cell(1, place, name).font = _BOLD
        for row, value in enumerate(values, 2):
            sheet.cell(row, place, value).number_format = "@"
        sheet.column_dimensions[letter].width = 34
        if values:
            ranges[name] = f"Lists!${letter}$2:${letter}${len(values) + 1}"
    for row, one in enumerate(accounts, 2):
        about = f"{one.display_name or one.id} ({one.provider})"
        sheet.cell(row, len(columns) + 1, about)
    sheet.column_dimensions[get_column_letter(len(columns) + 1)].width = 40
    sheet.cell(1, len(columns) + 1, "about these accounts").font = _BOLD
    sheet.freeze_panes = "A2"
    return ranges


def _label(accounts: Directory, one: SocialAccount) -> str:
    """What is found by it alone; with a comma inside it would be two."""
    label = accounts.label(one)
    return one.id if "," in label or label.startswith(one.id) else label


def _is_place(zone: str) -> bool:
    """Etc/GMT+2 is two hours west of Greenwich: nobody means that."""
    return not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))


def _explain(sheet: Worksheet) -> None:
    rows = [
        ("Column", "Needed", "What to write", "Example"),
        *((one.name, one.needed, one.says, one.example) for one in COLUMNS),
    ]
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if number == 1:
                cell.font, cell.fill = _HEAD_FONT, _HEAD
    for letter, width in zip("ABCD", (32, 18, 70, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.cell(len(rows) + 2, 1, "One row is one post. Green columns are needed.")
    sheet.cell(len(rows) + 3, 1, "See what it would do: batch-scheduler check THIS_FILE")
    sheet.cell(len(rows) + 4, 1, "Send it: batch-scheduler run THIS_FILE")
    sheet.freeze_panes = "A2"

"""Makes the sample sheets anew, in this folder: python sample_sheets/make_samples.py

The ids are those that the stand-in service knows (`batch-scheduler simulate`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
EVERYONE = "PUBLIC_TO_EVERYONE"
LAUNCHED = '{"text": "Order until Sunday and shipping is on us: acme.example/launch"}'

INSTAGRAM, FACEBOOK, LINKEDIN, X, TIKTOK, YOUTUBE, THREADS, INSTAGRAM_UK = (
    f"acc00000-0000-4000-8000-00000000000{number}" for number in range(1, 9)
)
ACCOUNTS = (
    ("instagram", "@acme", INSTAGRAM, "Ana"),
    ("facebook", "acme", FACEBOOK, "Ana"),
    ("linkedin", "acme-inc", LINKEDIN, "Jonas"),
    ("x", "@acme", X, "Jonas"),
    ("tiktok", "@acme.makes", TIKTOK, "Priya"),
    ("youtube", "@acmetv", YOUTUBE, "Priya"),
    ("threads", "@acme", THREADS, "Jonas"),
    ("instagram", "@acme.uk", INSTAGRAM_UK, "Ana"),
)

POST_COLUMNS = (
    ("# campaign", 20),
    ("post_id", 39),
    ("social_account_ids", 40),
    ("scheduled_at", 22),
    ("timezone", 19),
    ("first_comment", 42),
    ("platform_settings.privacyLevel", 32),
    ("platform_settings.shareToFeed", 31),
    ("platform_settings.madeForKids", 31),
    ("note for Ana", 40),
)


def post(number: int) -> str:
    return f"b0570000-0000-4000-8000-{number:012x}"


def day(number: int, hour: int, minute: int = 0) -> datetime:
    """The launch week begins on Monday, 7 May 2035."""
    return datetime(2035, 5, number, hour, minute)


def listed(*accounts: str) -> str:
    return "\n".join(accounts)


# fmt: off
LAUNCH_WEEK: tuple[tuple[object, ...], ...] = (
    ("Teaser", post(1), listed(INSTAGRAM, FACEBOOK, X, THREADS), day(7, 9), BERLIN,
     "What could it be? Guesses below.", None, None, None, None),
    ("Countdown", post(2), f"{INSTAGRAM}, {X}", day(7, 18), BERLIN,
     None, None, None, None, "Two days to go"),
    ("Behind the scenes", post(3), TIKTOK, day(8, 12), NEW_YORK,
     None, EVERYONE, None, None, "TikTok needs the privacy level"),
    ("Behind the scenes", post(3), listed(INSTAGRAM, INSTAGRAM_UK), day(8, 12), NEW_YORK,
     None, None, True, None, None),
    ("The founders' letter", post(4), listed(LINKEDIN, FACEBOOK), day(8, 17, 30), BERLIN,
     None, None, None, None, "Approved by Mia"),
    ("Launch!", post(5), listed(INSTAGRAM, FACEBOOK, LINKEDIN, X, THREADS), day(9, 9), NEW_YORK,
     LAUNCHED, None, None, None, "The big one: same minute everywhere"),
    ("Launch!", post(5), YOUTUBE, day(9, 9), NEW_YORK,
     LAUNCHED, "public", None, False, None),
    ("Launch!", post(5), TIKTOK, day(9, 9), NEW_YORK,
     LAUNCHED, EVERYONE, None, None, None),
    ("Launch in the UK", post(6), INSTAGRAM_UK, day(9, 10), BERLIN,
     "Shipping to the UK from day one.", None, True, None, None),
    ("How it works", post(7), listed(YOUTUBE, X), day(10, 13), NEW_YORK,
     None, None, None, None, None),
    ("A customer's story", post(8), f"{LINKEDIN}, {FACEBOOK}", day(10, 10), BERLIN,
     None, None, None, None, "Photo rights are cleared"),
    ("Questions & answers", post(9), listed(INSTAGRAM, THREADS), day(11, 11), NEW_YORK,
     "Ask us anything!", None, None, None, "Ana answers until 1 pm"),
    ("Weekend offer", post(10), listed(INSTAGRAM, FACEBOOK, INSTAGRAM_UK), day(11, 18), BERLIN,
     None, None, None, None, None),
    ("In the wild", post(11), f"{TIKTOK}, {INSTAGRAM}", day(12, 10, 30), BERLIN,
     None, EVERYONE, None, None, "Best clips of the week"),
    ("Recap", post(12), listed(FACEBOOK, LINKEDIN, X, THREADS), day(13, 17), NEW_YORK,
     "Thank you, everyone.", None, None, None, None),
)

EVENING_POSTS = (
    ("post_id", "social_account_ids", "scheduled_at",
     "recurrence_interval_days", "recurrence_ends_at", "note"),
    (post(2), f"{INSTAGRAM}, {THREADS}", "2035-05-14T19:30:00+02:00", "", "", "Monday, Berlin"),
    (post(4), LINKEDIN, "2035-05-15T16:00:00Z", "", "", "Tuesday"),
    (post(7), f"{X};{FACEBOOK}", "2035-05-16T20:15:00-04:00", "", "", "Wednesday, New York"),
    (post(8), f"{INSTAGRAM};{INSTAGRAM_UK}", "2035-05-17T18:45:00Z", "", "", "Thursday"),
    (post(9), INSTAGRAM, "2035-05-18T20:00:00+02:00", "7", "2035-08-31T20:00:00+02:00",
     "Every Friday of the summer"),
    (post(12), YOUTUBE, "2035-05-20T19:00:00+01:00", "", "", "Sunday, London"),
)

MISTAKE_COLUMNS = (
    ("post_id", 39),
    ("social_account_ids", 40),
    ("scheduled_at", 24),
    ("timezone", 19),
    ("platform_settings", 34),
    ("first_coment", 22),
    ("recurrence_interval_days", 27),
    ("note: what is wrong", 58),
)
MISTAKES: tuple[tuple[object, ...], ...] = (
    (post(1), INSTAGRAM, "2035-05-07 09:00", BERLIN, None, "Hello", None,
     "The column first_coment: no such name. The row itself is good."),
    (post(2), INSTAGRAM, "2035-05-08 09:00", "EST5", None, None, None,
     "EST5 is not an IANA name"),
    (post(3), "@acme", "2035-05-08 12:00", BERLIN, None, None, None,
     "A handle where an account's id should be"),
    (post(4), LINKEDIN, "2035-05-08 10-00", BERLIN, None, None, None,
     "10-00 is not a time of day"),
    (post(5), X, "2035-02-31 09:00", BERLIN, None, None, None,
     "February has no 31st"),
    (post(6), THREADS, "2035-03-25 02:30", BERLIN, None, None, None,
     "Berlin's clocks skip from 2:00 to 3:00 that night"),
    (post(7), TIKTOK, "2035-05-09 09:00", BERLIN, '{"privacyLevel": "PUBLIC"', None, None,
     "The JSON has no closing brace"),
    (post(8), FACEBOOK, "2035-05-09 12:00", BERLIN, None, None, 400,
     "At most 365 days"),
    (post(9), YOUTUBE, "2020-05-09 18:00", BERLIN, None, None, None,
     "Long past"),
    (None, INSTAGRAM_UK, "2035-05-10 09:00", BERLIN, None, None, None,
     "No post"),
    (post(10), INSTAGRAM, "2035-05-10 12:00", None, None, None, None,
     "A local time without a zone"),
    (post(11), INSTAGRAM, "03/04/2035 09:00", BERLIN, None, None, None,
     "3 April or 4 March?"),
    (post(12), INSTAGRAM, "2099-05-10 12:00", BERLIN, None, None, None,
     "Further ahead than ten years"),
)
# fmt: on

INK, PAPER, LINE = "1F3864", "F3F6FA", Side(style="thin", color="D9DEE7")


def lay_out(sheet: Worksheet, columns: Sequence[tuple[str, int]], rows: Iterable[object]) -> None:
    """A header that stays in view and filters, text that wraps, every other row shaded."""
    sheet.append([name for name, _ in columns])
    for row in rows:
        sheet.append(row)
    for cell, (_, width) in zip(sheet[1], columns, strict=True):
        cell.font = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=INK)
        cell.alignment = Alignment(vertical="center")
        sheet.column_dimensions[cell.column_letter].width = width
    for cells in sheet.iter_rows(min_row=2):
        lines = max(_lines(cell.value, columns[cell.column - 1][1]) for cell in cells)
        sheet.row_dimensions[cells[0].row].height = 8 + 15 * lines
        for cell in cells:
            cell.alignment = Alignment(vertical="center", horizontal="left", wrap_text=True)
            cell.border = Border(bottom=LINE)
            if cell.row % 2:
                cell.fill = PatternFill("solid", fgColor=PAPER)
            if isinstance(cell.value, datetime):
                cell.number_format = "ddd d mmm yyyy hh:mm"
    sheet.row_dimensions[1].height = 26
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _lines(value: object, width: int) -> int:
    if not isinstance(value, str):
        return 1
    return sum(1 + len(line) // width for line in value.split("\n"))


def launch_week() -> Workbook:
    book = Workbook()
    posts = book.worksheets[0]
    posts.title = "Posts"
    lay_out(posts, POST_COLUMNS, LAUNCH_WEEK)
    posts.freeze_panes = "B2"
    for row in range(2, posts.max_row + 1):
        posts.cell(row, 1).font = Font(name="Calibri", size=11, bold=True, color=INK)
    zones = DataValidation("list", formula1=f'"{BERLIN},{NEW_YORK}"', allow_blank=True)
    zones.add(f"E2:E{posts.max_row}")
    posts.add_data_validation(zones)
    columns = (("provider", 14), ("handle", 18), ("id", 40), ("looked after by", 20))
    lay_out(book.create_sheet("Accounts"), columns, ACCOUNTS)
    return book


def with_mistakes() -> Workbook:
    book = Workbook()
    book.worksheets[0].title = "Posts"
    lay_out(book.worksheets[0], MISTAKE_COLUMNS, MISTAKES)
    return book


def write_samples(folder: Path) -> None:
    launch_week().save(folder / "launch_week.xlsx")
    with_mistakes().save(folder / "with_mistakes.xlsx")
    with (folder / "evening_posts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(EVENING_POSTS)


if __name__ == "__main__":
    write_samples(Path(__file__).parent)

"""Times as people write them: understood where they can mean one thing alone, and refused else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_sheets import ACCOUNT, CORE, POST, TEAM, TIME, places, sheet

from batch_scheduler.model import Issue, Severity, utc_text
from batch_scheduler.planning import Defaults, Wishes, read_wishes
from batch_scheduler.planning.characters import plain

BERLIN = "Europe/Berlin"
NINE = "2027-05-01T07:00:00Z"
"""9 in the morning of 1 May in Berlin."""


def read(
    *texts: str, zone: str | None = BERLIN, order: str | None = None, column: str = "scheduled_at"
) -> Wishes:
    """One row for each text, at its own post."""
    rows = [
        dict(zip(CORE, (f"{n:08}{POST[8:]}", ACCOUNT, TIME), strict=True))
        | {"recurrence_interval_days": "7", column: text}
        for n, text in enumerate(texts)
    ]
    one = sheet([*rows[0]], *[[*row.values()] for row in rows])
    return read_wishes([one], Defaults(TEAM, zone, order))


def instants(wishes: Wishes) -> list[str]:
    assert [issue for issue in wishes.issues if issue.severity is Severity.ERROR] == []
    return [utc_text(instant) for instant in wishes.table["instant"]]


def the_issue(wishes: Wishes) -> Issue:
    (issue,) = wishes.issues
    return issue


@pytest.mark.parametrize(
    "text",
    [
        "2027-05-01T09:00",
        "2027-05-01 9:00",
        "2027-05-01T9:00",
        "2027-05-01T09:00:00.000",
        "2027-05-01 08:59:59.9999999",
        "20270501T0900",
        "2027-05-01T05:00\u221202:00",
        "2027-05-01T09:00+0200",
        "2027-05-01 09:00 +2",
        "2027-05-01 07:00 UTC",
        "2027-05-01 09:00 GMT+2",
        "2027-05-01 09:00 UTC+02:00",
        "2027-W17-6T09:00",
        "2027-121T09:00",
        "2027-05-01, 9 a.m.",
        "2027/5/1 9:00 AM",
        "2027.05.01 09:00",
        "2027. 5. 1. 9:00",
        "2027年5月1日 9:00",
        "1 May 2027 9am",
        "1st May 2027 at 9:00",
        "May 1, 2027 09:00",
        "1-May-2027 09:00:00",
        "2027 May 1 09:00",
        "Sat, 01 May 2027 09:00:00 +0200",
        "Samstag, 1. Mai 2027 um 9 Uhr",
        "1. Mai 2027, 9.00 Uhr",
        "le 1er mai 2027 à 9h00",
        "1 de mayo de 2027 a las 9:00 a. m.",
        "1 maggio 2027 alle 9:00",
        "sáb. 1 maio 2027 às 09:00",
        "1 mei 2027 om 9:00",
        "1 maja 2027 o 9:00",
        "1. toukokuuta 2027 klo 9.00 h",
    ],
)
def test_a_time_that_can_mean_one_thing_alone_is_understood(text: str) -> None:
    wishes = read(text)
    assert instants(wishes) == [NINE]
    assert wishes.issues == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2027-05-01T24:00Z", "2027-05-02T00:00:00Z"),
        ("25/04/2027 12:00 am", "2027-04-24T22:00:00Z"),
        ("4/25/2027 12:30 pm", "2027-04-25T10:30:00Z"),
        ("25.4.2027 21:05", "2027-04-25T19:05:00Z"),
        ("2027-05-01 09:00-04:00", "2027-05-01T13:00:00Z"),
        ("2027-05-01T10:00-11:00", "2027-05-01T21:00:00Z"),
        ("05/05/2027 09:00", "2027-05-05T07:00:00Z"),
        ("Sat 03/04/2027 09:00", "2027-04-03T07:00:00Z"),
        ("Thu 03/04/2027 09:00", "2027-03-04T08:00:00Z"),
        ("1. März 2027 09:00", "2027-03-01T08:00:00Z"),
        ("01. Mrz 2027 09:00", "2027-03-01T08:00:00Z"),
        ("1. Jänner 2028 09:00", "2028-01-01T08:00:00Z"),
        ("1 déc. 2027 09:00", "2027-12-01T08:00:00Z"),
        ("30/5/2027 9:00:00 AM -05:00", "2027-05-30T14:00:00Z"),
        ("29 February 2028 09:00", "2028-02-29T08:00:00Z"),
    ],
)
def test_what_is_said_is_what_counts(text: str, at: str) -> None:
    assert instants(read(text)) == [at]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("03/04/2027 09:00", "ambiguous-date", "2027-04-03T09:00 for 3 April"),
        ("03/04/2027 09:00", "ambiguous-date", "2027-03-04T09:00 for 4 March"),
        ("03/04/2027 09:00", "ambiguous-date", "--date-order dmy"),
        ("3.4.2027 9:30 pm", "ambiguous-date", "2027-04-03T21:30 for 3 April"),
        ("03/04/2027", "ambiguous-date", "2027-04-03T09:00 for 3 April"),
        ("5/1/27 9:00", "bad-time", "four digits"),
        ("27-05-01 9:00", "bad-time", "four digits"),
        ("1-May-27 9:00", "bad-time", "four digits"),
        ("20277-05-01 09:00", "bad-time", "four digits"),
        ("0202-05-01 09:00", "bad-time", "1970"),
        ("31/04/2027 09:00", "bad-time", "2027-04-30"),
        ("2027-02-29T09:00Z", "bad-time", "no leap year"),
        ("2027-02-30T09:00Z", "bad-time", "2027-02-28"),
        ("2027-13-01T09:00Z", "bad-time", "no such date"),
        ("2027-W54-1T09:00Z", "bad-time", "week"),
        ("2027-366T09:00Z", "bad-time", "day of the year"),
        ("2027-05-01T25:00Z", "bad-time", "no such time"),
        ("2027-05-01T24:01Z", "bad-time", "no such time"),
        ("2027-05-01T09:60Z", "bad-time", "no such time"),
        ("2027-05-01 13:00 pm", "bad-time", "no such time"),
        ("2027-05-01 0:30 am", "bad-time", "no such time"),
        ("2027-05-01T23:59:60Z", "bad-time", "leap second"),
        ("2027-05-01T09:00+15:00", "bad-time", "offset"),
        ("2027-05-01T09", "bad-time", "minutes are missing"),
        ("2027-05-01 9.30", "bad-time", "9:30"),
        ("2027-05-01 10-00", "bad-time", "10:00"),
        ("10-00", "bad-time", "2027-05-01T09:00Z"),
        ("2027-05-01", "bad-time", "time of day is missing"),
        ("1 May 2027", "bad-time", "2027-05-01T09:00"),
        ("9:00", "bad-time", "date is missing"),
        ("1 May 9:00", "bad-time", "year is missing"),
        ("1.5. 9:00", "bad-time", "year is missing"),
        ("tomorrow", "bad-time", "2027-05-01T09:00Z"),
        ("next monday 9:00", "bad-time", "2027-05-01T09:00Z"),
        ("Fri 1 May 2027 09:00", "bad-time", "day of the week"),
        ("1 listopad 2027 9:00", "bad-time", "2027-05-01T09:00Z"),  # October here, November there
        ("2027-05-01 09:00 CET", "bad-time", "Europe/Berlin"),
        ("2027-05-01T09:00+02:00[Europe/Paris]", "bad-time", '"Europe/Paris" into'),
        ("2027-05-01 9:00-10:00", "bad-time", "span"),
        ("2027-05-01 10:00-11:00", "bad-time", "span"),
        ("2027-05-01 9:00 - 10:00", "bad-time", "span"),
        ("2027-05-01 09:00\u201310:00", "bad-time", "span"),
        ("46143.375", "bad-time", "2026-05-01 09:00"),
        ("46143,375", "bad-time", "2026-05-01 09:00"),
        ("46143", "bad-time", "2026-05-01"),
        ("1809162000", "bad-time", "2027-05-01T09:00:00Z"),
        ("1809162000000", "bad-time", "2027-05-01T09:00:00Z"),
        ("#N/A", "error-value", "formula"),
        ("#BEZUG!", "error-value", "formula"),
        ("", "missing-time", "missing"),
        ("\u00a0\u200b", "missing-time", "missing"),
        ("9" * 5_000_000, "bad-time", "2027-05-01T09:00Z"),
        ("le " * 100_000, "bad-time", "2027-05-01T09:00Z"),
    ],
)
def test_a_time_that_is_not_sure_is_refused_with_a_remedy(text: str, code: str, says: str) -> None:
    issue = the_issue(read(text))
    assert (issue.code, issue.row, issue.column) == (code, 2, "scheduled_at")
    assert issue.severity is Severity.ERROR
    assert says in issue.message + issue.hint
    assert len(issue.message) + len(issue.hint) < 400


@pytest.mark.parametrize("column", ["scheduled_at", "recurrence_ends_at"])
def test_the_whole_column_tells_how_dates_are_written(column: str) -> None:
    wishes = read("03/04/2028 09:00", "05/05/2028 09:00", "25/04/2028 09:00", column=column)
    assert [*places(wishes.issues)] == [("inferred-date-order", 4, column)]
    assert wishes.issues[0].severity is Severity.WARNING
    assert wishes.issues[0].value == "25/04/2028 09:00"
    if column == "scheduled_at":
        assert instants(wishes)[0] == "2028-04-03T07:00:00Z"
    else:
        assert '"recurrenceEndsAt":"2028-04-03T07:00:00Z"' in wishes.documents[1]


def test_a_column_that_contradicts_itself_is_refused() -> None:
    texts = ["03/04/2027 9:00", "25/04/2027 9:00", "04/25/2027 9:00", "05/05/2027 9:00"]
    issues = read(*texts).issues
    assert places(issues) == [("ambiguous-date", row, "scheduled_at") for row in (2, 3, 4)]
    assert all("25/04/2027" in issue.hint and "04/25/2027" in issue.hint for issue in issues)


def test_the_month_first_with_slashes_says_nothing_of_dates_with_dots() -> None:
    wishes = read("03.04.2027 9:00", "04/25/2027 9:00", "04.04.2027 9:00")
    assert places(wishes.issues) == [("ambiguous-date", 2, "scheduled_at")]
    assert "2027-04-03T09:00 for 3 April" in wishes.issues[0].hint
    assert instants(read("03.04.2027 9:00", "04.25.2027 9:00"))[0] == "2027-03-04T08:00:00Z"
    assert instants(read("03/04/2027 9:00", "25.04.2027 9:00"))[0] == "2027-04-03T07:00:00Z"


def test_nothing_is_said_where_nothing_was_decided() -> None:
    assert read("25/04/2027 09:00", "26/04/2027 09:00", "05/05/2027 09:00").issues == []


def test_each_sheet_and_each_column_tells_for_itself() -> None:
    header = [*CORE, "recurrence_interval_days", "recurrence_ends_at"]
    first = sheet(header, [POST, ACCOUNT, "25/04/2027 9:00", "7", "03/04/2028 9:00"])
    second = sheet(CORE, [POST, ACCOUNT, "03/04/2027 9:00"])
    issues = read_wishes([first, second], Defaults(TEAM, BERLIN)).issues
    assert places(issues) == [
        ("ambiguous-date", 2, "recurrence_ends_at"),
        ("ambiguous-date", 2, "scheduled_at"),
    ]


def test_what_the_user_says_comes_before_what_the_column_tells() -> None:
    wishes = read("03/04/2027 9:00", "25/04/2027 9:00", order="mdy")
    assert places(wishes.issues) == [("bad-time", 3, "scheduled_at")]
    assert "2027-04-25T09:00 for 25 April" in wishes.issues[0].hint
    assert utc_text(wishes.table["instant"].iloc[0]) == "2027-03-04T08:00:00Z"


def test_real_dates_beside_dates_that_stayed_text_may_be_swapped() -> None:
    """As when a sheet from one country is opened in another, and saved."""
    wishes = read("2027-04-03T09:00:00", "25/04/2027 09:00")
    assert places(wishes.issues) == [("swapped-date", 2, "scheduled_at")]
    assert wishes.issues[0].severity is Severity.WARNING
    assert read("2027-04-13T09:00:00", "25/04/2027 09:00").issues == []


@pytest.mark.parametrize(
    "text",
    [
        "\u00a02027-05-01 09:00",
        "2027-05-01\u202f09:00\u200b",
        "\ufeff2027-05-01T09:00\u2060",
        "\u200e2027\u201105\u201101 09:00\u200f",
        "2027\u201305\u201301 09:00",
        "20\u00ad27-05-01 09:00",
        "'2027-05-01 09:00",
        '"2027-05-01 09:00"',
        "\uff12\uff10\uff12\uff17-05-01 09:00",
        "2027-05-01 9:00\u202fAM",
    ],
)
def test_what_programs_put_in_is_taken_out_and_said(text: str) -> None:
    wishes = read(text)
    assert instants(wishes) == [NINE]
    assert places(wishes.issues) == [("mended-characters", 2, "scheduled_at")]
    assert "U+" in wishes.issues[0].message


def test_what_was_mended_is_said_once_a_column() -> None:
    wishes = read("2027-05-01 09:00", *["\u00a02027-05-01 09:00", "\u200b2027-05-02 09:00"] * 9)
    assert places(wishes.issues) == [("mended-characters", 3, "scheduled_at")]
    assert "17 rows more" in wishes.issues[0].message


def test_a_fraction_that_matters_is_said_to_be_rounded() -> None:
    wishes = read("2027-05-01 08:59:59.6", "2027-05-01 08:59:59.9995")
    assert instants(wishes) == [NINE, NINE]
    assert places(wishes.issues) == [("rounded-time", 2, "scheduled_at")]


@pytest.mark.parametrize(
    ("text", "zone", "code", "choices"),
    [
        ("2027-03-28 02:30", BERLIN, "nonexistent-time", ("01:30+01:00", "03:30+02:00")),
        ("2027-10-31 02:30", BERLIN, "ambiguous-time", ("02:30+02:00", "02:30+01:00")),
        ("2027-03-14 02:00", "US/Eastern", "nonexistent-time", ("01:00-05:00", "03:00-04:00")),
        ("2027-04-04 01:45", "Australia/Lord_Howe", "ambiguous-time", ("+11:00", "+10:30")),
    ],
)
def test_each_choice_that_is_offered_for_a_clock_change_can_be_pasted(
    text: str, zone: str, code: str, choices: tuple[str, str]
) -> None:
    issue = the_issue(read(text, zone=zone))
    assert issue.code == code
    assert all(choice in issue.hint for choice in choices)
    offered = [word.rstrip(".") for word in issue.hint.split() if "T0" in word]
    assert len({*instants(read(*offered, zone=zone))}) == 2


@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("EST", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CET", BERLIN),
        ("BST", "Asia/Dhaka"),
        ("UTC+2", "2027-05-01T09:00+02:00"),
        ("GMT+1", "2027-05-01T09:00+01:00"),
        ("Berlin", BERLIN),
        ("São Paulo", "America/Sao_Paulo"),
        ("Eastern Time", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("W. Europe Standard Time", BERLIN),
        ("Central European Time", BERLIN),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("Eurpe/Berlin", BERLIN),
        ("Q" * 1_000_000, BERLIN),
    ],
)
def test_what_is_no_zone_is_refused_with_the_places_that_may_be_meant(
    zone: str, place: str
) -> None:
    issue = the_issue(read(zone, column="timezone"))
    assert (issue.code, issue.row, issue.column) == ("unknown-timezone", 2, "timezone")
    assert place in issue.hint


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("europe/berlin", BERLIN),
        ("America/New York", "America/New_York"),
        ("US/Eastern", "US/Eastern"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("GMT", "GMT"),
        ("z", "UTC"),
    ],
)
def test_a_zone_is_a_zone_in_any_writing(text: str, zone: str) -> None:
    wishes = read(text, column="timezone")
    assert wishes.table["zone"].tolist() == [zone]
    assert wishes.issues == []


def test_the_zones_whose_names_mean_the_opposite_are_explained() -> None:
    wishes = read("Etc/GMT+5", column="timezone")
    assert places(wishes.issues) == [("inverted-zone", 2, "timezone")]
    assert "5 hours behind" in wishes.issues[0].message


def test_an_offset_counts_and_a_zone_that_contradicts_it_is_said() -> None:
    rows = [
        ("2027-05-01T09:00+05:00", BERLIN),  # another time than Berlin's
        ("2027-05-01T09:00+02:00", BERLIN),
        ("2027-05-01T09:00Z", BERLIN),  # UTC beside the zone to show it in: the usual form
        ("2027-05-01T09:00+05:00", ""),
    ]
    posts = [[f"{n:08}{POST[8:]}", ACCOUNT, *row] for n, row in enumerate(rows)]
    wishes = read_wishes([sheet([*CORE, "timezone"], *posts)], Defaults(TEAM, "Asia/Tokyo"))
    assert places(wishes.issues) == [("offset-differs", 2, "scheduled_at")]
    assert instants(wishes)[0] == "2027-05-01T04:00:00Z"


SPLIT = ["post_id", "social_account_ids", "Date", "Time", "timezone"]


def apart(*rows: tuple[str, str], order: str | None = None) -> Wishes:
    posts = [[f"{n:08}{POST[8:]}", ACCOUNT, *row, BERLIN] for n, row in enumerate(rows)]
    return read_wishes([sheet(SPLIT, *posts)], Defaults(TEAM, None, order))


@pytest.mark.parametrize(
    "row",
    [
        ("2027-05-01", "09:00"),
        ("2027-05-01", "09:00:00"),
        ("2027-05-01T00:00:00", "9 am"),
        ("May 1, 2027", "9h00"),
        ("1. Mai 2027", "9 Uhr"),
        ("2027-05-01", "1899-12-31T09:00:00"),
        ("2027-05-01", "07:00Z"),
        ("2027-05-01", "08:59:59.9999"),
    ],
)
def test_date_and_time_may_stand_apart(row: tuple[str, str]) -> None:
    wishes = apart(row)
    assert instants(wishes) == [NINE]
    assert wishes.sources[0].columns == ()  # a results sheet says scheduled_at instead


@pytest.mark.parametrize(
    ("row", "code", "column", "says"),
    [
        (("2027-05-01", ""), "missing-time", "Time", "09:00"),
        (("", "9:00"), "missing-time", "Date", "2027-05-01"),
        (("2027-05-01", "10-00"), "bad-time", "Time", "10:00"),
        (("2027-05-01", "9.30"), "bad-time", "Time", "9:30"),
        (("2027-05-01", "noon"), "bad-time", "Time", "09:00"),
        (("2027-05-01", "0.375"), "bad-time", "Time", "would be 09:00"),
        (("2027-05-01", "930"), "bad-time", "Time", "09:00"),
        (("2027-05-01", "9:00-10:00"), "bad-time", "Time", "span"),
        (("2027-05-01", "2027-05-01 09:00"), "bad-time", "Time", "09:00"),
        (("tomorrow", "9:00"), "bad-time", "Date", "2027-05-01"),
        (("next monday", "9:00"), "bad-time", "Date", "2027-05-01"),
        (("03/04/2027", "9:00"), "ambiguous-date", "Date", "2027-04-03 for 3 April"),
        (("46143", "9:00"), "bad-time", "Date", "2026-05-01"),
        (("2027-05-01 10:00", "9:00"), "bad-time", "Date", "other column"),
        (("2027-03-28", "02:30"), "nonexistent-time", "Time", "Write 03:30+02:00 or 01:30+01:00"),
        (("2027-10-31", "02:30"), "ambiguous-time", "Time", "Write 02:30+02:00 or 02:30+01:00"),
    ],
)
def test_what_is_wrong_with_one_of_the_two_is_said_there(
    row: tuple[str, str], code: str, column: str, says: str
) -> None:
    wishes = apart(row)
    issue = the_issue(wishes)
    assert (issue.code, issue.row, issue.column) == (code, 2, column)
    assert says in issue.message + issue.hint
    assert wishes.sources[0].raw["scheduled_at"].tolist() == [" ".join(filter(None, row))]


def test_a_column_of_dates_tells_how_they_are_written_too() -> None:
    wishes = apart(("03/04/2027", "9:00"), ("25/04/2027", "9:00"))
    assert places(wishes.issues) == [("inferred-date-order", 3, "Date")]
    assert instants(wishes)[0] == "2027-04-03T07:00:00Z"
    assert instants(apart(("03/04/2027", "9:00"), order="mdy")) == ["2027-03-04T08:00:00Z"]


def test_date_and_time_beside_scheduled_at_are_one_time_too_many() -> None:
    one = sheet([*CORE, "date", "time"], [POST, ACCOUNT, TIME, "2027-05-01", "9:00"])
    issues = read_wishes([one], Defaults(TEAM)).issues
    assert places(issues) == [("duplicate-column", None, name) for name in ("date", "time")]


FORMS = {
    "%Y-%m-%d %H:%M": None,
    "%Y/%m/%d %H:%M:%S": None,
    "%d %B %Y %H:%M": None,
    "%b %d, %Y %I:%M:%S %p": None,
    "%A, %d-%b-%Y %H:%M": None,
    "%d.%m.%Y %H:%M": "dmy",
    "%m/%d/%Y %I:%M %p": "mdy",
}
"""With the order that numbers are written in, where that is not plain."""


@given(
    st.datetimes(datetime(2026, 10, 1), datetime(2036, 9, 1)),
    st.sampled_from([*FORMS]),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe"]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_a_time_that_is_understood_is_shown_by_its_zone_as_it_was_written(
    when: datetime, form: str, zone: str, said: bool
) -> None:
    text = when.strftime(form)
    wishes = read(text, zone=zone, order=FORMS[form] if said else None)
    if wishes.table.empty:
        two_ways = FORMS[form] and not said and when.day <= 12 and when.day != when.month
        clocks = {"nonexistent-time", "ambiguous-time"}
        assert the_issue(wishes).code in ({"ambiguous-date"} if two_ways else clocks)
        return
    instant = datetime.fromtimestamp(wishes.table["instant"].iloc[0], UTC)
    shown = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown.strftime(form) == text


NEARLY = st.lists(
    st.sampled_from([*"0123456789:-/. T,Z+", "2027", "05", "May", "mai", "am", "\u00a0", "\u2013"]),
    max_size=12,
).map("".join)


@given(st.one_of(st.text(max_size=20), NEARLY), st.sampled_from([None, "dmy", "mdy", "ymd"]))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_a_cell_is_a_time_or_an_issue(text: str, order: str | None) -> None:
    rows = [(text, "9:00"), ("2027-05-01", text), (text, text)]
    for wishes in (_cell(text, order), *(_cells(*row, order) for row in rows)):
        (row,) = wishes.sources[0].raw.index.tolist() or wishes.table["row"].tolist()
        assert row == 2
        assert len(wishes.table) == (not wishes.invalid)


def _cell(text: str, order: str | None) -> Wishes:
    return _frame(CORE, [POST, ACCOUNT, text], order)


def _cells(date: str, time: str, order: str | None) -> Wishes:
    return _frame(SPLIT[:4], [POST, ACCOUNT, date, time], order)


def _frame(header: list[str], row: list[str], order: str | None) -> Wishes:
    """Without a file, which would not hold every text."""
    whole = sheet(header, ["x"] * len(header))
    frame = whole.frame.copy()
    for place, text in enumerate(row):
        frame[place] = [text]
    return read_wishes([replace(whole, frame=frame)], Defaults(TEAM, BERLIN, order))


@given(st.text(max_size=30))
def test_plain_text_has_nothing_left_to_make_plain(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(once) <= len(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_the_quick_way_and_the_thorough_one_agree(when: datetime) -> None:
    """The same time twice: in ISO 8601, and in the form that only the thorough way knows."""
    when = when.replace(microsecond=0) + timedelta(days=1)
    iso, spelt = f"{when.isoformat()}Z", f"{when:%d %B %Y %H:%M:%S} UTC"
    assert len({*instants(read(iso, spelt))}) == 1

"""What a good row asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_sheets import ACCOUNT, CORE, OTHER, POST, TEAM, TIME, one_row, sheet

from batch_scheduler.model import utc_text
from batch_scheduler.planning import Defaults, Wishes, read_wishes

NINE = int(datetime(2027, 5, 1, 9, tzinfo=UTC).timestamp())


def read(*cells: tuple[str, str], zone: str | None = None) -> Wishes:
    row = dict(zip(CORE, (POST, ACCOUNT, TIME), strict=True)) | dict(cells)
    wishes = read_wishes([sheet([*row], [*row.values()])], Defaults(TEAM, zone))
    assert [issue for issue in wishes.issues if issue.severity == "error"] == []
    return wishes


def body(wishes: Wishes, name: str) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(wishes.documents[wishes.table[name].tolist()[0]])
    return parsed


@pytest.mark.parametrize(
    "text",
    [
        "2027-05-01T09:00:00Z",
        "2027-05-01T09:00Z",
        "2027-05-01t09:00z",
        " 2027-05-01 09:00:00 Z ",
        "2027-05-01T11:00+02:00",
        "2027-05-01T11:00+0200",
        "2027-05-01 11:00 +02",
        "2027-04-30T22:30:00-10:30",
        "2027-05-01T09:00:00.4Z",
        "2027-05-01T08:59:59.9999Z",
        "20270501T090000Z",
    ],
)
def test_the_usual_forms_of_iso_8601_are_one_instant(text: str) -> None:
    assert read(("scheduled_at", text)).table["instant"].tolist() == [NINE]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "europe/berlin", "EUROPE/BERLIN", " Europe/Berlin "]
)
def test_a_local_time_is_read_in_its_rows_zone(zone: str) -> None:
    wishes = read(("scheduled_at", "2027-05-01 11:00"), ("timezone", zone), zone="Asia/Tokyo")
    assert wishes.table["instant"].tolist() == [NINE]
    assert wishes.table["zone"].tolist() == ["Europe/Berlin"]


def test_a_local_time_without_a_zone_is_read_in_the_default_zone() -> None:
    wishes = read(("scheduled_at", "2027-05-01T18:00:00"), ("timezone", ""), zone="Asia/Tokyo")
    assert wishes.table["instant"].tolist() == [NINE]
    assert wishes.table["zone"].tolist() == ["Asia/Tokyo"]


@pytest.mark.parametrize(("zone", "name"), [("utc", "UTC"), ("Z", "UTC"), ("GMT", "GMT"), ("", "")])
def test_zones_of_no_place(zone: str, name: str) -> None:
    assert read(("timezone", zone)).table["zone"].tolist() == [name]


@given(
    st.integers(0, 7_000_000_000 // 60),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
    ),
)
@settings(max_examples=300, deadline=None)
def test_local_times_are_what_the_zone_says(minutes: int, name: str) -> None:
    zone = ZoneInfo(name)
    local = datetime(1970, 1, 2) + timedelta(minutes=minutes)
    readings = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    once = readings[0].utcoffset() == readings[1].utcoffset()
    row = [POST, ACCOUNT, local.isoformat(" "), name]
    wishes = read_wishes([sheet([*CORE, "timezone"], row)], Defaults(TEAM))
    if once:
        assert wishes.table["instant"].tolist() == [int(readings[0].timestamp())]
    else:
        assert [issue.code for issue in wishes.issues] in (["ambiguous-time"], ["nonexistent-time"])


@pytest.mark.parametrize("separator", [",", ";", "\n", "\r\n", " , ", ",;\n"])
def test_accounts_are_a_list_in_any_usual_form(separator: str) -> None:
    cell = separator.join([ACCOUNT.upper(), OTHER, ACCOUNT]) + separator
    assert read(("social_account_ids", cell)).table["account"].tolist() == [ACCOUNT, OTHER]


def test_settings_come_from_json_and_dotted_columns_together() -> None:
    wishes = read(
        ("platform_settings", '{"b": {"c": [1, null]}, "z": "ä"}'),
        ("platform_settings.privacyLevel", "PUBLIC"),
        ("Platform-Settings.allow.duet", "true"),
        ("platformSettings.count", "-1.5e2"),
        ("platform settings.zip", "007"),
        ("platform_settings.blank", " "),
    )
    assert body(wishes, "settings") == {
        "b": {"c": [1, None]},
        "z": "ä",
        "privacyLevel": "PUBLIC",
        "allow.duet": True,
        "count": -150.0,
        "zip": "007",
    }
    assert body(wishes, "options") == {}


def test_options_have_the_names_that_the_service_knows() -> None:
    wishes = read(
        ("First Comment", "[Link] in bio"),
        ("engagementCommentTrigger", '{"word": "yes"}'),
        ("repost_after.days", "3"),
        ("recurrence_interval_days", "7.0"),
        ("recurrence_ends_at", "2027-12-31 12:00"),
        ("timezone", "Europe/Berlin"),
    )
    assert body(wishes, "options") == {
        "firstComment": {"text": "[Link] in bio"},
        "engagementCommentTrigger": {"word": "yes"},
        "repostAfter": {"days": 3},
        "recurrenceIntervalDays": 7,
        "recurrenceEndsAt": "2027-12-31T11:00:00Z",
    }


def test_documents_are_canonical() -> None:
    one = read(("platform_settings", '{"b": 1, "a": {"d": "é", "c": 2}}'))
    assert one.documents == ["{}", '{"a":{"c":2,"d":"é"},"b":1}']
    assert one.table[["options", "settings"]].values.tolist() == [[0, 1]]


def test_columns_for_the_team_alone_are_kept_for_the_results() -> None:
    wishes = read(("note", "a"), ("Notes on it", "b"), ("#status", "c"), ("repost_after", "{}"))
    (source,) = wishes.sources
    assert source.columns == ("note", "Notes on it", "#status", "repost_after")
    assert source.cells.to_numpy().tolist()[0] == ["a", "b", "c", "{}"]


def test_invalid_rows_are_kept_as_they_stand_in_the_sheet() -> None:
    wishes = read_wishes([one_row("scheduled_at", " soon ")], Defaults(TEAM, "Asia/Tokyo"))
    assert wishes.invalid == [(0, 2)]
    assert wishes.table.empty
    assert wishes.sources[0].raw.loc[2].to_dict() == {
        "team_id": TEAM,
        "post_id": POST,
        "social_account_id": ACCOUNT,
        "scheduled_at": " soon ",
        "timezone": "",
    }


def test_a_results_sheets_status_is_passed_on() -> None:
    from batch_scheduler.model import RESULT_COLUMNS

    cells = dict.fromkeys(RESULT_COLUMNS, "") | {"status": " Accepted ", "post_id": POST}
    cells |= {"social_account_id": ACCOUNT, "scheduled_at": TIME}
    wishes = read_wishes([sheet([*cells], [*cells.values()])], Defaults(TEAM))
    assert wishes.table["said"].tolist() == ["accepted"]


HEADS = {
    "post_id": ["post_id", "Post ID", "POST-ID", "postId"],
    "social_account_ids": ["social_account_ids", "Social Account IDs", "socialAccountId"],
    "scheduled_at": ["scheduled_at", "Scheduled At", "scheduledAt"],
    "repost_after": ["repost_after", "repostAfter", "Repost-After"],
}
HOURS = st.integers(0, 1000)


@given(st.data(), st.lists(st.tuples(st.uuids(), st.uuids(), HOURS), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_wish_is_the_same_however_it_is_written(
    data: st.DataObject, wanted: list[tuple[object, object, int]]
) -> None:
    def written(hours: int, offset: int) -> str:
        moment = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=offset)
        sign, size = ("-" if offset < 0 else "+"), abs(offset)
        return f"{moment:%Y-%m-%dT%H:%M}{sign}{size // 60:02}:{size % 60:02}"

    def keys(wishes: Wishes) -> set[tuple[object, ...]]:
        assert wishes.issues == [] or {i.code for i in wishes.issues} == {"duplicate-row"}
        names = ["team", "post", "account", "instant", "options", "settings"]
        return set(wishes.table[names].itertuples(index=False, name=None))

    plain = [[str(post), str(who), written(hours, 0), '{"a":1}'] for post, who, hours in wanted]
    rows = [
        {
            "post_id": data.draw(st.sampled_from([str(post), str(post).upper()])),
            "social_account_ids": data.draw(st.sampled_from([str(who), f" {str(who).upper()};"])),
            "scheduled_at": written(hours, data.draw(st.integers(-12 * 60, 14 * 60))),
            "repost_after": data.draw(st.sampled_from(['{"a":1}', '{ "a" : 1 }'])),
        }
        for post, who, hours in data.draw(st.permutations(wanted))
    ]
    order = data.draw(st.permutations([*HEADS]))
    header = [data.draw(st.sampled_from(HEADS[name])) for name in order]
    other = sheet(header, *[[row[name] for name in order] for row in rows])
    first = read_wishes([sheet([*HEADS], *plain)], Defaults(TEAM))
    assert keys(read_wishes([other], Defaults(TEAM.upper().lower()))) == keys(first)


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("03/04/2027 09:00", "dmy", "2027-04-03T09:00:00Z"),
        ("03/04/2027 09:00", "mdy", "2027-03-04T09:00:00Z"),
        ("3.4.2027, 9:05", "dmy", "2027-04-03T09:05:00Z"),
        ("2027/4/3 12:00 am", "ymd", "2027-04-03T00:00:00Z"),
        ("4/3/2027 12:30:10 PM", "mdy", "2027-04-03T12:30:10Z"),
        ("2027-05-01T09:00:00Z", "dmy", "2027-05-01T09:00:00Z"),
    ],
)
def test_a_date_is_read_in_the_order_that_was_said(text: str, order: str, at: str) -> None:
    one = sheet(CORE, [POST, ACCOUNT, text])
    wishes = read_wishes([one], Defaults(TEAM, "UTC", order))
    assert [utc_text(instant) for instant in wishes.table["instant"]] == [at]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31/04/2027 09:00", "dmy"),
        ("04/31/2027 09:00", "dmy"),
        ("03/04/27 09:00", "dmy"),
        ("25/04/2027 09:00", "mdy"),
        ("25/04/2027 09:00", "ymd"),
        ("03/04/2027 13:00 pm", "dmy"),
        ("03/04/2027", "dmy"),
    ],
)
def test_what_does_not_fit_the_order_is_an_issue(text: str, order: str) -> None:
    wishes = read_wishes([sheet(CORE, [POST, ACCOUNT, text])], Defaults(TEAM, "UTC", order))
    assert [issue.code for issue in wishes.issues] == ["bad-time"]

"""Other people's words for our columns; and words that are not guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
from planning_sheets import ACCOUNT, CORE, KNOWN, NOW, OTHER, POST, TEAM, TIME, places, sheet

from batch_scheduler.planning import Defaults, Plan, Rules, Wording, make_plan, read_wishes
from batch_scheduler.planning.columns import read_columns
from batch_scheduler.planning.vocabulary import advice, meaning

CELLS = dict(zip(CORE, (POST, ACCOUNT, TIME), strict=True))


def plan(
    header: Sequence[str],
    *rows: Sequence[str],
    mapping: Mapping[str, str] | None = None,
    zone: str | None = None,
    order: str | None = None,
) -> Plan:
    defaults = Defaults(team=TEAM, zone=zone, date_order=order, wording=Wording(mapping or {}))
    wishes = read_wishes([sheet(header, *rows)], defaults)
    return make_plan(wishes, KNOWN, Rules(now=NOW, lead=60, max_accounts=50))


def at(time: str, column: str, **how: str) -> Plan:
    return plan(["post_id", "social_account_ids", column], [POST, ACCOUNT, time], **how)  # type: ignore[arg-type]


WORDS = {
    "scheduled_at": "scheduledAt, scheduledFor, postAtSpecificTime, Date and Time, Publish at, "
    "intended_at, published_at, Datum und Uhrzeit, Fecha y hora, Date et heure",
    "date": "Date, scheduleDate, scheduledPostDate, Post date (YYYY-MM-DD), SendDate, Date*, "
    "Veröffentlichungsdatum, VEROEFFENTLICHUNGSDATUM*, fecha",
    "time": "time, schedule_time, Posting Time, Schedule Time, time_24hr, Uhrzeit, Heure (HH:mm)",
    "timezone": "tz, Time Zone, timezone, Zeitzone",
    "social_account_ids": "account_id, accountId(s), platformIds, Account IDs",
    "social_accounts": "profiles, Profile, channel, Social Profile, Brand name, Kanäle",
    "provider": "platform(s), platforms, platformName, Network, Netzwerk, Réseau social",
    "text": "content, post_content, caption, text, message, message_text, Post Text, "
    "Post Content, body, Légende, LEGENDE, Beitragstext, Copy - max 2200 characters",
    "first_comment": "Comment(s), comment(s) - Separated by ||, first_comment, firstComment, "
    "First Comment Text, followUpComment, Erster Kommentar",
    "media_urls": "media_urls, mediaUrls, Media URL(s), Media URL(s) - Separated by comma, "
    "image_url, Image URL, Picture Url 1, Picture Url 10, Bild-URL, 📷 Image",
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (text.replace("VEROEFF", "VERÖFF"), name)
        for name, texts in WORDS.items()
        for text in texts.split(", ")
    ],
)
def test_a_word_is_understood(text: str, name: str) -> None:
    assert meaning(text) == name


DOUBTFUL = (
    "Link, Link(s), URL, Landing page, Permalink, Comment, Comments, Kommentar, Tags, Label(s), "
    "Hashtags, Status, Approved, Draft, Name, Headline, Description, Post, ID, Type, Alt text, "
    "Created at, Media IDs, Start time, Minute, Owner, Campaign ID"
)


@pytest.mark.parametrize("text", DOUBTFUL.split(", "))
def test_a_word_with_two_meanings_is_not_guessed(text: str) -> None:
    assert meaning(text) is None
    said = advice(text)
    assert said is not None
    assert f'--map "{text}=ignore"' in said


@pytest.mark.parametrize(
    "text",
    [
        *("Caption (Instagram)", "Text - Facebook", "Date (created)", "Date - last updated"),
        *("Media (alt)", "Content status", "Media type", "Image alt text", "Captain", "Texts?!x"),
        *("Time 2", "Date 1", "comment1"),
    ],
)
def test_nothing_is_understood_for_being_alike(text: str) -> None:
    assert meaning(text) is None


def test_others_words_are_read_as_ours() -> None:
    made = plan(["Account IDs", "Publish at", "Post UUID"], [ACCOUNT, TIME, POST])
    assert made.issues == []
    assert made.deliveries == 1
    assert made.understood[0].in_other_words() == [
        ("Account IDs", "social_account_ids"),
        ("Publish at", "scheduled_at"),
        ("Post UUID", "post_id"),
    ]


def test_issues_and_results_have_the_users_own_words() -> None:
    made = plan(["Account IDs", "Publish at", "Post UUID", "1st comment"], ["me", TIME, POST, "Hi"])
    assert places(made.issues) == [
        ("assumed-first-comment", None, "1st comment"),
        ("bad-id", 2, "Account IDs"),
    ]
    assert made.sources[0].columns == ("1st comment",)


@pytest.mark.parametrize("column", ["Date", "Time", "Posting Time", "publish date"])
def test_a_date_alone_or_a_time_alone_is_both(column: str) -> None:
    made = at(TIME, column)
    assert made.issues == []
    assert made.deliveries == 1


def test_a_date_without_a_time_of_day_is_no_time() -> None:
    assert [issue.row for issue in at("2027-05-01", "Date", zone="Europe/Berlin").issues] == [2]


def test_what_the_word_alone_does_not_tell_is_asked() -> None:
    made = plan([*CORE, "Link"], [POST, ACCOUNT, TIME, "https://example.com"])
    (issue,) = made.issues
    assert (issue.code, issue.column) == ("unknown-column", "Link")
    assert '--map "Link=ignore"' in issue.hint
    assert '--map "Link=media_urls"' in issue.hint


def test_a_template_without_its_telling_words_is_named() -> None:
    (issue,) = (one for one in plan(["Date", "Message", "Link"]).issues if one.column == "Link")
    assert "--format hootsuite" in issue.hint


@pytest.mark.parametrize("column", ["Created at", "Timestamp", "updated_at", "Due date"])
def test_a_time_that_is_not_that_of_publishing_is_not_taken_for_it(column: str) -> None:
    issues = at(TIME, column).issues
    assert [one.code for one in issues] == ["missing-column", "unknown-column"]
    assert f'--map "{column}=ignore"' in issues[1].hint
    assert "=scheduled_at" not in issues[1].hint


def test_two_columns_for_one_thing_are_not_chosen_between() -> None:
    made = plan([*CORE, "Publish at"], [POST, ACCOUNT, TIME, TIME])
    (issue,) = made.issues
    assert (issue.code, issue.column) == ("duplicate-column", "Publish at")
    assert '--map "Publish at=ignore"' in issue.hint
    assert '--map "scheduled_at=ignore"' in issue.hint
    chosen = {"Publish at": "ignore"}
    assert plan([*CORE, "Publish at"], [POST, ACCOUNT, TIME, "soon"], mapping=chosen).issues == []
    chosen = {"scheduled_at": "ignore"}
    assert plan([*CORE, "Publish at"], [POST, ACCOUNT, "soon", TIME], mapping=chosen).issues == []


def test_a_persons_word_comes_first() -> None:
    header = ["post_id", "scheduled_at", "timezone", "Wann?", "Privat"]
    mapping = {
        "WANN": "scheduled_at",
        "scheduled_at": "social_account_ids",
        "timezone": "ignore",
        "Privat": "platform_settings.privacyLevel",
    }
    made = plan(header, [POST, ACCOUNT, "EST5", TIME, "SELF_ONLY"], mapping=mapping)
    assert made.issues == []
    assert made.documents == ["{}", '{"privacyLevel":"SELF_ONLY"}']


def test_a_zone_in_the_header_counts() -> None:
    for column in ("Publish at (UTC)", "scheduled_at_utc", "Time - Europe/London"):
        made = at("2027-05-01 09:00", column)
        assert made.issues == []
        hour = "09" if "utc" in column.lower() else "08"
        assert made.sources[0].times is not None
        assert made.entries["instant"].tolist() == [_instant(f"2027-05-01T{hour}:00:00Z")]


@pytest.mark.parametrize(
    ("column", "zone", "hint"),
    [
        ("Time (EST)", None, "America/New_York"),
        ("Time ET", None, "America/New_York"),
        ("Date (Berlin time)", None, "Europe/Berlin"),
        ("Publish at (UTC+2)", None, "+02:00"),
        ("Publish at (UTC)", "Europe/Berlin", "--map"),
    ],
)
def test_a_zone_in_the_header_that_is_not_sure_is_refused(
    column: str, zone: str | None, hint: str
) -> None:
    made = at("2027-05-01 09:00", column, zone=zone)  # type: ignore[arg-type]
    assert ("zone-in-header", None, column) in places(made.issues)
    assert hint in "".join(issue.hint for issue in made.issues)
    assert made.deliveries == 0
    mapped = plan(
        ["post_id", "social_account_ids", column],
        [POST, ACCOUNT, "2027-05-01 09:00"],
        mapping={column: "scheduled_at"},
        zone="Europe/Berlin",
    )
    assert mapped.issues == []


def test_a_zone_in_the_header_and_a_column_of_zones_contradict() -> None:
    header = ["post_id", "social_account_ids", "Date (UTC)", "timezone"]
    made = plan(header, [POST, ACCOUNT, "2027-05-01 09:00", "Europe/Berlin"])
    assert places(made.issues) == [("zone-in-header", None, "Date (UTC)")]


@pytest.mark.parametrize(
    ("column", "day"),
    [
        ("Date (DD/MM/YYYY)", "2027-04-03"),
        ("Post date - mm/dd/yyyy hh:mm", "2027-03-04"),
        ("Datum (TT.MM.JJJJ)", "2027-04-03"),
        ("Date DD/MM/YYYY", "2027-04-03"),
    ],
)
def test_an_order_of_dates_in_the_header_counts(column: str, day: str) -> None:
    made = at("03/04/2027 09:00", column, zone="UTC")
    assert [issue for issue in made.issues if issue.severity == "error"] == []
    assert made.entries["instant"].tolist() == [_instant(f"{day}T09:00:00Z")]


def test_an_order_in_the_header_against_the_option_is_refused() -> None:
    made = at("03/04/2027 09:00", "Date (DD/MM/YYYY)", zone="UTC", order="mdy")
    assert ("order-in-header", None, "Date (DD/MM/YYYY)") in places(made.issues)


def test_a_results_sheet_says_by_itself_what_was_mapped() -> None:
    header = [*CORE, "Wort", "Mine", "#own", "First comment text"]
    mapping = {"Wort": "platform_settings.word", "Mine": "ignore"}
    made = plan(header, [POST, ACCOUNT, TIME, "x", "y", "z", "Hi"], mapping=mapping)
    columns = made.sources[0].columns
    assert columns == ("platform_settings.word", "# Mine", "#own", "First comment text")
    again = read_columns(columns)
    assert again.means == ["platform_settings.word", "ignore", "ignore", "first_comment"]
    assert [column for column, _ in again.problems if column] == []


def test_the_words_of_a_file_do_not_meet_those_of_another() -> None:
    defaults = Defaults(team=TEAM)
    sheets = [
        sheet(["post_id", "Account ID", "Time (UTC)"], [POST, ACCOUNT, "2027-05-01 09:00"]),
        sheet(CORE, [POST, OTHER, "2027-05-01 09:00"]),
    ]
    issues = read_wishes(sheets, defaults).issues
    assert [issue.code for issue in issues] == ["missing-timezone"]


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())

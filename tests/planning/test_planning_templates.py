"""Templates of other schedulers, as they are filled in (see tests/templates/README.md)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from planning_sheets import TEAM, sheet

from batch_scheduler.model import RESULT_COLUMNS, Sheet
from batch_scheduler.planning import Defaults, Wishes, Wording, read_wishes
from batch_scheduler.planning.columns import Columns, likeness, read_columns
from batch_scheduler.planning.formats import FORMATS, by_name
from batch_scheduler.planning.translation import restated, translated
from batch_scheduler.sheets import read_sheet

TEMPLATES = Path(__file__).parents[1] / "templates"
NAMES = sorted(path.stem for path in TEMPLATES.glob("*.csv"))
HEADLESS = ("hootsuite", "socialpilot")
ROCKET = "Spring sale starts today 🚀"


def template(name: str) -> Sheet:
    return read_sheet(str(TEMPLATES / f"{name}.csv"), likeness=likeness)


def understood(name: str) -> tuple[Sheet, Columns]:
    wording = Wording(format=name if name in HEADLESS else None)
    return translated(template(name), wording)


def wishes(one: Sheet, form: str | None = None, order: str | None = None) -> Wishes:
    defaults = Defaults(team=TEAM, zone="UTC", date_order=order, wording=Wording(format=form))
    return read_wishes([one], defaults)


def cells(read: Sheet, columns: Columns, name: str) -> list[str]:
    return [str(text) for text in read.frame[columns.known[name]]]


@pytest.mark.parametrize("name", NAMES)
def test_each_template_is_known_and_its_post_and_time_are_found(name: str) -> None:
    read, columns = understood(name)
    assert columns.form == by_name(name)
    text = cells(read, columns, "text")[0]
    assert text == (ROCKET if name != "highlevel_advanced" else "Hello world")
    time = cells(read, columns, "date" if "date" in columns.known else "scheduled_at")[0]
    assert "15" in time
    assert "2027" in time
    assert [text for text, _ in columns.problems if text] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_known_by_its_name_too(name: str) -> None:
    form = by_name(name)
    assert form is not None
    assert by_name(form.title.upper().replace(" ", "-")) == form
    _, columns = translated(template(name), Wording(format=name))
    assert columns.form == form
    assert "text" in columns.known


MEDIA = {
    "autopostit": ["https://example.com/a.jpg", ""],
    "highlevel_basic": ["", "https://example.com/a.jpg, https://example.com/b.png", ""],
    "metricool": ["https://example.com/a.jpg", "https://example.com/v.mp4"],
    "socialpilot": ["", "https://example.com/a.jpg"],
    "vistasocial": ["https://example.com/a.jpg", "https://example.com/b.png", ""],
}


@pytest.mark.parametrize("name", MEDIA)
def test_pictures_are_taken_from_where_the_template_has_them(name: str) -> None:
    assert cells(*understood(name), "media_urls") == MEDIA[name]


def test_pictures_of_several_columns_belong_to_one_post() -> None:
    header = ["text", "Image 1", "Image 2", "Video URL"]
    read, columns = translated(sheet(header, ["x", "https://a/1", "", "https://a/3"]), Wording())
    assert cells(read, columns, "media_urls") == ["https://a/1\nhttps://a/3"]


COMMENTS = {
    "metricool": ["first comment", ""],
    "publer": ["first reply", "", ""],
    "socialpilot": ["", "first comment"],
    "vistasocial": ["first comment", "", ""],
}


@pytest.mark.parametrize("name", COMMENTS)
def test_the_first_comment_is_the_first(name: str) -> None:
    assert cells(*understood(name), "first_comment") == COMMENTS[name]


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("buffer", "put it into its queue"),
        ("publer", "put it into its queue"),
        ("highlevel_basic", "kept it as a draft"),
        ("schedulin", "kept it as a draft"),
    ],
)
def test_a_row_without_a_time_is_an_issue_that_says_so(name: str, tells: str) -> None:
    (issue,) = (one for one in wishes(template(name)).issues if one.code == "missing-time")
    assert issue.row == len(template(name).frame) + 1
    assert tells in issue.message


LEFT_OUT = {
    "contentstudio": ["Link"],
    "hootsuite": ["Link"],
    "publer": ["Link(s)", "Alt text(s)", "Comment(s)"],
    "buffer": [],
    "zernio": [],
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_would_be_missed_is_said_by_column(name: str) -> None:
    issues = wishes(template(name), name).issues
    assert [one.column for one in issues if one.code == "left-out"] == LEFT_OUT[name]
    assert {one.severity for one in issues if one.code == "left-out"} <= {"warning"}


def test_what_is_ignored_is_named_once() -> None:
    (issue,) = (one for one in wishes(template("publer")).issues if one.code == "ignored-columns")
    for text in ("Label(s)", "Board/Album", "CTA", "Reminder"):
        assert text in issue.message


def test_ids_that_may_be_those_of_the_other_tool_are_said_to_be_assumed() -> None:
    (said,) = [one for one in wishes(template("postfast")).issues if "ids" in one.code]
    assert (said.code, said.column) == ("assumed-account-ids", "account_id")
    assert '--map "account_id=ignore" --account' in said.hint


def test_a_persons_word_silences_it() -> None:
    defaults = Defaults(zone="UTC", wording=Wording({"Link(s)": "ignore"}))
    issues = read_wishes([template("publer")], defaults).issues
    assert "Link(s)" not in [one.column for one in issues]


def test_drafts_and_networks_that_are_not_there_are_issues() -> None:
    metricool = template("metricool")
    frame = metricool.frame.copy()
    frame[metricool.header.index("Draft")] = ["TRUE", "FALSE"]
    frame[metricool.header.index("Pinterest")] = ["FALSE", "TRUE"]
    issues = wishes(replace(metricool, frame=frame)).issues
    found = {(one.code, one.row, one.column) for one in issues}
    assert {("draft-row", 2, "Draft"), ("unknown-network", 3, "Pinterest")} <= found


def test_an_order_of_dates_that_the_template_fixes() -> None:
    one = template("contentstudio")
    assert not [issue for issue in wishes(one).issues if issue.code == "bad-time"]
    assert [issue for issue in wishes(one, order="mdy").issues if issue.code == "bad-time"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_a_header_is_named_and_not_guessed(name: str) -> None:
    whole = template(name)
    form = by_name(name)
    assert form is not None
    if name in HEADLESS:
        bare = whole
    elif not form.positional:
        return
    else:
        first, rest = whole.frame.iloc[0].tolist(), whole.frame.iloc[1:]
        bare = replace(whole, header=tuple(first), frame=rest, header_row=2)
    (issue,) = (one for one in wishes(bare).issues if one.code != "no-rows")
    assert (issue.code, issue.severity) == ("missing-header", "error")
    assert f"--format {name}" in issue.hint
    read, columns = translated(bare, Wording(format=name))
    assert cells(read, columns, "text")[0] == ROCKET
    assert read.frame.index.tolist()[0] == bare.header_row


def test_a_file_without_a_header_and_without_a_likely_name_is_refused() -> None:
    bare = sheet(["Hello", "2027", "12", "20", "18", "30", "https://a/1.jpg"], ["x"] * 7)
    (issue,) = wishes(bare).issues
    assert issue.code == "missing-header"
    assert "--format" not in issue.hint
    assert "text" in issue.hint


def test_the_wrong_format_is_said() -> None:
    issues = wishes(template("publer"), "ayrshare").issues
    assert "wrong-format" in [one.code for one in issues]


def test_a_headless_templates_header_is_understood_where_there_is_one() -> None:
    one = sheet(["Date", "Message", "Link"], ["2027-04-15 09:05", "Hello", ""])
    read, columns = translated(one, Wording(format="hootsuite"))
    assert read.frame.index.tolist() == [2]
    assert cells(read, columns, "text") == ["Hello"]


def test_a_headless_first_row_without_a_time_is_a_row() -> None:
    one = sheet(["", "Queued", ""], ["15/04/2027 09:05", "Hello", ""])
    read, columns = translated(one, Wording(format="hootsuite"))
    assert cells(read, columns, "text") == ["Queued", "Hello"]
    assert ("missing-time", 1) in [(i.code, i.row) for i in wishes(one, "hootsuite").issues]


@pytest.mark.parametrize("name", NAMES)
def test_a_results_sheet_of_it_says_the_same_by_itself(name: str) -> None:
    read, columns = understood(name)
    texts = restated(read.header, columns)
    again = read_columns([*RESULT_COLUMNS, *texts.values()])
    assert [text for text, _ in again.problems if text] == []
    frame = read.frame[list(texts)]
    frame.columns = pd.RangeIndex(len(RESULT_COLUMNS), len(RESULT_COLUMNS) + len(texts))
    for place in range(len(RESULT_COLUMNS)):
        frame[place] = ""
    results = replace(read, header=(*RESULT_COLUMNS, *texts.values()), frame=frame)
    same, places = translated(results, Wording())
    for meaning in ("text", "media_urls", "first_comment", "title"):
        if meaning in columns.known:
            assert cells(same, places, meaning) == cells(read, columns, meaning)


def test_no_template_is_taken_for_another() -> None:
    for form in FORMATS:
        if form.tells:
            assert read_columns([*form.columns]).form == form

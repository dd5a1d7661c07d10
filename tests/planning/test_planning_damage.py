"""What spreadsheet programs do to ids and JSON: mended where that has one reading, and said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_sheets import ACCOUNT, CORE, OTHER, POST, TEAM, TIME, one_row, places, plan, sheet

from batch_scheduler.model import Severity, Sheet
from batch_scheduler.planning import Defaults, Plan, read_wishes

BARE = POST.replace("-", "")


def without_file(column: str, text: str) -> Sheet:
    """A row that is right but for a cell that no file could hold."""
    whole = one_row(column, "x")
    frame = whole.frame.copy()
    frame[whole.header.index(column)] = [text]
    return replace(whole, frame=frame)


def document(made: Plan, column: str = "settings") -> dict[str, object]:
    parsed: dict[str, object] = json.loads(made.documents[made.entries[column].tolist()[0]])
    return parsed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BARE, "mended-id"),
        (BARE.upper(), "mended-id"),
        (f"{{{POST}}}", "mended-id"),
        (f"{{{BARE}}}", "mended-id"),
        (f"urn:uuid:{POST}", "mended-id"),
        (f"URN:UUID:{POST.upper()}", "mended-id"),
        (f"{POST}.", "mended-id"),
        (f'"{POST}"', "mended-id"),
        (f"“{POST}”", "mended-id"),
        (f"'{POST}", "mended-id"),
        (f"<{POST}>", "mended-id"),
        (POST.replace("-", "\u2013"), "mended-characters"),
        (POST.replace("-", "\u2014"), "mended-characters"),
        (POST.replace("-", "\u2011"), "mended-characters"),
        (POST.replace("2", "\uff12"), "mended-characters"),
        (f"\ufeff{POST}", "mended-characters"),
        (f"{POST}\u200b", "mended-characters"),
        (f"\u00a0{POST}\u202f", "mended-characters"),
        (f"{POST[:20]}\u00ad{POST[20:]}", "mended-characters"),
        (f"\u200e{POST}\u2060", "mended-characters"),
    ],
)
@pytest.mark.parametrize("column", ["post_id", "social_account_ids"])
def test_an_id_that_can_only_be_one_is_mended_and_said(column: str, text: str, code: str) -> None:
    made = plan(one_row(column, text))
    assert places(made.issues) == [(code, 2, column)]
    assert made.issues[0].severity is Severity.WARNING
    name = "post" if column == "post_id" else "account"
    assert made.entries[name].tolist() == [POST]
    assert (made.valid, made.deliveries) == (True, 1)


@pytest.mark.parametrize(
    "text",
    [
        f'["{ACCOUNT}", "{OTHER}"]',
        f"{ACCOUNT}\uff0c{OTHER}",
        f"{ACCOUNT}\u2028{OTHER}",
        f"{{{ACCOUNT}}};\u00a0{{{OTHER}}}",
        f"'{ACCOUNT},{OTHER}",
    ],
)
def test_a_list_of_ids_is_mended_too(text: str) -> None:
    made = plan(one_row("social_account_ids", text))
    assert made.entries["account"].tolist() == [ACCOUNT, OTHER]
    assert [issue.severity for issue in made.issues] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        f"../{POST}",
        f"{POST}/..",
        f"%2e%2e%2F{POST}",
        f"{POST}%2F",
        f"{POST}?x=1",
        f"{POST}#",
        f"{POST}\r\nX-Forged: 1",
        f"{POST}\0",
        f"{POST}\x1b[2J",
        f"{POST[:-1]}\ud800",
        f"{POST[:-1]}\u0665\u0665",
        POST.replace("-", "\u2013")[:-1],
        "17841405822304900",
        "1.78414E+16",
        "0" * 5_000_000,
    ],
)
@pytest.mark.parametrize("column", ["post_id", "social_account_ids", "team_id"])
def test_an_id_that_is_none_is_never_sent(column: str, text: str) -> None:
    made = plan(without_file(column, text))
    assert places(made.issues) == [("bad-id", 2, column)]
    assert (made.deliveries, made.calls) == (0, 0)
    assert len(made.issues[0].message + made.issues[0].hint) < 400


def test_a_short_number_is_another_services_id_and_lost_nothing() -> None:
    short, long = (
        plan(without_file("social_account_ids", text)).issues[0].hint
        for text in ("1234567", "17841405822304900")
    )
    assert "as other services have them" in short
    assert "lost digits" in long


@pytest.mark.parametrize("between", [" ", "|", " / ", " and ", "、"])
def test_ids_that_nothing_known_parts_are_said_to_need_commas(between: str) -> None:
    other = f"{'7' * 8}{ACCOUNT[8:]}"
    (issue,) = plan(without_file("social_account_ids", f"{ACCOUNT}{between}{other}")).issues
    assert (issue.code, issue.hint) == ("bad-id", "Separate the ids by commas.")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{“a”: “x”}", {"a": "x"}),
        ("{„a“: 1}", {"a": 1}),
        ('\'{"a": 1}', {"a": 1}),
        ("'{\"a\": 1}'", {"a": 1}),
        ('\ufeff{"a": 1}\u200b', {"a": 1}),
        ('{"a":\u00a01}', {"a": 1}),
        ('{\u202f"a"\uff1a \u20131}', {"a": -1}),
        ('{"a": "one\ntwo\t"}', {"a": "one\ntwo\t"}),
        ("{“a”:\u00a0“b\u00a0c’s”}", {"a": "b\u00a0c’s"}),
    ],
)
def test_json_that_can_only_mean_one_thing_is_mended_and_said(text: str, meant: object) -> None:
    made = plan(one_row("platform_settings", text))
    assert places(made.issues) == [("mended-json", 2, "platform_settings")]
    assert made.valid
    assert document(made) == meant


@pytest.mark.parametrize(
    "value",
    [
        {"id": 12345678901234567890, "rate": 0.1, "big": 1e300},
        {"text": "“curly” ‘quotes’ \u00a0 \u200b \u2013 '"},
        {"text": "[" * 5000 + "{" * 5000},
        {"nested": [[[{"a": [1, None, True]}]]]},
    ],
)
def test_json_that_is_right_is_sent_as_it_is(value: dict[str, object]) -> None:
    made = plan(one_row("platform_settings", json.dumps(value, ensure_ascii=False)))
    assert made.issues == []
    assert document(made) == value


@pytest.mark.parametrize("text", ["  Hi\u00a0 ", "“Hi”", "\u200bé\u2013", "'quoted'", "TRUE"])
def test_text_that_is_sent_as_text_is_not_touched(text: str) -> None:
    made = plan(one_row("first_comment", text))
    assert places(made.issues) == [("assumed-first-comment", None, "first_comment")]
    assert document(made, "options") == {"firstComment": {"text": text}}
    made = plan(one_row("platform_settings.title", text))
    assert made.valid
    assert document(made) == {"title": text}


def test_a_first_comment_in_curly_quotes_is_an_object() -> None:
    made = plan(one_row("first_comment", "{“text”: “Hi”}"))
    assert places(made.issues) == [("mended-json", 2, "first_comment")]
    assert document(made, "options") == {"firstComment": {"text": "Hi"}}


def test_capitals_are_no_boolean_and_that_is_said() -> None:
    made = plan(one_row("platform_settings.duet", "TRUE"))
    assert places(made.issues) == [("text-not-boolean", 2, "platform_settings.duet")]
    assert document(made) == {"duet": "TRUE"}


@pytest.mark.parametrize(
    ("column", "code"),
    [("platform_settings.x", "bad-text"), ("first_comment", "bad-text")],
)
def test_half_of_a_character_is_not_sent(column: str, code: str) -> None:
    made = plan(without_file(column, "x\ud83d"))
    errors = [issue for issue in made.issues if issue.severity is Severity.ERROR]
    assert places(errors) == [(code, 2, column)]


@pytest.mark.parametrize("header", ["post\u00a0id", "\ufeffpost_id", "post_id\u200b"])
def test_a_header_is_known_whatever_programs_put_into_it(header: str) -> None:
    made = plan(sheet([header, *CORE[1:]], [POST, ACCOUNT, TIME]))
    assert (made.issues, made.deliveries) == ([], 1)


COLUMNS = ["post_id", "social_account_ids", "team_id", "timezone", "platform_settings"]
COLUMNS += ["platform_settings.x", "first_comment", "recurrence_interval_days"]
ODD = st.text(st.sampled_from("{}[]\":,'“”‘0123456789aeE+-.\\nu\ud800\u200b\u00a0\0 "), max_size=14)


@given(st.sampled_from(COLUMNS), st.one_of(st.text(max_size=20), ODD, ODD.map(POST.__add__)))
@settings(max_examples=100, deadline=None)
def test_whatever_stands_in_a_cell_is_sent_whole_or_an_issue(column: str, text: str) -> None:
    made = read_wishes([without_file(column, text)], Defaults(TEAM))
    assert len(made.table) <= 1 or column == "social_account_ids"
    assert bool(made.invalid) == any(one.severity is Severity.ERROR for one in made.issues)
    for one in made.documents:
        assert json.loads(one.encode()) is not None

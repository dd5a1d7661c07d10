"""Accounts by what people call them: the one that is meant, or an issue; never another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_sheets import ACCOUNT, KNOWN, NOW, POST, TEAM, TIME, places, sheet

from batch_scheduler.model import RESULT_COLUMNS, SocialAccount
from batch_scheduler.planning import Defaults, Rules, Wishes, make_plan, read_wishes
from batch_scheduler.planning.directory import Directory

PEOPLE = [
    ("ig", "instagram", "acme", "Acme", "connected"),
    ("fb", "facebook", "acme", "Acme", "connected"),
    ("li", "linkedin", "acme-inc", "Acme, Inc.", "connected"),
    ("x", "x", "acme", "Acme", "connected"),
    ("uk", "instagram", "acme.uk", "Acme UK", "connected"),
    ("tt", "tiktok", "", "Café Acme", "connected"),
    ("off", "facebook", "acme-outlet", "Acme Outlet", "disabled"),
    ("th", "threads", "acme", "Acme", "refresh_needed"),
    ("yt", "youtube", "acmetv", "Acme: the films", "connected"),
]
IDS = {one[0]: f"{n:08x}-0000-4000-8000-000000000000" for n, one in enumerate(PEOPLE)}
NAMES = {ident: name for name, ident in IDS.items()}
GROUPS = {
    "All EU brands": ("@acme.uk", "linkedin:@acme-inc"),
    "Acme TV & more": ("youtube:@acmetv", IDS["tt"]),
    "broken": ("@acme", "nobody"),
}
ACCOUNTS = [SocialAccount(IDS[name], *words) for name, *words in PEOPLE]


def directory(*more: SocialAccount, as_of: float | None = None) -> Directory:
    return Directory([*ACCOUNTS, *more], GROUPS, as_of)


def wishes(
    header: str,
    *rows: Sequence[str],
    given: Sequence[str] = (),
    known: Directory | None = None,
    teams: Mapping[str, Directory] | None = None,
) -> Wishes:
    """`header`: the columns beside post and time, apart by commas."""
    lines = [[f"{POST[:-4]}{n:04}", TIME, *cells] for n, cells in enumerate(rows)]
    own = sheet(["post_id", "scheduled_at", *filter(None, header.split(","))], *lines)
    directories = {TEAM: known or directory()} if teams is None else teams
    return read_wishes([own], Defaults(TEAM, accounts=tuple(given), directories=directories))


def meant(header: str, *cells: str, given: Sequence[str] = ()) -> str:
    """Whom one row is for, by their names here; else the codes of its issues, in brackets."""
    made = wishes(header, cells, given=given)
    if made.issues:
        return f"[{' '.join(issue.code for issue in made.issues)}]"
    return " ".join(NAMES.get(one, "id") for one in made.table["account"].tolist())


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@acme.uk", "uk"),
        ("acme.uk", "uk"),
        ("  @ACME.UK ", "uk"),
        ("\u200b@acme.uk\u2060\xa0", "uk"),
        ("\uff20acme.uk", "uk"),
        ("“@acme.uk”", "uk"),
        ("instagram:@acme", "ig"),
        ("Instagram: acme", "ig"),
        ("Instagram - Acme", "ig"),
        ("Instagram @acme", "ig"),
        ("@acme (Instagram)", "ig"),
        ("Acme on Instagram", "ig"),
        ("ig:@acme", "ig"),
        ("insta: Acme", "ig"),
        ("FB: @acme", "fb"),
        ("Twitter:@acme", "x"),
        ("X:@acme", "x"),
        ("yt:acmetv", "yt"),
        ("Acme: the films", "yt"),
        ("acme   uk", "uk"),
        ("Cafe\u0301 Acme", "tt"),
        ("CAFÉ ACME", "tt"),
        ("Acme, Inc.", "li"),
        ("acme-inc", "li"),
        ("acme\u2010inc", "li"),
        ("facebook:@acme-outlet", "off"),
        ("LinkedIn", "li"),
        ("facebook", "fb"),
        ("threads", "th"),
        (IDS["tt"], "tt"),
        (IDS["tt"].upper(), "tt"),
        (ACCOUNT, "id"),
        ("All EU brands", "uk li"),
        ("all eu BRANDS", "uk li"),
        ("Acme TV & more", "yt tt"),
    ],
)
def test_a_name_in_any_writing_is_the_one_account(text: str, who: str) -> None:
    assert meant("social_accounts", text) == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@acme.uk, facebook:@acme", "uk fb"),
        ("@acme.uk; facebook:@acme", "uk fb"),
        ("@acme.uk\nfacebook:@acme\r\n", "uk fb"),
        ("@acme.uk,, ;", "uk"),
        ("@acme.uk, Acme UK, instagram:@acme.uk", "uk"),
        ("Acme, Inc., @acme.uk", "li uk"),
        ("@acme.uk; Acme, Inc.; x:@acme", "uk li x"),
        (f"@acme.uk, {IDS['x']}", "uk x"),
        ("All EU brands, x:@acme", "uk li x"),
    ],
)
def test_several_in_a_cell_and_each_once(text: str, who: str) -> None:
    assert meant("social_accounts", text) == who


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("@acme", "ambiguous-account"),
        ("Acme", "ambiguous-account"),
        ("instagram", "ambiguous-account"),
        ("@acmee", "unknown-account"),
        ("@acme.u", "unknown-account"),
        ("@Acme UK", "unknown-account"),
        ("acm", "unknown-account"),
        ("x:@acme.uk", "unknown-account"),
        ("pinterest:@acme", "unknown-account"),
        ("youtube:acme", "unknown-account"),
        ("tiktok:@", "unknown-account"),
        ("acme inc", "unknown-account"),
        ("@acme.uk @acmetv", "unknown-account"),
        ("All EU", "unknown-account"),
        ("broken", "ambiguous-account"),
        ("12345678-0000-4000-8000-00000000000", "unknown-account"),
        ("@acme.uk, @acmee", "unknown-account"),
        ("'; DROP TABLE account --", "unknown-account"),
    ],
)
def test_what_fits_none_or_several_is_an_issue_at_its_cell(text: str, code: str) -> None:
    made = wishes("social_accounts", [text])
    assert places(made.issues) == [(code, 2, "social_accounts")]
    assert len(made.table) == 0


def test_the_issue_lists_who_could_be_meant() -> None:
    (issue,) = wishes("social_accounts", ["@acme"]).issues
    for label in ("instagram:@acme", "facebook:@acme", "x:@acme"):
        assert label in issue.message
        assert meant("social_accounts", label) in ("ig", "fb", "x")
    (issue,) = wishes("social_accounts", ["@acme.ukk"]).issues
    assert "Did you mean instagram:@acme.uk" in issue.hint
    (issue,) = wishes("social_accounts", ["x:@acne"]).issues
    assert "Did you mean x:@acme? " in issue.hint
    (issue,) = wishes("social_accounts", ["@acmee, nobody"]).issues
    assert "@acmee" in issue.message
    assert "nobody" in issue.message


def test_of_two_with_one_handle_on_one_network_none_is_chosen() -> None:
    """Also where one is connected and the other not: it may be the one that is meant."""
    twin = SocialAccount(ACCOUNT, "instagram", "ACME.uk", "Acme UK", "disconnected")
    (issue,) = wishes("social_accounts", ["instagram:@acme.uk"], known=directory(twin)).issues
    assert issue.code == "ambiguous-account"
    assert f"{ACCOUNT} (instagram:@ACME.uk, disconnected)" in issue.message
    assert wishes("social_accounts", [ACCOUNT], known=directory(twin)).issues == []


def test_a_name_with_a_comma_that_is_two_names_as_well_is_not_guessed() -> None:
    ours = [
        SocialAccount(IDS["ig"], "x", "", "Acme", "connected"),
        SocialAccount(IDS["fb"], "x", "", "Inc.", "connected"),
        SocialAccount(IDS["li"], "x", "", "Acme, Inc.", "connected"),
    ]
    made = wishes("social_accounts", ["Acme, Inc."], known=Directory(ours))
    assert places(made.issues) == [("ambiguous-account", 2, "social_accounts")]


def test_a_group_that_is_called_like_an_account_is_not_guessed() -> None:
    known = Directory(ACCOUNTS, {"acme uk": ("x:@acme",)})
    made = wishes("social_accounts", ["Acme UK"], known=known)
    assert places(made.issues) == [("ambiguous-account", 2, "social_accounts")]


LABELS = st.sampled_from(ACCOUNTS)


@given(st.lists(LABELS, min_size=1, max_size=4), st.sampled_from([", ", ";", "\n"]))
def test_what_a_message_calls_an_account_is_that_account(
    some: list[SocialAccount], between: str
) -> None:
    known = directory()
    made = wishes("social_accounts", [between.join(map(known.label, some))], known=known)
    assert made.issues == []
    assert made.table["account"].tolist() == list(dict.fromkeys(one.id for one in some))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_text_is_an_account_of_that_name_or_an_issue(text: str) -> None:
    made = wishes("social_accounts", [text])
    if not made.issues:
        assert set(made.table["account"]) <= {*NAMES} | {text.strip().lower()}


# Other columns


@pytest.mark.parametrize(
    ("header", "cells", "who"),
    [
        ("provider,account", ["instagram", "@acme"], "ig"),
        ("Network,Account", ["Twitter", "Acme"], "x"),
        ("platforms,profiles", ["instagram, facebook", "Acme"], "ig fb"),
        ("platforms,profiles", ["Instagram and X", "@acme"], "ig x"),
        ("provider,account", ["", "@acme.uk"], "uk"),
        ("provider,account", ["instagram", "@acme, @acme.uk"], "ig uk"),
        ("provider,account", ["instagram", "instagram:@acme"], "ig"),
        ("platforms", ["twitter, linkedin"], "x li"),
        ("platforms", ["facebook"], "fb"),
        ("facebook,linkedin,instagram", ["TRUE", "TRUE", "FALSE"], "fb li"),
        ("Facebook,Twitter/X", ["1", "yes"], "fb x"),
        ("Facebook,LinkedIn", ["wahr", "falsch"], "fb"),
        ("x,threads", ["x", "✓"], "x th"),
        ("instagram,x", ["@acme.uk", "TRUE"], "uk x"),
        ("account,instagram,facebook", ["Acme", "TRUE", "TRUE"], "ig fb"),
        ("social_accounts,x", ["@acme", "TRUE"], "x"),
        ("social_account_ids,social_accounts", [IDS["x"], "@acme.uk"], "x uk"),
        ("social_account_ids,social_accounts", [IDS["x"], ""], "x"),
        ("social_account_ids,social_accounts", ["", "@acme.uk"], "uk"),
        ("social_account_ids,provider", [IDS["x"], "instagram"], "x"),
        ("social_account_ids,x", [IDS["x"], "TRUE"], "x"),
        ("social_account_ids,x", [ACCOUNT, "TRUE"], "id"),
    ],
)
def test_names_and_networks_in_columns_of_their_own(
    header: str, cells: list[str], who: str
) -> None:
    assert meant(header, *cells) == who


@pytest.mark.parametrize(
    ("header", "cells", "code", "column"),
    [
        ("provider,account", ["instagram", "@acmetv"], "unknown-account", "account"),
        ("provider,account", ["pinterest", "@acme"], "unknown-network", "provider"),
        ("provider,account", ["x", "instagram:@acme"], "unknown-account", "account"),
        ("provider,account", ["x, instagram", "instagram:@acme"], "ambiguous-account", "provider"),
        ("provider", ["instagram"], "ambiguous-account", "provider"),
        ("provider", ["mastodon"], "unknown-network", "provider"),
        ("instagram", ["TRUE"], "ambiguous-account", "instagram"),
        ("x", ["A caption for X"], "unknown-account", "x"),
        ("facebook,linkedin", ["FALSE", "no"], "missing-account", "facebook"),
        ("social_accounts", ["  "], "missing-account", "social_accounts"),
        ("social_account_ids,x", [IDS["ig"], "TRUE"], "ambiguous-account", "x"),
        ("social_account_ids,social_accounts", ["@acme.uk", ""], "bad-id", "social_account_ids"),
    ],
)
def test_what_columns_leave_open_is_an_issue(
    header: str, cells: list[str], code: str, column: str
) -> None:
    assert places(wishes(header, cells).issues) == [(code, 2, column)]


def test_a_network_without_an_account_of_ours() -> None:
    known = Directory(ACCOUNTS[:3])
    made = wishes("threads", ["TRUE"], known=known)
    assert places(made.issues) == [("unknown-account", 2, "threads")]


# What is given for all rows


@pytest.mark.parametrize(
    ("given", "header", "cells", "who"),
    [
        (["@acme.uk"], "social_accounts", ["Instagram"], "uk"),  # a channel that is a network
        (["@acme.uk"], "social_accounts", ["Instagram, Facebook"], "uk fb"),
        (["@acme.uk"], "social_accounts", ["instagram:@acme"], "ig"),
        (["instagram:@acme"], "", [], "ig"),
        (["instagram:@acme", "Acme, Inc."], "", [], "ig li"),
        (["all eu brands"], "", [], "uk li"),
        ([IDS["x"]], "", [], "x"),
        ([ACCOUNT], "", [], "id"),
        (["instagram:@acme"], "social_accounts", [""], "ig"),
        (["instagram:@acme"], "social_accounts", ["@acmetv"], "yt"),
        (["instagram:@acme"], "social_account_ids", [IDS["x"]], "x"),
        (["@acme"], "instagram,x", ["TRUE", "TRUE"], "ig x"),
        (["@acme.uk"], "instagram,x", ["TRUE", "TRUE"], "uk x"),
        (["instagram:@acme", "@acme.uk"], "platforms", ["instagram"], "ig uk"),
        ([ACCOUNT], "platforms", ["instagram"], "id"),
        (["All EU brands"], "platforms", ["instagram, x"], "uk x"),
        (["instagram:@acme"], "facebook", ["FALSE"], "ig"),
    ],
)
def test_rows_that_name_none_are_for_what_is_given(
    given: list[str], header: str, cells: list[str], who: str
) -> None:
    assert meant(header, *cells, given=given) == who


@pytest.mark.parametrize("given", ["@acme", "nobody", "broken"])
def test_what_is_given_and_not_understood_spoils_the_sheet(given: str) -> None:
    made = wishes("", [], [], given=[given])
    (issue,) = made.issues
    assert (issue.row, issue.column) == (None, None)
    assert issue.message.startswith("--account: ")
    assert len(made.invalid) == 2


def test_a_sheet_that_names_nobody_says_so() -> None:
    assert places(wishes("", []).issues) == [("missing-column", None, None)]


# What was not looked up


def test_names_are_no_error_before_they_are_looked_up() -> None:
    rows = [["@acme", ""], ["", IDS["x"]], [f"{IDS['ig']}, @acme", ""], [IDS["ig"], ""]]
    made = wishes("social_accounts,social_account_ids", *rows, teams={})
    assert places(made.issues) == [("needs-lookup", None, "social_accounts")]
    assert "2 rows" in made.issues[0].message
    assert made.unlisted == {TEAM}
    assert made.invalid == []
    assert [NAMES[one] for one in made.table["account"]] == ["x", "ig", "ig"]


@pytest.mark.parametrize(
    ("header", "cell"), [("platforms", "x"), ("x", "TRUE"), ("social_accounts", "@acme")]
)
def test_whatever_takes_a_look_says_so(header: str, cell: str) -> None:
    assert wishes(header, [cell], teams={}).unlisted == {TEAM}


def test_ids_take_no_look() -> None:
    for header in ("social_accounts", "account", "social_account_ids"):
        assert wishes(header, [IDS["x"]], teams={}).unlisted == frozenset()
    assert wishes("", [], given=[IDS["x"]], teams={}).unlisted == frozenset()


def test_what_was_looked_up_earlier_is_said_with_its_date() -> None:
    known = directory(as_of=NOW)
    made = wishes("social_accounts", ["@acme.uk"], ["@acmetv"], known=known)
    assert places(made.issues) == [("accounts-as-of", None, "social_accounts")]
    assert "2026-09-21" in made.issues[0].message
    assert len(made.table) == 2
    assert wishes("social_accounts", [IDS["x"]], known=known).issues == []


def test_each_team_has_its_own_accounts() -> None:
    other = TEAM[:-1] + "2"
    theirs = Directory([SocialAccount(ACCOUNT, "x", "acme.uk", "Theirs", "connected")])
    rows = [[TEAM, "@acme.uk"], [other, "@acme.uk"], [other, "@acmetv"]]
    teams = {TEAM: directory(), other: theirs}
    made = wishes("team_id,social_accounts", *rows, teams=teams)
    assert made.table["account"].tolist() == [IDS["uk"], ACCOUNT]
    assert places(made.issues) == [("unknown-account", 4, "social_accounts")]


# Results sheets


def results(ids: str, **more: str) -> Wishes:
    cells = dict.fromkeys(RESULT_COLUMNS, "") | {"post_id": POST, "scheduled_at": TIME}
    cells |= {"status": "rejected", "social_account_id": ids, **more}
    own = sheet([*cells], [*cells.values()])
    return read_wishes([own], Defaults(TEAM, directories={TEAM: directory()}))


def test_in_a_results_sheet_an_id_counts_alone() -> None:
    made = results(IDS["x"], social_accounts="@acme.uk, nobody", x="TRUE", instagram="TRUE")
    assert (made.issues, made.table["account"].tolist()) == ([], [IDS["x"]])
    made = results("", social_accounts="@acme.uk")
    assert (made.issues, made.table["account"].tolist()) == ([], [IDS["uk"]])


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("social_accounts", ["@acme.uk, @acmee"]),
        ("social_account_ids,social_accounts", [IDS["x"], "@acmee"]),
        ("social_account_ids,account", [IDS["x"], "@acmee"]),
    ],
)
def test_what_was_invalid_says_the_same_in_its_results(header: str, cells: list[str]) -> None:
    made = wishes(header, cells)
    source = make_plan(made, KNOWN, Rules(now=NOW, lead=60, max_accounts=50)).sources[0]
    ids: str = source.raw["social_account_id"].tolist()[0]
    names = dict(zip(source.columns, source.cells.iloc[0].tolist(), strict=True))
    again = results(ids, **names)
    (issue,) = again.issues
    assert issue.code == "unknown-account"
    assert "@acmee" in issue.message
    mended = results(
        ids.replace("acmee", "acmetv"),
        **{name: text.replace("acmee", "acmetv") for name, text in names.items()},
    )
    both = [IDS["x"] if "social_account_ids" in header else IDS["uk"], IDS["yt"]]
    assert (mended.issues, mended.table["account"].tolist()) == ([], both)

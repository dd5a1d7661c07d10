"""Templates of other schedulers, as they are filled in, from the file to accepted."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from command_line import Desk

TEMPLATES = Path(__file__).parents[1] / "templates"
HEADLESS = ("hootsuite", "socialpilot")
WITHOUT_TIME = ("buffer", "highlevel_basic", "publer", "schedulin")
"""These have a row that their tool would have queued, or kept as a draft."""
REHEARSED = ("--simulate", "--timezone", "Europe/Berlin", "--account", "instagram:@acme", "--json")

ROWS = {
    "autopostit": 2,
    "ayrshare": 4,
    "buffer": 2,
    "contentstudio": 2,
    "highlevel_advanced": 1,
    "highlevel_basic": 2,
    "metricool": 3,
    "postfast": 2,
    "publer": 2,
    "schedulin": 2,
    "socialbee": 2,
    "sproutsocial": 2,
    "vistasocial": 3,
    "zernio": 3,
}
"""Deliveries that are accepted, for each template that has a header."""
ACCEPTED = sum(ROWS.values())


def sheets(desk: Desk) -> list[str]:
    """Each with texts of its own: the same text for the same account and time is one post."""
    for name in ROWS:
        text = (TEMPLATES / f"{name}.csv").read_bytes()
        for words in (b"Spring sale", b"New guide"):
            text = text.replace(words, words + b" by " + name.encode())
        (desk.folder / f"{name}.csv").write_bytes(text)
    return [f"{name}.csv" for name in ROWS]


def test_each_template_with_a_header_is_sent_and_its_results_are_sheets(desk: Desk) -> None:
    results = desk.folder / "results"
    results.mkdir()
    ended = desk("run", *sheets(desk), *REHEARSED, "--valid-only", "--results", "results")
    assert ended.code == 3, ended.err  # some rows have no time
    counts = {}
    for path in ended.document["results"]:
        rows = desk.results(path)
        counts[Path(path).name.split(".")[0]] = sum(one["status"] == "accepted" for one in rows)
        assert {one["status"] for one in rows} <= {"accepted", "invalid"}
    assert counts == ROWS
    without = [one["path"] for one in ended.document["issues"] if one["code"] == "missing-time"]
    assert without == [f"{name}.csv" for name in ROWS if name in WITHOUT_TIME]

    again = desk("check", *ended.document["results"], "--simulate", "--json").document
    errors = {one["code"] for one in again["issues"] if one["severity"] == "error"}
    # of the rows without a time; their own words for accounts count again, without --account
    assert errors <= {"missing-time", "missing-id", "unknown-account"}
    assert again["calls"] == 0  # what is sent is not sent again
    assert again["deliveries"] == ACCEPTED


@pytest.mark.parametrize("name", HEADLESS)
def test_a_template_without_a_header_needs_its_name(desk: Desk, name: str) -> None:
    shutil.copy(TEMPLATES / f"{name}.csv", desk.folder)
    refused = desk("run", f"{name}.csv", *REHEARSED)
    assert refused.code == 4
    (issue,) = refused.document["issues"]
    assert issue["code"] == "missing-header"
    assert f"--format {name}" in issue["hint"]
    ended = desk("run", f"{name}.csv", *REHEARSED, "--format", name)
    assert ended.code == 0
    with (TEMPLATES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        posts = list(csv.reader(file))
    assert ended.counts == {"accepted": len(posts)}
    assert ended.document["columns"][0]["format"] in ("Hootsuite", "SocialPilot")
    results = desk.results(f"{name}.results.xlsx")
    assert [one["row"] for one in results] == [str(row) for row in range(1, len(posts) + 1)]


def test_the_hour_is_that_of_the_zone_and_the_day_that_of_the_template(desk: Desk) -> None:
    names = ("contentstudio", "sproutsocial", "vistasocial", "zernio")
    for name in names:
        shutil.copy(TEMPLATES / f"{name}.csv", desk.folder)
    times = {}
    ended = desk("run", *(f"{name}.csv" for name in names), *REHEARSED, "--results", "./")
    for path in ended.document["results"]:
        times[Path(path).name.split(".")[0]] = [
            one["scheduled_at"] for one in desk.results(path) if one["status"] == "accepted"
        ]
    assert times["contentstudio"] == ["2027-04-15T07:05:00Z", "2027-06-04T12:30:00Z"]
    assert times["sproutsocial"] == ["2027-04-15T07:05:00Z", "2027-04-16T12:30:00Z"]
    assert times["vistasocial"][::2] == ["2027-04-15T15:05:00Z", "2027-04-16T15:05:00Z"]
    assert times["zernio"][:2] == ["2027-04-15T13:05:00Z", "2027-04-16T12:30:00Z"]

"""Posts created from text: none twice, whatever fails and whenever it is killed."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from program import LONG
from survival_inside import Desk, hurried, standing_in_here
from survival_posts import (
    Row,
    broken,
    created,
    effects,
    place,
    places,
    scheduled,
    write_texts,
)
from survival_world import KILLED, TOKEN, StandIn, World, read_results

from batch_scheduler.settings import Options
from batch_scheduler.simulator import FAULTS, TEAM_ID

HOW = Options(settle=0.3, timeout=2.0, concurrency=4)
WEEK = [
    Row("one"),
    Row("one", (2, 3)),
    Row("two", title="With a title"),
    Row("two"),
    Row("three\nlines 🎉", hours=48),
    Row("three\nlines 🎉", hours=72),
    Row("four", media="https://example.com/a.jpg, https://example.com/b.jpg"),
]
PARTS = 4
EVERY = 1 if LONG else 3
"""Of the steps, so many are gone on by; the first ones come before anything is sent."""
FIRST = 0 if LONG else 12
MOST = 200
"""More steps than a run of this week has."""
EFFECTS = {fault.name: fault.effect for fault in FAULTS.values()}
RETRY_LATER = {name for name, fault in FAULTS.items() if fault.retry_after != "none"}


class Scene:
    """One sheet, one ledger, one service."""

    def __init__(self, folder: Path, service: StandIn, desk: Desk) -> None:
        self.service = service
        self.desk = desk
        self._sheet, self._results = folder / "week.csv", folder / "week.results.csv"
        self._again = folder / "again.csv"

    def run(self, *rows: Row, crash: int | None = None, **how: Any) -> bool:
        """Whether it came to its end."""
        write_texts(self._sheet, rows)
        done = self.desk.run(self._sheet, self._results, replace(HOW, **how), crash)
        return done is not None

    def run_results(self, **how: Any) -> list[dict[str, str]]:
        """The results sheet as a sheet. Its own results."""
        assert self.desk.run(self._results, self._again, replace(HOW, **how)) is not None
        return read_results(self._again)

    @property
    def results(self) -> list[dict[str, str]]:
        return read_results(self._results)

    def named(self, name: str) -> None:
        """Its sheet, and its results."""
        self._sheet = self._sheet.with_name(f"{name}.csv")
        self._results = self._results.with_name(f"{name}.results.csv")

    def edit_results(self, old: str, new: str) -> None:
        written = self._results.read_text(encoding="utf-8-sig")
        self._results.write_text(written.replace(old, new), encoding="utf-8")

    @property
    def said(self) -> list[str]:
        return [" ".join(filter(None, (one["status"], one["error_code"]))) for one in self.results]

    @property
    def written(self) -> bool:
        return self._results.exists()

    @property
    def texts(self) -> list[str]:
        """Of the posts that were created."""
        return sorted(one["text"] for one in effects(self.service, "post_created"))


def create(service: StandIn, **fields: str) -> None:
    """As somebody else would, who works in the same team."""
    address = service.url.removeprefix("http://")
    with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
        head = {"Authorization": f"Bearer {TOKEN}"}
        connection.request("POST", f"/v1/teams/{TEAM_ID}/posts", json.dumps(fields), head)
        assert connection.getresponse().status == 201


@contextmanager
def scene(folder: Path, **options: Any) -> Iterator[Scene]:
    folder.mkdir(exist_ok=True)
    with hurried() as death, standing_in_here(**{"latency": 0.005, **options}) as service:
        yield Scene(folder, service, Desk(folder / "ledger.sqlite3", service.url, death))


# killed


@pytest.mark.parametrize("first", range(PARTS))
def test_a_run_that_is_killed_at_any_step(tmp_path: Path, first: int) -> None:
    """It is resumed; what is known is sent, and what is not known is said."""
    for crash in range(FIRST + first, MOST, PARTS * EVERY):
        with scene(tmp_path / f"{crash}") as one:
            if one.run(*WEEK, crash=crash):
                assert one.said == ["accepted"] * len(places(WEEK))
                assert broken(one.results, one.service) == []
                return
            one.desk.resume(HOW)
            if not one.written:  # it was killed before its plan was kept: nothing was begun
                assert one.texts == []
                one.run(*WEEK)
            assert broken(one.results, one.service) == []
            assert [place(result) for result in one.results] == places(WEEK)
            assert set(one.said) <= {
                "accepted",
                "waiting post-in-doubt",
                "in_doubt not-shown",
                "in_doubt not-settled",
            }
            known = effects(one.service, "post_created") and "waiting post-in-doubt" not in one.said
            assert known or not effects(one.service, "scheduled")
    pytest.fail("it was never done")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
@pytest.mark.parametrize(
    ("kill_at", "ends_as"), [("answered:2", "accepted"), ("ask:3", "in_doubt")]
)
def test_a_process_that_is_killed_between_creating_and_scheduling(
    tmp_path: Path, kill_at: str, ends_as: str
) -> None:
    """Before it knows that its post is there; and when nobody can say whether it was scheduled."""
    row = Row("Doors open", (1, 2))
    with standing_in_here() as service:
        world = World(tmp_path, service.url, [])
        write_texts(world.sheet, [row])
        assert world.run(kill_at=kill_at).code == KILLED
        assert len(effects(service, "post_created")) == 1
        assert effects(service, "scheduled") == []
        world.run("--settle", "0.5")
        assert [result["status"] for result in world.results] == [ends_as, ends_as]
        assert broken(world.results, service) == []


@pytest.mark.parametrize("again", ["resume", "run"])
def test_whoever_ends_it_is_killed_as_well(tmp_path: Path, again: str) -> None:
    """Each time a few steps later, until one gets through."""
    week = [*WEEK, Row("before", hours=96)]
    with scene(tmp_path) as one:
        assert one.run(week[-1])
        assert not one.run(*week, crash=22)
        for crash in range(3, MOST, 3 * EVERY):
            if one.desk.resume(HOW, crash) if again == "resume" else one.run(*week, crash=crash):
                break
        assert one.run(*week)
        assert broken(one.results, one.service) == []
        assert set(one.said) <= {"accepted", "already_accepted", "in_doubt not-shown"}
        assert len(one.texts) == len({(row.text, row.title) for row in week})


# faults on the creation


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"redirect"}))
def test_a_fault_on_the_creation(tmp_path: Path, fault: str) -> None:
    script = (None, fault)
    how = {"hang_seconds": 0.1, "retry_after": 0.1, "effect_delay": 0.05}
    with scene(tmp_path, create_fault_script=script, **how) as one:
        assert one.run(Row("first"), Row("second", hours=48), Row("third", hours=72), concurrency=1)
        assert broken(one.results, one.service) == []
        lost = fault in ("403", "409")
        assert one.said == [
            "accepted",
            f"rejected http-{fault}" if lost else "accepted",
            "accepted",
        ]
        assert one.texts == (["first", "third"] if lost else ["first", "second", "third"])


def test_a_post_that_is_refused_is_refused_for_all_its_rows(tmp_path: Path) -> None:
    """It is not asked for once more for the next of them."""
    with scene(tmp_path, create_fault_script=("403",)) as one:
        assert one.run(Row("first"), Row("first", hours=48), Row("second"), concurrency=1)
        assert one.said == ["rejected http-403", "rejected http-403", "accepted"]
        assert one.texts == ["second"]
        assert broken(one.results, one.service) == []


def test_a_post_is_not_created_for_accounts_that_cannot_publish(tmp_path: Path) -> None:
    acme = "acc00000-0000-4000-8000-00000000000"
    with scene(tmp_path) as one:
        nobody = Row("nobody's", media="https://example.com/a.jpg", ids=f"{acme}9,{acme}a")
        assert one.run(nobody, Row("someone's", ids=f"{acme}1,{acme}9"))
        assert one.said == [
            *("rejected account-refresh-needed", "rejected account-disabled"),
            *("accepted", "rejected account-refresh-needed"),
        ]
        assert one.texts == ["someone's"]
        assert effects(one.service, "asset_imported") == []


def test_nothing_found_proves_nothing_before_the_service_listed_what_it_had_created(
    tmp_path: Path,
) -> None:
    with scene(tmp_path, create_fault_script=("reset_before",)) as one:
        assert one.run(Row("first"))
        assert one.said == ["waiting post-in-doubt"]
        assert "`batch-scheduler resume` asks again" in one.results[0]["error"]
        one.desk.resume(HOW)
        assert one.said == ["waiting post-in-doubt"]
        assert one.texts == []
        assert one.run(Row("first"), Row("second", hours=48))
        assert one.said == ["accepted", "accepted"]
        assert one.texts == ["first", "second"]


def test_what_stays_in_doubt_is_created_again_only_for_who_says_so(tmp_path: Path) -> None:
    with scene(tmp_path, create_fault_script=("reset_before",)) as one:
        assert one.run(Row("first"), settle=None)
        assert one.said == ["waiting post-in-doubt"]
        retried = frozenset({"waiting"})
        assert one.run_results(retry=retried, settle=None)[0]["status"] == "waiting"
        assert one.texts == []
        again = one.run_results(retry=retried, settle=None, may_duplicate=True)
        assert [result["status"] for result in again] == ["accepted"]
        assert one.texts == ["first"]


def test_with_another_ledger_what_may_be_created_is_held(tmp_path: Path) -> None:
    with scene(tmp_path, create_fault_script=("reset_after",), posts_shown_after=600.0) as one:
        assert one.run(Row("first"), settle=None)
        assert one.said == ["waiting post-in-doubt"]
        one.desk = one.desk.another(tmp_path / "another.sqlite3")
        (held,) = one.run_results(settle=None)
        assert (held["status"], held["error_code"]) == ("held", "known-elsewhere")
        assert one.texts == ["first"]
        (found,) = {ids[0] for ids in created(one.service).values()}
        one.edit_results(",,acc", f",{found},acc")
        assert [result["status"] for result in one.run_results()] == ["accepted"]
        assert one.texts == ["first"]


@pytest.mark.parametrize("lost", ["500_after", "reset_after", "reset_before"])
def test_what_someone_else_creates_at_the_moment_leaves_it_in_doubt(
    tmp_path: Path, lost: str
) -> None:
    """Which of the two is whose can't be told, nor whether there was a second one."""
    with scene(tmp_path, create_fault_script=(None, None, lost)) as one:
        assert one.run(Row("before", hours=1))
        create(one.service, text="the same ")
        assert one.run(Row("the same"))
        assert one.said == ["waiting post-in-doubt"]
        (theirs,) = created(one.service)["the same ", "", ()]
        assert theirs in one.results[0]["error"]
        one.desk.resume(HOW)
        assert one.said == ["waiting post-in-doubt"]
        assert len(one.texts) == (2 if lost == "reset_before" else 3)


def test_a_list_that_lags_leaves_it_to_later(tmp_path: Path) -> None:
    """What the service shows within --settle is all that can be known: here it never did."""
    with scene(tmp_path, create_fault_script=("reset_after",), posts_shown_after=1.0) as one:
        assert one.run(Row("first"))
        assert one.said == ["waiting post-in-doubt"]
        time.sleep(1.0)
        one.desk.resume(HOW)
        assert one.said == ["accepted"]
        assert one.texts == ["first"]


# run again


def test_the_same_sheet_again_sends_nothing(tmp_path: Path) -> None:
    with scene(tmp_path) as one:
        assert one.run(*WEEK)
        calls = len(one.service.calls)
        assert one.run(*WEEK)
        assert one.said == ["already_accepted"] * len(places(WEEK))
        assert one.run_results()[0]["status"] == "already_accepted"
        assert len(one.service.calls) == calls


def test_a_text_is_found_again_at_another_time_and_on_other_accounts(tmp_path: Path) -> None:
    with scene(tmp_path) as one:
        assert one.run(Row("one", (1,)))
        assert one.run(Row("one", (1,)), Row("one", (2,)), Row("one\r\n".strip(), (3,), hours=48))
        assert one.said == ["already_accepted", "accepted", "accepted"]
        assert one.texts == ["one"]


def test_an_edited_text_is_held(tmp_path: Path) -> None:
    with scene(tmp_path) as one:
        assert one.run(Row("Big sale on Friday"), Row("other", hours=48))
        edited = [Row("Big sale on Saturday"), Row("other", hours=48)]
        assert one.run(*edited)
        assert one.said == ["held text-changed", "already_accepted"]
        error = one.results[0]["error"]
        assert 'text: "Big sale on Friday" → "Big sale on Saturday"' in error
        assert "--send-held text-changed" in error
        assert one.texts == ["Big sale on Friday", "other"]
        assert one.run(*edited, send_held=frozenset({"text-changed"}))
        assert one.said == ["accepted", "already_accepted"]
        assert one.texts == ["Big sale on Friday", "Big sale on Saturday", "other"]
        assert one.run(*edited)
        assert one.said == ["already_accepted", "already_accepted"]


def test_a_text_edited_in_the_results_sheet_is_held_as_well(tmp_path: Path) -> None:
    with scene(tmp_path) as one:
        assert one.run(Row("Helo"), Row("other", hours=48))
        one.edit_results("Helo", "Hello")
        again = one.run_results()
        assert [one["error_code"] for one in again] == ["text-changed", ""]
        assert again[0]["post_id"] == one.results[0]["post_id"]
        sent = one.run_results(send_held=frozenset({"text-changed"}))
        assert [result["status"] for result in sent] == ["accepted", "already_accepted"]
        assert sent[0]["post_id"] != one.results[0]["post_id"]
        assert one.texts == ["Hello", "Helo", "other"]


def test_a_text_edited_before_it_was_sent_replaces_what_waits(tmp_path: Path) -> None:
    with scene(tmp_path, create_fault_script=("408_before",)) as one:
        assert one.run(Row("Helo"), settle=None)
        assert one.said == ["waiting post-in-doubt"]
        assert one.run(Row("Hello"))
        assert one.said == ["accepted"]
        one.desk.resume(HOW)
        assert scheduled(one.service) == Counter(places([Row("Hello")]))


def test_a_results_sheet_creates_what_was_not_created(tmp_path: Path) -> None:
    with scene(tmp_path, create_fault_script=(None, "403")) as one:
        assert one.run(Row("one"), Row("two", hours=48), concurrency=1)
        assert one.said == ["accepted", "rejected http-403"]
        assert [bool(result["post_id"]) for result in one.results] == [True, False]
        again = one.run_results(retry=frozenset({"rejected"}))
        assert [result["status"] for result in again] == ["accepted"]
        assert one.texts == ["one", "two"]


# two at once


@pytest.mark.parametrize("seed", range(3))
def test_two_runs_at_once_share_a_post(tmp_path: Path, seed: int) -> None:
    """One creates it, the other waits for it."""
    with scene(tmp_path / "a", latency=0.03, seed=seed) as one:
        other = Scene(tmp_path / "a", one.service, one.desk.another())
        other.named("other")
        ends: list[bool] = []
        rows = [Row(f"text {number}", hours=24 + number) for number in range(6)]
        threads = [
            threading.Thread(target=lambda: ends.append(one.run(*rows))),
            threading.Thread(
                target=lambda: ends.append(
                    other.run(*(row._replace(accounts=(2,)) for row in reversed(rows)))
                )
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ends == [True, True]
        assert one.said == other.said == ["accepted"] * len(rows)
        assert one.texts == sorted(row.text for row in rows)
        assert broken([*one.results, *other.results], one.service) == []


# media


def test_media_is_imported_once_for_all_its_posts(tmp_path: Path) -> None:
    media = "https://example.com/a.jpg"
    rows = [Row(f"text {n}", hours=24 + n, media=media) for n in range(4)]
    with scene(tmp_path) as one:
        assert one.run(*rows, Row("text 0", (2,), media=media))
        imported = effects(one.service, "asset_imported")
        assert [effect["url"] for effect in imported] == [media]
        assert {assets for _, _, assets in created(one.service)} == {(imported[0]["assetId"],)}
        assert one.run(*rows, Row("text 0", (2,), media=media))
        assert len(effects(one.service, "asset_imported")) == 1


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"redirect"}))
def test_a_fault_on_an_import(tmp_path: Path, fault: str) -> None:
    row = Row("with a picture", media="https://example.com/a.jpg;https://example.com/b.jpg")
    script = {"import_fault_script": (None, fault), "hang_seconds": 0.1, "retry_after": 0.1}
    with scene(tmp_path, **script, effect_delay=0.05) as one:
        assert one.run(row, Row("without", hours=48))
        lost = fault in ("403", "409")
        assert one.said == [f"rejected http-{fault}" if lost else "accepted", "accepted"]
        if lost:
            assert "https://example.com/b.jpg is not imported" in one.results[0]["error"]
        assert broken(one.results, one.service) == []
        urls = [effect["url"] for effect in effects(one.service, "asset_imported")]
        assert urls[0] == "https://example.com/a.jpg"
        assert urls.count("https://example.com/a.jpg") == 1


def test_an_address_that_always_fails_leaves_its_post_waiting(tmp_path: Path) -> None:
    row = Row("with a picture", media="https://example.com/a.jpg")
    with scene(tmp_path, import_faults={"500_before": 1.0}) as one:
        assert one.run(row, Row("without", hours=48))
        assert one.said == ["waiting http-500", "accepted"]
        assert "https://example.com/a.jpg is not imported" in one.results[0]["error"]

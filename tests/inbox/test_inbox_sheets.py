"""Each sheet that is put into the folder is taken once, run, and put away with its results."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from inbox_world import StandIn, Wish, World, sheet_of, statuses


def test_good_sheets_are_done_and_bad_ones_are_problems(world: World, service: StandIn) -> None:
    good, bad = [Wish(1), Wish(2)], [Wish(3)]
    world.put("good.csv", good)
    world.put("bad.csv", bad, ("no-id", "no-id", "tomorrow"))
    (world.inbox / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    ended = world()
    assert ended.code == 3, ended.err
    assert ended.sheets == {"good.csv": "done", "bad.csv": "problems", "picture.csv": "problems"}
    assert {
        "done/good.csv",
        "done/good.results.xlsx",
        "problems/bad.csv",
        "problems/bad.results.xlsx",
        "problems/picture.csv",
        "problems/picture.problem.txt",
    } <= world.files
    assert not [name for name in world.files if name.startswith("working")]
    assert statuses(world.inbox / "done/good.results.xlsx") == {"accepted": 2}
    done = service.done
    assert [done[wish.key] for wish in (*good, *bad)] == [1, 1, 0]
    said = (world.inbox / "problems/picture.problem.txt").read_text(encoding="utf-8")
    assert said.startswith("picture.csv is a picture")


def test_the_good_rows_of_a_bad_sheet_go_out_where_that_is_asked_for(
    world: World, service: StandIn
) -> None:
    world.put("bad.csv", [Wish(10)], ("no-id", "no-id", "tomorrow"))
    assert world("--valid-only").sheets == {"bad.csv": "problems"}
    assert service.done[Wish(10).key] == 1


def test_what_is_put_back_is_run_again_and_nothing_vanishes(world: World, service: StandIn) -> None:
    wishes = [Wish(20), Wish(21)]
    world.put("week.csv", wishes)
    assert world().code == 0
    world.put("week.csv", wishes)
    world.put("copy.csv", wishes)
    ended = world()
    assert ended.code == 0, ended.err
    assert ended.sheets == {"week.csv": "done", "copy.csv": "done"}
    assert all(one["seen_before"] for one in ended.nights[0]["sheets"])
    assert "was here before" in ended.err
    assert {"done/week.csv", "done/week (2).csv", "done/copy.csv"} <= world.files
    assert statuses(world.inbox / "done/week (2).results.xlsx") == {"already_accepted": 2}
    assert statuses(world.inbox / "done/week.results.xlsx") == {"accepted": 2}
    assert [service.done[wish.key] for wish in wishes] == [1, 1]


def test_a_sheet_that_was_mended_sends_what_is_left(world: World, service: StandIn) -> None:
    world.put("bad.csv", [Wish(30)], ("no-id", "no-id", "tomorrow"))
    assert world("--valid-only").code == 3
    (world.inbox / "problems/bad.csv").unlink()
    world.put("bad.csv", [Wish(30), Wish(31)])
    assert world("--valid-only").sheets == {"bad.csv": "done"}
    assert [service.done[Wish(post).key] for post in (30, 31)] == [1, 1]


@pytest.mark.parametrize(
    "name", ["~$week.xlsx", ".week.csv", "week.csv.part", "week.csv.tmp", "notes.pdf", "week"]
)
def test_what_is_no_sheet_by_its_name_is_left_alone(world: World, name: str) -> None:
    world.put(name, [Wish(40)])
    ended = world()
    assert (ended.code, ended.sheets) == (0, {})
    assert world.files == {name}


def test_a_link_and_a_folder_are_left_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(sheet_of([Wish(41)]))
    (world.inbox / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (world.inbox / "folder.csv").mkdir()
    assert world().sheets == {}
    assert (world.inbox / "link.csv").is_symlink()


# Still being written


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the quiet is looked at")
def test_a_sheet_that_somebody_has_open_to_write_is_left_until_it_is_whole(
    world: World, service: StandIn
) -> None:
    text = sheet_of([Wish(50), Wish(51)])
    with (world.inbox / "week.csv").open("w", encoding="utf-8") as file:
        file.write(text[:150])
        file.flush()
        assert world().sheets == {}
        assert world.files == {"week.csv"}
        file.write(text[150:])
    assert world().sheets == {"week.csv": "done"}
    assert [service.done[Wish(post).key] for post in (50, 51)] == [1, 1]


def test_a_sheet_that_grows_is_left_until_it_is_whole(world: World, service: StandIn) -> None:
    """As a program writes that opens the file anew for each part."""
    text = sheet_of([Wish(60 + number) for number in range(10)])
    path = world.inbox / "week.csv"
    path.write_text(text[:60])
    with world.start("--quiet", "1.5") as child:
        written = 60
        while child.poll() is None and written < len(text):
            with path.open("a") as file:
                file.write(text[written : written + 40])
            written += 40
            time.sleep(0.1)
        assert path.exists()
        child.communicate(timeout=60)
    path.write_text(text)
    assert world().sheets == {"week.csv": "done"}
    assert sum(service.done[Wish(60 + number).key] for number in range(10)) == 10


def test_an_empty_file_is_not_whole_yet(world: World) -> None:
    (world.inbox / "week.csv").touch()
    assert world().sheets == {}
    assert world.files == {"week.csv"}


# Several at once


def test_two_at_once_send_each_sheet_once(world: World, service: StandIn) -> None:
    wishes = [[Wish(100 + 10 * sheet + row) for row in range(5)] for sheet in range(6)]
    for number, rows in enumerate(wishes):
        world.put(f"{number}.csv", rows)
    children = [world.start(), world.start()]
    said = [child.communicate(timeout=120) for child in children]
    assert {child.returncode for child in children} == {0}
    assert any("another process is at work" in err for _, err in said)
    assert {f"done/{number}.csv" for number in range(6)} <= world.files
    assert all(service.done[wish.key] == 1 for rows in wishes for wish in rows)


def test_a_lock_that_a_dead_one_left_holds_nobody(world: World) -> None:
    world.put("week.csv", [Wish(170)])
    with world.start("--watch", "--every", "0.2") as child:
        until(lambda: "done/week.csv" in world.files)
        child.kill()
        child.communicate()
    world.put("more.csv", [Wish(171)])
    more = {"more.csv": "done"}
    # One that was killed before it had said so leaves that to the next.
    assert world().sheets in (more, {"week.csv": "done"} | more)


# Staying


def test_a_watcher_takes_what_comes_and_ends_when_it_is_told(
    world: World, service: StandIn
) -> None:
    with world.start("--watch", "--every", "0.2") as child:
        for number in range(3):
            world.put(f"{number}.csv", [Wish(180 + number)])
            until(lambda name=f"done/{number}.csv": name in world.files)
        time.sleep(1)  # it is idle again
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert len(out.splitlines()) >= 1
    assert [service.done[Wish(180 + number).key] for number in range(3)] == [1, 1, 1]


def until(true: object, within: float = 30.0) -> None:
    assert callable(true)
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


# What can be wrong with the folder


def test_a_folder_that_is_not_there_is_said(world: World) -> None:
    shutil.rmtree(world.inbox)
    ended = world()
    assert ended.code == 2
    assert "is not a folder" in ended.err


def test_without_a_token_no_sheet_is_touched(world: World) -> None:
    world.put("week.csv", [Wish(190)])
    ended = world(env={"OCTOSPARK_TOKEN": ""})
    assert ended.code == 2
    assert "OCTOSPARK_TOKEN is not set" in ended.nights[0]["stopped"]
    assert world.files == {"week.csv"}


def test_an_expired_token_ends_the_night_with_one_message_and_is_gone_on_with(
    world: World, service: StandIn
) -> None:
    for number in range(3):
        world.put(f"{number}.csv", [Wish(200 + number)])
    ended = world(env={"OCTOSPARK_TOKEN": "octo_live_expired"})
    assert ended.code == 6, ended.err
    assert len(ended.nights) == 1
    assert "make a new one in" in ended.nights[0]["stopped"]
    assert "OCTOSPARK_TOKEN" in ended.nights[0]["stopped"]
    assert [name for name in world.files if name.endswith(".csv")]
    ended = world()
    assert ended.code == 0, ended.err
    assert {f"done/{number}.csv" for number in range(3)} <= world.files
    assert [service.done[Wish(200 + number).key] for number in range(3)] == [1, 1, 1]


def test_a_base_url_that_was_wrong_for_a_night_is_mended_for_the_next(
    world: World, service: StandIn
) -> None:
    world.put("week.csv", [Wish(220)])
    nowhere = {"OCTOSPARK_BASE_URL": "http://127.0.0.1:9"}
    assert world(env=nowhere).code == 6
    ended = world()
    assert (ended.code, ended.sheets) == (0, {"week.csv": "done"}), ended.err
    assert statuses(world.inbox / "done/week.results.xlsx") == {"accepted": 1}
    assert service.done[Wish(220).key] == 1


def test_a_workbook_is_put_away_as_it_was(world: World) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (line.split(",") for line in sheet_of([Wish(210)]).splitlines()):
        book.active.append(row)
    path = world.inbox / "Woche 1 & mehr.xlsx"
    book.save(path)
    before = path.read_bytes()
    assert world().sheets == {path.name: "done"}
    assert (world.inbox / "done" / path.name).read_bytes() == before
    assert Counter(world.files) == Counter(
        {"done/Woche 1 & mehr.xlsx", "done/Woche 1 & mehr.results.xlsx"}
    )

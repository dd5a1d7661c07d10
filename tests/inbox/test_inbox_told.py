"""Messages, figures and a heartbeat: enough to act on, with nothing secret in them."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

from inbox_world import NOW, SECRET, TOKEN, Listener, Wish, World, standing_in
from prometheus_client.parser import text_string_to_metric_families


def test_of_a_night_with_problems_there_is_one_message_to_act_on(
    world: World, listener: Listener
) -> None:
    world.put("good.csv", [Wish(1000)])
    world.put("bad.csv", [Wish(1001)], ("no-id", "no-id", "tomorrow"))
    ended = world("--notify", listener.channel)
    assert ended.code == 3
    (message,) = listener.posts
    assert message["title"] == "batch-scheduler: 1 sheet done, 1 sheet with problems"
    assert message["type"] == "warning"
    body = message["message"]
    assert 'row 3, scheduled_at, "tomorrow"' in body
    assert "2027-05-01T09:00Z" in body  # what to write instead
    assert "bad.results.xlsx" in body
    assert str(world.inbox / "problems/bad.results.xlsx") in body  # it is read elsewhere
    assert body.splitlines()[-1].startswith(platform.node())  # and perhaps a day later
    assert "good.csv: done: 1 accepted." in body
    assert_secret(TOKEN, world, ended.err + ended.out + body)
    assert_secret(SECRET, world, ended.err + ended.out + body)


def assert_secret(secret: str, world: World, said: str) -> None:
    assert secret not in said
    for path in world.inbox.parent.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_what_went_wrong_in_the_same_way_is_said_once(listener: Listener, tmp_path: Path) -> None:
    wishes = [Wish(1005 + number, account=1 + number % 2) for number in range(12)]
    with standing_in(failing_accounts=[wishes[0].key.account]) as service:
        world = World(tmp_path, service.url)
        world.put("week.csv", wishes)
        assert world("--notify", listener.channel).code == 3
    lines = listener.posts[0]["message"].splitlines()
    (told,) = [line for line in lines if "rejected (" in line]
    assert "rows 2, 4, 6, 8, 10 … (6)" in told
    assert "The platform refused this account" in told
    assert any("put it into the inbox again" in line for line in lines)


def test_of_a_good_night_there_is_a_message_only_where_it_is_wanted(
    world: World, listener: Listener
) -> None:
    for number, options in enumerate([(), ("--notify-when", "always")]):
        world.put(f"{number}.csv", [Wish(1010 + number)])
        assert world("--notify", listener.channel, *options).code == 0
        assert len(listener.posts) == number
    assert listener.posts[0]["type"] == "success"
    assert "1.csv: done: 1 accepted." in listener.posts[0]["message"]


def test_a_message_that_fails_fails_no_run_and_is_tried_again(
    world: World, listener: Listener
) -> None:
    listener.refuses = True
    world.put("bad.csv", [], ("no-id", "no-id", "tomorrow"))
    ended = world("--notify", listener.channel)
    assert ended.sheets == {"bad.csv": "problems"}
    assert "tried again" in ended.err
    assert_secret(SECRET, world, ended.err)
    listener.refuses = False
    assert world("--notify", listener.channel).code == 0
    assert ["bad.csv" in one["message"] for one in listener.posts] == [True]
    world("--notify", listener.channel)
    assert len(listener.posts) == 1


def test_of_a_folder_that_is_of_no_use_there_is_a_message(world: World, listener: Listener) -> None:
    world.inbox.rename(world.inbox.with_name("elsewhere"))
    ended = world("--notify", listener.channel, "--heartbeat", f"http://{listener.address}/beat")
    assert ended.code == 2
    assert "is not a folder" in ended.err
    assert f"{world.inbox} is not a folder" in listener.posts[0]["message"]
    assert listener.asked == ["/beat/fail"]


def test_a_channel_can_come_from_the_environment(world: World, listener: Listener) -> None:
    world.put("bad.csv", [], ("no-id", "no-id", "tomorrow"))
    assert world(env={"BATCH_SCHEDULER_NOTIFY": listener.channel}).code == 3
    assert len(listener.posts) == 1


def test_a_channel_that_is_none_is_refused_without_its_url(world: World) -> None:
    world.put("week.csv", [Wish(1020)])
    ended = world("--notify", f"nonsense://{SECRET}")
    assert ended.code == 2
    assert SECRET not in ended.err
    assert world.files == {"week.csv"}


def test_the_heartbeat_is_asked_for_at_start_and_end(world: World, listener: Listener) -> None:
    url = f"http://{listener.address}/{SECRET}"
    assert world("--heartbeat", url).code == 0
    assert listener.asked == [f"/{SECRET}/start", f"/{SECRET}"]
    ended = world("--heartbeat", url, env={"OCTOSPARK_TOKEN": ""})
    assert listener.asked[2:] == [f"/{SECRET}/start", f"/{SECRET}/fail"]
    listener.refuses = True
    ended = world("--heartbeat", url)
    assert ended.code == 0
    assert "heartbeat" in ended.err
    assert SECRET not in ended.err


def test_the_figures_are_read_by_prometheus(world: World, tmp_path: Path) -> None:
    file = tmp_path / "metrics" / "batch.prom"

    def read() -> dict[tuple[str, ...], float]:
        families = text_string_to_metric_families(file.read_text(encoding="utf-8"))
        return {
            (sample.name.removeprefix("batch_scheduler_"), *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    world.put("good.csv", [Wish(1030), Wish(1031)])
    world("--metrics", str(file))
    good = read()
    assert good["deliveries", "accepted"] == 2
    assert good["sheets", "done"] == 1
    assert good["calls",] == 2
    assert good["waited_seconds",] == 0
    assert ("rate_found",) not in good  # nothing was refused
    assert good["seconds_since_last_good_run",] < 60
    world.put("bad.csv", [], ("no-id", "no-id", "tomorrow"))
    world("--metrics", str(file))
    bad = read()
    assert bad["sheets", "problems"] == 1
    assert bad["last_good_run_timestamp_seconds",] == good["last_good_run_timestamp_seconds",]
    assert bad["seconds_since_last_good_run",] > 0
    assert TOKEN not in file.read_text(encoding="utf-8")


def test_each_log_line_is_json_with_the_ids_of_run_and_call(world: World) -> None:
    world.put("week.csv", [Wish(1040), Wish(1041)])
    ended = world("--log-format", "json", "-vv")
    assert ended.code == 0
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert any("2 to send in 2 calls" in one["message"] for one in lines)
    world.inbox.rename(world.inbox.with_name("elsewhere"))
    failed = world("--log-format", "json")
    assert [json.loads(line)["level"] for line in failed.err.splitlines()] == ["error", "info"]
    (run,) = {one["run"] for one in lines if "run" in one}
    assert {one["call"] for one in lines if "call" in one} == {f"{run}-1", f"{run}-2"}
    assert TOKEN not in ended.err


def test_a_doubt_is_asked_about_until_its_time_has_passed_and_told_of_twice(
    listener: Listener, tmp_path: Path
) -> None:
    """When it comes up, and when nobody asks any more; not each night."""
    with standing_in(fault_script=("reset_before",)) as service:
        world = World(tmp_path, service.url)
        passes_at = time.time() + 20
        soon = Wish(1070, hours=(passes_at - NOW) / 3600)
        world.put("week.csv", [soon])
        options = ("--notify", listener.channel, "--lead", "0")
        assert world(*options).code == 3
        nights = 0
        while time.time() < passes_at + 2:
            assert world(*options).code == 0 or len(listener.posts) == 2
            nights += 1
            time.sleep(1)
        assert world(*options).code in (0, 3)
        asked = service.asked(soon.key.post)
        assert world(*options).code == 0
        assert service.asked(soon.key.post) == asked
    assert nights > 1
    first, last = (post["message"] for post in listener.posts)
    assert "in doubt" in first
    assert "`batch-scheduler resume` asks again" in first
    assert "has passed and it is not asked about any more: look at it in Octospark" in last

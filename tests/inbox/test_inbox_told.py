"""Messages, figures and a heartbeat: enough to act on, with nothing secret in them."""

from __future__ import annotations

import json
from pathlib import Path

from inbox_world import SECRET, TOKEN, Listener, Wish, World
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
    assert "good.csv: done: 1 accepted." in body
    assert_secret(TOKEN, world, ended.err + ended.out + body)
    assert_secret(SECRET, world, ended.err + ended.out + body)


def assert_secret(secret: str, world: World, said: str) -> None:
    assert secret not in said
    for path in world.inbox.parent.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


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
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    (run,) = {one["run"] for one in lines if "run" in one}
    assert {one["call"] for one in lines if "call" in one} == {f"{run}-1", f"{run}-2"}
    assert TOKEN not in ended.err

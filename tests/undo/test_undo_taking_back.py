"""What a run got scheduled is taken back where it is that run's alone; the rest is left."""

from __future__ import annotations

import time

import pytest
from undo_world import (
    NOW,
    Gate,
    Key,
    StandIn,
    World,
    account_id,
    at,
    post_id,
    row,
    standing_in,
    words,
)

WEEK = (row(1, accounts=(1, 2, 3)), row(2, hours=25), row(3, accounts=(1, 2)))


def test_all_of_a_run_is_taken_back_and_can_be_sent_again(world: World, service: StandIn) -> None:
    run = world.send(*WEEK)
    assert words(world.undo(run)) == {"undone": 6}
    assert sorted(service.moves) == [post_id(1), post_id(2), post_id(3)]
    assert not service.standing
    assert world.states() == ["undone"] * 6
    assert world.statuses(run) == [("rejected", "undone")] * 6

    again = world.run(*WEEK)
    assert again.counts == {"accepted": 6}
    assert set(service.standing.values()) == {1}
    assert world.run(*WEEK).counts == {"already_accepted": 6}
    assert set(service.count("scheduled").values()) == {2}


def test_its_sheet_says_what_came_of_each(world: World) -> None:
    run = world.send(*WEEK)
    ids = {one["social_account_id"] + one["post_id"]: one for one in world.results(run)}
    done = world.undo(run)
    assert done.results == world.folder / "undone.csv"
    assert len(world.sheet) == 6
    assert list(world.sheet[0]) == [
        *("team_id", "post_id", "social_account_id", "scheduled_at", "scheduled_post_id"),
        *("outcome", "said"),
    ]
    for one in world.sheet:
        before = ids[one["social_account_id"] + one["post_id"]]
        for name in ("team_id", "scheduled_at", "scheduled_post_id"):
            assert one[name] == before[name]
        assert one["outcome"] == "undone"
        assert "shows nothing scheduled" in one["said"]


def test_a_second_undo_asks_nothing_and_says_the_same(world: World, gate: Gate) -> None:
    run = world.send(*WEEK)
    world.undo(run)
    before, asked = world.sheet, len(gate.behind.record()["requests"])
    assert words(world.undo(run)) == {"undone": 6}
    assert (world.sheet, len(gate.behind.record()["requests"])) == (before, asked)


def test_a_run_of_which_something_is_taken_back_is_not_complete(world: World) -> None:
    run = world.send(*WEEK)
    world.undo(run)
    record = world.app.show(run).run
    assert record.status == "partial"
    assert "taken back" in (record.reason or "")


def test_what_another_run_counted_on_is_not_accepted_any_more(world: World) -> None:
    first = world.send(row(1))
    second = world.run(row(1))
    assert second.counts == {"already_accepted": 1}
    assert words(world.undo(second.run.id)) == {}
    world.undo(first)
    assert world.statuses(second.run.id) == [("rejected", "undone")]


# what is left


def test_of_two_runs_on_one_post_neither_takes_it_back(world: World, service: StandIn) -> None:
    first = world.send(row(1, accounts=(1,)))
    second = world.send(row(1, accounts=(2,)), row(2))
    for run, other, expected in (
        (second, first, {"left": 1, "undone": 1}),
        (first, second, {"left": 1}),
    ):
        assert words(world.undo(run)) == expected
        (said,) = [one["said"] for one in world.sheet if one["outcome"] == "left"]
        assert other in said
    assert service.moves == [post_id(2)]
    assert {key.post for key in service.standing} == {post_id(1)}
    assert world.statuses(first) == [("accepted", "")]


def test_what_another_run_took_back_is_in_nobodys_way(world: World, service: StandIn) -> None:
    first = world.send(row(1))
    world.undo(first)
    second = world.send(row(1, accounts=(2,)))
    assert words(world.undo(second)) == {"undone": 1}
    assert not service.standing


def test_what_was_sent_again_belongs_to_the_later_run(world: World) -> None:
    first = world.send(row(1))
    second = world.send(row(1), again=True)
    assert words(world.undo(first)) == {"left": 1}
    assert words(world.undo(second)) == {"undone": 1}
    assert world.run(row(1)).counts == {"accepted": 1}


def test_what_somebody_scheduled_by_hand_stays(world: World, service: StandIn) -> None:
    run = world.send(row(1), row(2))
    service.schedule(1)
    assert words(world.undo(run)) == {"left": 1, "undone": 1}
    assert account_id(9) in world.sheet[0]["said"]
    assert service.moves == [post_id(2)]
    assert world.statuses(run)[0] == ("accepted", "")


def test_what_is_too_near_is_not_touched(world: World, service: StandIn) -> None:
    run = world.send(row(1, hours=2), row(2, hours=24))
    asked = len(service.record()["requests"])
    assert words(world.undo(run, lead=30 * 3600.0)) == {"left": 2}
    assert len(service.record()["requests"]) == asked
    assert words(world.undo(run, lead=3 * 3600.0)) == {"left": 1, "undone": 1}
    assert service.moves == [post_id(2)]
    assert at(2) in world.sheet[0]["said"]


def test_a_post_of_which_something_is_past_is_not_touched(world: World, service: StandIn) -> None:
    """Although the rest of it lies ahead: what a move to draft does to a published post …"""
    run = world.send(row(1, hours=2), row(1, hours=200))
    world.ask("DROP TRIGGER identity_stays")
    world.ask("UPDATE delivery SET instant = ? WHERE id = 1", NOW - 3600)
    assert words(world.undo(run)) == {"left": 2}
    assert service.moves == []


def test_what_is_in_doubt_is_taken_back_when_the_service_has_had_time(world: World) -> None:
    with standing_in(fault_script=("reset_after", "reset_before")) as service:
        world = World(world.folder, service.url)
        run = world.run(row(1), row(2), row(3)).run.id
        assert world.states() == ["in_doubt", "in_doubt", "accepted"]
        assert words(world.undo(run)) == {"left": 2, "undone": 1}
        assert "minute" in world.sheet[0]["said"]
        world.ask("UPDATE delivery SET finished_at = ?", time.time() - 100)
        assert words(world.undo(run)) == {"undone": 3}
        assert world.run(row(1), row(2), row(3)).counts == {"accepted": 3}
        assert set(service.standing.values()) == {1}


def test_what_was_rejected_is_no_concern_of_it(world: World) -> None:
    with standing_in(failing_accounts=[account_id(2)]) as service:
        world = World(world.folder, service.url)
        run = world.run(row(1, accounts=(1, 2)), row(2, accounts=(2,))).run.id
        assert words(world.undo(run)) == {"undone": 1}
        assert service.moves == [post_id(1)]
        assert [one["outcome"] for one in world.sheet] == ["undone"]


def test_a_run_that_got_nothing_scheduled_has_nothing_to_take_back(world: World) -> None:
    run = world.run({**row(1), "scheduled_at": "soon"}).run.id
    done = world.undo(run)
    assert (done.told, done.results, done.status) == ([], None, "complete")


def test_what_waits_in_the_same_run_still_waits(world: World) -> None:
    with standing_in(fault_script=(None, "redirect")) as service:
        world = World(world.folder, service.url)
        run = world.run(row(1), row(2), concurrency=1).run
        assert (run.status, world.states()) == ("aborted", ["accepted", "planned"])
        done = world.undo(run.id)
        assert (words(done), done.waiting) == ({"undone": 1}, 1)
        assert world.states() == ["undone", "planned"]
        assert world.app.show(run.id).run.status == "aborted"


@pytest.mark.parametrize("days", ["1", "30"])
def test_what_recurs_is_taken_back_before_its_first_time(
    world: World, service: StandIn, days: str
) -> None:
    run = world.send(row(1, recurrence_interval_days=days))
    assert words(world.undo(run)) == {"undone": 1}
    assert service.count("cancelled") == {Key(post_id(1), account_id(1), at(24)): 1}

"""A hidden limit is found, used and respected: two minutes in virtual time, whatever it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from sending_world import AtOnce, Bucket, Chance, Free, Limit, Seen, Windows, play

from batch_scheduler.model import Allowance
from batch_scheduler.sending.limiter import Limiter, Turn

S = 120.0
HERE_AND_FAR = (0.005, 0.05, 0.2, 0.8)
KIND = {"bucket": Bucket, "windows": Windows, "at once": AtOnce}


def halving(rate: float) -> Bucket:
    return Bucket(lambda now: rate if now < S / 2 else rate / 2)


def busiest(concurrency: int, latency: float) -> float:
    """Calls per second of workers that nothing holds up; the world's latencies vary by a fifth."""
    return concurrency / (latency * (0.9 * 1.1 + 0.1))


def in_windows(calls: int, length: float, phase: float, fastest: float) -> float:
    edges = [0.0]
    while edges[-1] < S:
        opened = math.floor((edges[-1] + phase) / length + 1e-9) + 1
        edges.append(min(S, opened * length - phase))
    return sum(min(calls, fastest * (end - begin)) for begin, end in pairwise(edges))


def holds(seen: Seen, possible: float, most_refused: float = 0.03) -> None:
    assert len(seen.let_in) >= 0.9 * possible
    assert seen.share_refused < most_refused
    assert not seen.broken  # nothing left while a Retry-After ran


@pytest.mark.parametrize("latency", HERE_AND_FAR)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("rate", [20, 100, 500, 45])
def test_a_bucket_is_used_up(rate: int, told: bool, latency: float) -> None:
    seen = play(Bucket(rate), latency=latency, told=told)
    holds(seen, min(rate, busiest(8, latency)) * S)


@pytest.mark.parametrize("latency", HERE_AND_FAR)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("rate", [20, 100, 500])
def test_a_bucket_that_halves_half_way(rate: int, told: bool, latency: float) -> None:
    seen = play(halving(rate), latency=latency, told=told)
    fastest = busiest(8, latency)
    holds(seen, (min(rate, fastest) + min(rate / 2, fastest)) * S / 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("concurrency", [8, 32])
@pytest.mark.parametrize("make", [Bucket, halving])
def test_a_bucket_whose_calls_take_unequally_long(
    make: Callable[[float], Bucket], concurrency: int, told: bool, seed: int
) -> None:
    seen = play(make(100), spread=1.0, told=told, concurrency=concurrency, seed=seed)
    holds(seen, (120 if make is Bucket else 90) * 100)


def evenly(rate: float, latency: float) -> float:
    """Calls per second that leave evenly and are all let in where no two may come closer than
    `rate` says: they are on their way for a tenth of the latency, more or less by a fifth of that.
    """
    return 1 / (1 / rate + 0.2 * latency / 10)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("latency", [0.05, 0.2])
@pytest.mark.parametrize("concurrency", [8, 32])
@pytest.mark.parametrize("rate", [20, 100, 500])
def test_a_bucket_without_a_burst_is_not_one_call_at_once(
    rate: int, concurrency: int, latency: float, told: bool, seed: int
) -> None:
    """Short of the bar: what comes too close is refused by chance, at any rate near the limit."""
    seen = play(Bucket(rate, 1), latency=latency, told=told, concurrency=concurrency, seed=seed)
    possible = min(evenly(rate, latency), busiest(concurrency, latency)) * S
    assert len(seen.let_in) >= 0.85 * possible
    assert seen.share_refused < 0.01


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("latency", [0.05, 0.2])
@pytest.mark.parametrize("burst", [2, 3, 5])
def test_a_bucket_with_a_small_burst(burst: int, latency: float, told: bool, seed: int) -> None:
    seen = play(Bucket(100, burst), latency=latency, told=told, concurrency=32, seed=seed)
    assert len(seen.let_in) >= 0.87 * 100 * S
    assert seen.share_refused < 0.01


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("concurrency", [32, 128])
@pytest.mark.parametrize("rate", [100, 500])
def test_a_bucket_far_away_with_many_in_flight(
    rate: int, concurrency: int, told: bool, seed: int
) -> None:
    seen = play(Bucket(rate), latency=0.2, told=told, concurrency=concurrency, seed=seed)
    assert len(seen.let_in) >= 0.88 * min(rate, busiest(concurrency, 0.2)) * S
    assert seen.share_refused < 0.01


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("concurrency", [32, 128])
@pytest.mark.parametrize("latency", [0.05, 0.2])
def test_a_bucket_that_halves_with_many_in_flight(
    latency: float, concurrency: int, told: bool, seed: int
) -> None:
    seen = play(halving(100), latency=latency, told=told, concurrency=concurrency, seed=seed)
    holds(seen, 75 * S)


@pytest.mark.parametrize("stall", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("concurrency", [64, 128])
@pytest.mark.parametrize(
    ("make", "rate"), [(Bucket, 20), (Bucket, 100), (Bucket, 500), (halving, 20), (halving, 100)]
)
def test_a_client_that_wakes_late_and_stands_still_at_times_does_not_make_up_for_all_of_it(
    make: Callable[[float], Bucket], rate: int, concurrency: int, told: bool, stall: float
) -> None:
    seen = play(make(rate), told=told, concurrency=concurrency, late=0.003, stall=stall)
    holds(seen, rate * S if make is Bucket else rate * S * 0.75)


@pytest.mark.parametrize("seed", [0, 4, 7])
def test_a_bucket_that_refuses_at_once_leaves_little_to_learn_from(seed: int) -> None:
    """One refusal a pause: a rate and a number of calls at once look the same at first."""
    seen = play(Bucket(500), concurrency=64, late=0.001, stall=0.004, seed=seed, way=0.01)
    holds(seen, 500 * S)


@pytest.mark.parametrize("way", [0.01, 0.1])
@pytest.mark.parametrize("seed", range(2))
def test_what_piles_up_before_a_service_that_stands_still_is_not_too_many_at_once(
    seed: int, way: float
) -> None:
    """Six times; each costs the pause of a second that the service asks for."""
    seen = play(Bucket(500), concurrency=64, late=0.001, seed=seed, way=way, halt=0.03)
    holds(seen, 500 * (S - 6))


@pytest.mark.parametrize("latency", HERE_AND_FAR)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("most", [3, 4, 6])
def test_calls_at_once(most: int, told: bool, latency: float) -> None:
    seen = play(AtOnce(most), latency=latency, told=told)
    holds(seen, busiest(most, latency) * S)


@pytest.mark.parametrize("latency", HERE_AND_FAR)
@pytest.mark.parametrize("told", [True, False])
def test_fixed_windows(told: bool, latency: float) -> None:
    seen = play(Windows(300, 60), latency=latency, told=told)
    holds(seen, in_windows(300, 60, 0, busiest(8, latency)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("phase", [15, 30, 45])
def test_windows_that_have_been_open_for_a_while(phase: float, seed: int) -> None:
    seen = play(Windows(300, 60, phase), seed=seed)
    holds(seen, in_windows(300, 60, phase, busiest(8, 0.05)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("phase", [20, 40, 50])
def test_windows_that_were_open_and_say_no_time(phase: float, seed: int) -> None:
    seen = play(Windows(300, 60, phase), told=False, seed=seed)
    holds(seen, in_windows(300, 60, phase, busiest(8, 0.05)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("phase", [20, 40, 50])
@pytest.mark.parametrize("concurrency", [32, 64, 128])
def test_windows_with_many_in_flight(concurrency: int, phase: float, seed: int) -> None:
    seen = play(Windows(300, 60, phase), concurrency=concurrency, seed=seed)
    holds(seen, in_windows(300, 60, phase, busiest(concurrency, 0.05)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("phase", [20, 40, 50])
def test_windows_that_say_no_time_with_many_in_flight(phase: float, seed: int) -> None:
    seen = play(Windows(300, 60, phase), concurrency=32, told=False, seed=seed)
    holds(seen, in_windows(300, 60, phase, busiest(32, 0.05)))


@pytest.mark.parametrize("concurrency", [32, 128])
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    "make",
    [
        lambda: Bucket(20),
        lambda: Bucket(7),
        lambda: Bucket(7, burst=50),
        lambda: Bucket(lambda now: 7 if now < S / 2 else 3.5),
        lambda: Bucket(100),
        lambda: Bucket(250),
        lambda: Bucket(100, burst=100),
        lambda: AtOnce(20),
        lambda: Windows(1000, 300),
    ],
)
def test_with_more_in_flight_what_was_in_flight_at_the_first_refusal_is_all_that_is_lost(
    make: Callable[[], Limit], told: bool, concurrency: int
) -> None:
    """Nobody can know of a limit before it refuses; what follows keeps to the bar, or near it."""
    seen = play(make(), concurrency=concurrency, told=told)
    late = [at for at in seen.refused_at if at > 1]
    within = [at for at in seen.let_in if at > 1]
    assert len(late) <= max(0.03 * len(within), 20)


def test_short_windows() -> None:
    seen = play(Windows(60, 10))
    holds(seen, in_windows(60, 10, 0, busiest(8, 0.05)))


@pytest.mark.parametrize("seed", range(3))
def test_short_windows_that_say_no_time_have_to_be_looked_for(seed: int) -> None:
    """Short of the bar, which is for windows of a minute: most is used, little is refused."""
    seen = play(Windows(60, 10), told=False, seed=seed)
    assert len(seen.let_in) > 0.65 * in_windows(60, 10, 0, busiest(8, 0.05))
    assert seen.share_refused < 0.08


def test_more_calls_at_once_are_tried_one_after_the_other() -> None:
    """What comes together is refused together."""
    latency = 0.05
    seen = play(Free(), latency=latency, concurrency=128, seconds=20 * latency)
    at_once = [sum(at <= one < at + latency / 10 for one in seen.left) for at in seen.left]
    assert max(at_once) <= 2 * 128 / 10


@pytest.mark.parametrize("concurrency", [8, 32, 128])
@pytest.mark.parametrize("latency", HERE_AND_FAR)
def test_a_service_without_a_limit_is_not_slowed_down(latency: float, concurrency: int) -> None:
    seconds = 400 * latency
    seen = play(Free(), latency=latency, concurrency=concurrency, seconds=seconds)
    rounds = 2 + math.log2(concurrency / 8)  # of latency, until all are at work
    assert len(seen.let_in) >= 0.98 * busiest(concurrency, latency) * (seconds - rounds * latency)
    assert seen.allowance is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("told", [True, False])
def test_refusals_that_have_nothing_to_do_with_the_rate_cost_their_pauses_alone(
    told: bool, seed: int
) -> None:
    share, pause = 0.04, 1.0
    seen = play(Chance(share, seed), seed=seed, told=told)
    between = 1 / share
    assert len(seen.let_in) > 0.8 * S * between / (pause + between / busiest(8, 0.05))


def test_what_is_known_from_an_earlier_run_spares_the_search() -> None:
    first = play(Bucket(100), concurrency=128)
    again = play(Bucket(100), concurrency=128, known=first.allowance, seed=1)
    assert min(first.refused_at) < 1
    assert min(again.refused_at) > 15
    assert again.refused < first.refused
    assert len(again.let_in) > len(first.let_in)


@pytest.mark.parametrize("known", [Allowance(rate=2.0), Allowance(in_flight=2), Allowance(quota=5)])
def test_what_does_not_hold_any_more_is_forgotten_soon(known: Allowance) -> None:
    seen = play(Free(), known=known)
    last = [at for at in seen.let_in if at > S - 10]
    assert len(last) > 0.9 * busiest(8, 0.05) * 10


def test_one_call_too_many_at_once_counts_as_when_it_left() -> None:
    """Its refusal comes when others of those in flight have ended already."""
    limiter = Limiter(lambda: 0.5, known=Allowance(in_flight=20))

    def leave(calls: int, now: float) -> list[Turn]:
        turns = [Turn() for _ in range(calls)]
        for turn in turns:
            limiter.take(turn, now, now)
            limiter.leave(turn, now)
        return turns

    for now in range(20):
        for turn in leave(20, float(now)):
            limiter.accepted(turn, now + 0.05)
    *others, last = leave(21, 20.0)
    for turn in others[:10]:
        limiter.accepted(turn, 20.05)
    limiter.refused(last, 1.0, 20.06)
    for turn in others[10:]:
        limiter.accepted(turn, 20.07)
    for turn in leave(1, 21.1):
        limiter.accepted(turn, 21.15)
    assert limiter.found(21.2) == Allowance(in_flight=20)


def test_nobody_storms_a_service_that_opens_again() -> None:
    seen = play(Windows(300, 60), concurrency=128)
    (shut,) = [at for at in seen.refused_at if at < 30][:1]
    after = [at for at in seen.left if at > shut + 30]
    assert sum(at < after[0] + 0.05 for at in after) == 1  # before its answer can be there
    assert sum(at < after[0] + 0.1 for at in after) <= 3


def test_a_rate_that_was_asked_for_is_not_exceeded() -> None:
    seen = play(Free(), concurrency=32, ceiling=10.0)
    assert len(seen.left) == pytest.approx(10 * S, abs=2)


def test_the_same_chances_give_the_same_calls() -> None:
    assert play(halving(100), seed=7).left == play(halving(100), seed=7).left


def test_calls_get_ready_ahead_but_only_those_that_left_are_in_flight() -> None:
    limiter = Limiter(lambda: 0.5, ahead=2)
    turns = [Turn() for _ in range(11)]
    for turn in turns[:10]:
        assert limiter.earliest(0.0, 0.0) == 0.0
        limiter.take(turn, 0.0, 0.0)
    assert limiter.earliest(0.0, 0.0) is None
    for turn in turns[:8]:
        assert limiter.has_room(0.0)
        limiter.leave(turn, 0.0)
    assert not limiter.has_room(0.0)
    limiter.over(turns[9], 0.1)  # it never left
    assert limiter.in_flight == 8
    assert limiter.earliest(0.0, 0.1) == 0.1
    limiter.accepted(turns[0], 0.2)
    assert limiter.in_flight == 7
    assert limiter.has_room(0.2)


def test_calls_that_got_ready_together_leave_one_by_one() -> None:
    rate = 100.0
    limiter = Limiter(lambda: 0.5, ceiling=rate)
    turns = [Turn() for _ in range(6)]
    for number, turn in enumerate(turns):
        limiter.take(turn, 0.0, number / rate)
    now, left = 0.1, list[float]()  # their intents went to the disk together
    for turn in turns:
        now = max(now, limiter.leaves_at(now))
        limiter.leave(turn, now)
        left.append(now)
    assert left[0] == 0.1
    assert all(later - sooner > 0.7 / rate for sooner, later in pairwise(left))
    assert left[-1] - left[0] < len(turns) / rate


def test_a_moment_is_made_up_for_and_no_more() -> None:
    rate = 1000.0
    limiter = Limiter(lambda: 0.5, ceiling=rate)
    limiter.take(Turn(), 0.0, 0.0)
    late, together = 1.0, 0  # it stood still for a second, and everyone waits since before
    while (at := limiter.earliest(0.0, late)) is not None and at <= late:
        turn = Turn()
        limiter.take(turn, 0.0, late)
        limiter.over(turn, late)
        together += 1
    assert 2 <= together < 8

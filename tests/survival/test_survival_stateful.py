"""Whatever a person, the service and bad luck do, in any order: the three promises hold."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from program import LONG
from survival_inside import MAY_BE_DONE, Desk, Kept, hurried, shown, standing_in_here
from survival_world import Key, Wish, broken_promises, key, read_results, write_sheet

from batch_scheduler.history import Finished
from batch_scheduler.settings import Options
from batch_scheduler.simulator import FAULTS

FAULTY = [
    name for name, fault in FAULTS.items() if name != "redirect" and fault.retry_after == "none"
]
"""A Retry-After would be a second at least."""
HOW = Options(settle=0.5, timeout=2.0, concurrency=4, give_up=60.0)
DAYS = (24, 48, 72)
SENT = ("accepted", "already_accepted", "in_doubt")

crashes = st.one_of(st.none(), st.integers(0, 40))
accounts = st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True).map(tuple)
places = st.tuples(st.integers(1, 4), st.sampled_from(DAYS))
scripts = st.lists(st.one_of(st.none(), st.none(), st.sampled_from(FAULTY)), max_size=40)


class Survival(RuleBasedStateMachine):
    """One sheet, its results, the ledger that is used, and a second one that knows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.sheet, self.results = self.folder / "week.csv", self.folder / "week.results.csv"
        self.rows: dict[tuple[int, int], Wish] = {}
        self.asked: Counter[Key] = Counter()
        """How often a person asked by name for what may go out twice."""

    @initialize(script=scripts, reads=st.sampled_from([0.0, 0.2]), seed=st.integers(0, 9))
    def begin(self, script: list[str | None], reads: float, seed: int) -> None:
        death = self.stack.enter_context(hurried())
        self.service = self.stack.enter_context(
            standing_in_here(
                fault_script=script,
                read_faults=reads,
                seed=seed,
                hang_seconds=0.05,
                effect_delay=0.05,
                shuffle_entries=True,
            )
        )
        self.desk = Desk(self.folder / "ledger.sqlite3", self.service.url, death)
        self.other = Desk(self.folder / "other.sqlite3", self.service.url, death)
        self.rows = {(1, 24): Wish(1), (2, 24): Wish(2, (1, 2)), (1, 48): Wish(1, hours=48)}

    def teardown(self) -> None:
        self.stack.close()

    # the sheet

    @rule(place=places, accounts=accounts, settings=st.sampled_from(["", '{"n": 1}']))
    def write_a_row(self, place: tuple[int, int], accounts: tuple[int, ...], settings: str) -> None:
        self.rows[place] = Wish(place[0], accounts, place[1], settings)

    @precondition(lambda self: len(self.rows) > 1)
    @rule(which=st.integers(0, 99), day=st.sampled_from(DAYS))
    def move_a_row(self, which: int, day: int) -> None:
        wish = self.rows.pop(sorted(self.rows)[which % len(self.rows)])
        self.rows[(wish.post, day)] = wish._replace(hours=day)

    @precondition(lambda self: len(self.rows) > 1)
    @rule(which=st.integers(0, 99))
    def delete_a_row(self, which: int) -> None:
        del self.rows[sorted(self.rows)[which % len(self.rows)]]

    # the program

    def _run(self, options: Options, crash: int | None) -> Finished | None:
        write_sheet(self.sheet, list(self.rows.values()))
        done = self.desk.run(self.sheet, self.results, options, crash)
        if done:
            wanted = Counter(place for wish in self.rows.values() for place in wish.keys)
            assert Counter(map(key, read_results(self.results))) == wanted
            self._sheet_holds()
        return done

    def _sheet_holds(self) -> None:
        """But for what this run did not do, because an earlier one did, in another way."""
        held = {"settings-differ", "known-elsewhere"}
        results = [one for one in read_results(self.results) if one["error_code"] not in held]
        places = {key(one) for one in results}
        done = {place: ids[-1:] for place, ids in self.service.done().items() if place in places}
        said = [one for one in broken_promises(results, done) if not self._was_asked(one)]
        assert said == []

    def _was_asked(self, said: str) -> bool:
        return any(place.post in said and place.account in said for place in self.asked)

    @rule(crash=crashes, most=st.sampled_from([50, 50, 1]))
    def run_it(self, crash: int | None, most: int) -> None:
        self._run(_how(max_accounts=most), crash)

    @rule(crash=st.integers(5, 30))
    def run_it_and_crash(self, crash: int) -> None:
        self._run(HOW, crash)

    @rule(crash=crashes)
    def run_it_without_asking_what_became_of_lost_calls(self, crash: int | None) -> None:
        self._run(_how(settle=None), crash)

    @rule(crash=crashes)
    def run_it_again(self, crash: int | None) -> None:
        """--again: by name, what was accepted."""
        self._ask_for(*MAY_BE_DONE)
        self._run(_how(again=True), crash)

    @rule(crash=crashes, code=st.sampled_from(["moved", "settings-differ"]))
    def send_what_is_held(self, crash: int | None, code: str) -> None:
        if code == "settings-differ":
            self._ask_for(*MAY_BE_DONE)
        self._run(_how(send_held=frozenset({code})), crash)

    @rule(crash=crashes)
    def resume(self, crash: int | None) -> None:
        self.desk.resume(HOW, crash)

    @rule()
    def resume_until_nothing_is_left(self) -> None:
        """None is lost, and in doubt is nothing that the service shows."""
        for _ in range(3):
            self.desk.resume(HOW)
        live = [one for one in self.desk.kept() if not one.released]
        assert {one.state for one in live} & {"planned", "sending"} == set()
        newest = set(shown(self.service).values())
        for one in live:
            assert one.state != "in_doubt" or not one.alone or one.key not in newest, one

    @rule(crash=crashes, doubtful=st.booleans())
    def retry_the_results(self, crash: int | None, doubtful: bool) -> None:
        """Which may be an old sheet. --may-duplicate: by name, what is in doubt."""
        if not self.results.exists():
            return
        if doubtful:
            self._ask_for("in_doubt", "sending")
        statuses = frozenset({"in_doubt"} if doubtful else {"rejected", "waiting"})
        how = _how(retry=statuses, may_duplicate=doubtful)
        self.desk.run(self.results, self.folder / "retried.csv", how, crash)

    @rule(crash=crashes)
    def run_the_results_as_a_sheet(self, crash: int | None) -> None:
        if self.results.exists():
            self.desk.run(self.results, self.folder / "again.csv", HOW, crash)

    @rule()
    def run_what_was_sent_with_another_ledger(self) -> None:
        """Which knows nothing but what the results sheet says."""
        results = read_results(self.results) if self.results.exists() else []
        sent = [one for one in results if one["status"] in SENT]
        if not sent:
            return
        sheet = self.folder / "sent.csv"
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(sent[0]))
            writer.writeheader()
            writer.writerows(sent)
        before = len(self.service.calls)
        self.other.run(sheet, self.folder / "elsewhere.csv", HOW)
        assert len(self.service.calls) == before
        statuses = {one["status"] for one in read_results(self.folder / "elsewhere.csv")}
        assert statuses == {"held"}

    def _ask_for(self, *states: str) -> None:
        """What is in doubt now may turn out to be accepted while the plan is made."""
        live = [one for one in self.desk.kept() if not one.released]
        self.asked.update({one.key for one in live if one.state in states})

    # the promises

    @invariant()
    def nothing_is_done_twice_that_nobody_asked_for_twice(self) -> None:
        for place, ids in self._done().items():
            assert len(ids) <= 1 + self.asked[place], place

    @invariant()
    def what_was_done_is_in_the_ledger(self) -> None:
        may_be = Counter(one.key for one in self._kept() if one.state in MAY_BE_DONE)
        for place, ids in self._done().items():
            assert len(ids) <= may_be[place], place

    @invariant()
    def nothing_is_accepted_that_was_not_done(self) -> None:
        done = self._done()
        accepted = [one for one in self._kept() if one.state == "accepted"]
        for one in accepted:
            assert one.scheduled_post_id in done.get(one.key, []), one
        ids = [one.scheduled_post_id for one in accepted]
        assert len(ids) == len(set(ids))

    def _kept(self) -> list[Kept]:
        return self.desk.kept() if hasattr(self, "desk") else []

    def _done(self) -> dict[Key, list[str]]:
        return self.service.done() if hasattr(self, "service") else {}


def _how(**changes: Any) -> Options:
    return replace(HOW, **changes)


Survival.TestCase.settings = settings(
    max_examples=300 if LONG else 25,
    stateful_step_count=30 if LONG else 14,
    deadline=None,
    database=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
TestSurvival = Survival.TestCase

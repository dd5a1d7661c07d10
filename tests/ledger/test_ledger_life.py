"""Any number of runs, in any order: the ledger and a few dictionaries agree on what became of it.

And whatever they do, no delivery is live twice, and no post has two calls under way.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ledger_plans import (
    LATER,
    NOW,
    SOON,
    claim,
    new_run,
    outcomes,
    plan,
    release,
    row,
    sqlite_place,
)

from batch_scheduler.ledger import Conclusion
from batch_scheduler.model import Call, Status
from batch_scheduler.planning import Plan

ROWS = st.lists(
    st.builds(
        row,
        st.integers(1, 2),
        st.sets(st.integers(1, 3), min_size=1).map(sorted),
        st.sampled_from([SOON, LATER]),
    ),
    min_size=1,
    max_size=3,
)
DECIDED = st.sampled_from([Status.ACCEPTED, Status.REJECTED, Status.IN_DOUBT])
SHOWN = {"planned": "waiting", "sending": "in_doubt"}


@dataclass
class Line:
    """What the dictionaries know of one delivery. `prior`: whose fate it shows."""

    run: str
    call: int
    post: str
    key: tuple[str, str, int]
    state: str
    prior: int = -1
    released: bool = False

    @property
    def live(self) -> bool:
        undecided = self.state in ("planned", "sending", "accepted", "in_doubt")
        return undecided and self.prior < 0 and not self.released


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.place = sqlite_place(Path(self.folder.name))
        self.ledger = self.place.open()
        self.other = self.place.open()
        self.lines: dict[int, Line] = {}
        self.runs: list[str] = []
        self.taken: dict[str, Call] = {}

    def teardown(self) -> None:
        self.ledger.close()
        self.other.close()
        self.folder.cleanup()

    @rule(rows=ROWS, again=st.booleans(), may_duplicate=st.booleans(), sends=st.booleans())
    def plan_and_record(
        self, rows: list[tuple[str, str, str]], again: bool, may_duplicate: bool, sends: bool
    ) -> None:
        run = f"r{len(self.runs) + 1}"
        made = plan(self.ledger, *rows, again=again, may_duplicate=may_duplicate)
        self.ledger.record(new_run(run, sends=sends), made)
        self.runs.append(run)
        if sends:
            self.make_room(made)
        for id_, entry in enumerate(made.entries.to_dict("records"), len(self.lines) + 1):
            planned = entry["state"] == "planned"
            key = (entry["post"], entry["account"], entry["instant"])
            place = (run, entry["call"], entry["post"], key, entry["state"])
            shows = -1 if planned else entry["prior"]
            self.lines[id_] = Line(*place, prior=shows, released=planned and not sends)

    def make_room(self, made: Plan) -> None:
        for id_ in made.superseded:
            self.lines[id_].state = "held"
        for entry in made.entries.to_dict("records"):
            if entry["state"] == "planned" and entry["prior"] >= 0:
                before = self.lines[entry["prior"]]
                if before.state == "planned":
                    before.state = "held"
                else:
                    before.released = True

    @precondition(lambda self: self.runs)
    @rule(run=st.integers(0, 99), pick=st.integers(0, 99))
    def claim_one(self, run: int, pick: int) -> None:
        name = self.runs[run % len(self.runs)]
        calls = self.ledger.calls(name, after=0, most=99)
        wanted: dict[int, list[int]] = defaultdict(list)
        for id_, line in self.lines.items():
            if line.run == name and line.state == "planned" and not line.released:
                wanted[line.call].append(id_)
        assert {call.number: [one.id for one in call.deliveries] for call in calls} == wanted
        if calls:
            call = calls[pick % len(calls)]
            assert claim(self.other, call) is (call.post not in self.taken)
            if call.post not in self.taken:
                self.taken[call.post] = call
                self.become(call, ["sending"] * len(call.deliveries))

    @precondition(lambda self: self.taken)
    @rule(pick=st.integers(0, 99))
    def release_one(self, pick: int) -> None:
        call = self.take(pick)
        release(self.ledger, call)
        self.become(call, ["planned"] * len(call.deliveries))

    @precondition(lambda self: self.taken)
    @rule(pick=st.integers(0, 99), statuses=st.lists(DECIDED, min_size=3, max_size=3))
    def conclude_one(self, pick: int, statuses: list[Status]) -> None:
        call = self.take(pick)
        decided = statuses[: len(call.deliveries)]
        said = {
            one.id: outcomes(call, status)[one.id]
            for one, status in zip(call.deliveries, decided, strict=True)
        }
        with self.other.transaction():
            self.other.conclude([Conclusion(call, said, NOW)])
        self.become(call, [str(status) for status in decided])

    @precondition(lambda self: self.runs)
    @rule(run=st.integers(0, 99))
    def adopt_one(self, run: int) -> None:
        name = self.runs[run % len(self.runs)]
        with self.ledger.transaction():
            self.ledger.adopt(name, NOW)
        for post, call in list(self.taken.items()):
            if call.run == name:
                del self.taken[post]
                self.become(call, ["in_doubt"] * len(call.deliveries))

    def take(self, pick: int) -> Call:
        return self.taken.pop(sorted(self.taken)[pick % len(self.taken)])

    def become(self, call: Call, states: list[str]) -> None:
        for one, state in zip(call.deliveries, states, strict=True):
            self.lines[one.id].state = state

    @invariant()
    def the_states_agree(self) -> None:
        found = self.place.ask("SELECT id, state, live FROM delivery ORDER BY id")
        assert found == [(id_, one.state, int(one.live)) for id_, one in self.lines.items()]
        assert self.place.ask("SELECT id FROM delivery WHERE (freed IS NULL) <> live") == []

    @invariant()
    def the_counts_agree(self) -> None:
        for run in self.runs[-3:]:
            shown = Counter(self.shown(one) for one in self.lines.values() if one.run == run)
            assert self.ledger.counts(run) == shown

    def shown(self, line: Line) -> str:
        if line.prior < 0 or line.state not in ("already_accepted", "in_doubt"):
            return SHOWN.get(line.state, line.state)
        prior = self.lines[line.prior]
        status = SHOWN.get(prior.state, prior.state)
        return "already_accepted" if status == "accepted" else status

    @invariant()
    def nothing_is_live_twice(self) -> None:
        live = Counter(line.key for line in self.lines.values() if line.live)
        assert not [key for key, times in live.items() if times > 1]
        sent = [line.post for line in self.lines.values() if line.state == "sending"]
        assert set(sent) == set(self.taken)


Life.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase

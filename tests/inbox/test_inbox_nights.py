"""Thirty nights, with faults, edits, outages and a token that expires: nobody is needed but when
the messages say so, and at the end the service did what the sheets asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from inbox_world import KILLED, TOKEN, Key, Listener, StandIn, Wish, World, standing_in

from batch_scheduler.app import App
from batch_scheduler.bulletin import Wanted
from batch_scheduler.planning import Plan
from batch_scheduler.sending import Tally
from batch_scheduler.settings import Options, Settings
from batch_scheduler.simulator import TEAM_ID
from batch_scheduler.watch import Rhythm

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # apprise's own

FAULTS = {
    **dict.fromkeys(("reset_before", "reset_after", "500_before", "500_after"), 0.06),
    **dict.fromkeys(("html_200_after", "504_before", "half_answer", "429_seconds"), 0.04),
}
"""Of all of them it can be found out what came of the call."""
HOW = Options(settle=0.5, timeout=2.0, give_up=3.0)
IMPATIENT = replace(HOW, timeout=0.5, give_up=1.0)
EXPIRED = "octo_live_expired"


class Nobody:
    """Is not there."""

    def agrees(self, plan: Plan) -> bool:
        return True

    def hears(self, text: str) -> None:
        pass

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Month:
    world: World
    service: StandIn
    listener: Listener
    number: int = 0
    wanted: set[Key] = field(default_factory=set)
    messages: dict[int, str] = field(default_factory=dict)

    def put(self, name: str, wishes: Sequence[Wish], *more: Sequence[str]) -> None:
        """A sheet; what it asks for is to be done in the end, once, if the sheet is good."""
        self.world.put(name, wishes, *more)
        if not more:
            self.wanted |= {wish.key for wish in wishes}

    def night(self, token: str = TOKEN, how: Options = HOW) -> None:
        self.number += 1
        settings = Settings(token, TEAM_ID, self.service.url, str(self.world.ledger))
        rhythm = Rhythm(quiet=0.0, every=1.0, resume=1.0)
        wanted = Wanted(notify=[self.listener.channel])
        nights = App(settings).nights(self.world.inbox, how, Nobody(), rhythm, wanted, False)
        assert len(list(nights)) == 1
        for message in self.listener.posts:
            assert self.number not in self.messages, "one message a night"
            self.messages[self.number] = message["title"] + "\n" + message["message"]
        self.listener.posts.clear()

    def killed(self) -> None:
        """In the middle of a call."""
        self.number += 1
        assert self.world(kill_at="answered:2").code == KILLED

    @contextmanager
    def half_written(self, name: str, wishes: Sequence[Wish]) -> Iterator[None]:
        path = self.world.put(name, wishes)
        text = path.read_text(encoding="utf-8")
        with path.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            yield
            file.write(text[len(text) // 2 :])
        self.wanted |= {wish.key for wish in wishes}


@pytest.fixture
def month(tmp_path: Path, listener: Listener) -> Iterator[Month]:
    with standing_in(faults=FAULTS, read_faults=0.03, retry_after=0.2, seed=30) as service:
        yield Month(World(tmp_path, service.url), service, listener)


def week(number: int, size: int = 4) -> list[Wish]:
    return [Wish(100 * number + row, account=1 + row % 3, hours=48 + row) for row in range(size)]


def test_thirty_nights(month: Month) -> None:
    first_ten(month)
    second_ten(month)
    third_ten(month)
    assert month.service.done == Counter(month.wanted)
    files = month.world.files
    assert not [name for name in files if not name.startswith(("done/", "problems/"))]
    assert {night: said.splitlines()[0] for night, said in month.messages.items()} == {
        2: "batch-scheduler: 1 sheet with problems",
        7: "batch-scheduler: stopped, 1 sheet not over yet",
        8: "batch-scheduler: stopped",
        10: "batch-scheduler: 1 sheet with problems",
        12: "batch-scheduler: stopped, 1 sheet not over yet",
        18: "batch-scheduler: 1 sheet with problems",
    }
    assert 'row 6, scheduled_at, "tomorrow"' in month.messages[2]
    assert "the service can't be used" in month.messages[7]
    assert "held (moved)" in month.messages[10]
    assert "OCTOSPARK_TOKEN" in month.messages[12]
    assert "a picture" in month.messages[18]


def first_ten(month: Month) -> None:
    month.put("w1.csv", week(1))
    month.put("w1b.csv", week(2))
    month.night()  # 1
    month.put("w3.csv", week(3), ("no-id", "no-id", "tomorrow"))
    month.night()  # 2: a row that nobody understands
    month.put("w3.csv", week(3))
    month.night()  # 3: mended
    month.put("w3.csv", week(3))
    month.night()  # 4: put back as it was
    month.put("w3.csv", week(3, size=6))
    month.night()  # 5: two posts more
    month.night()  # 6: nothing
    month.put("w4.csv", week(4))
    month.put("w5.csv", week(5))
    with month.service.hanging():
        month.night(how=IMPATIENT)  # 7: the service is down,
        month.night(how=IMPATIENT)  # 8: and stays so
    month.night()  # 9
    moved = [wish._replace(hours=wish.hours + 24) for wish in week(1)]
    month.world.put("w1.csv", moved)
    month.night()  # 10: a person must decide


def second_ten(month: Month) -> None:
    month.put("w1.csv", week(1))
    month.night()  # 11: the old times again
    month.put("w6.csv", week(6))
    month.put("w7.csv", week(7))
    month.night(EXPIRED)  # 12
    month.night()  # 13
    with month.half_written("w8.csv", week(8)):
        month.night()  # 14
    month.night()  # 15
    month.put("w9.csv", week(9))
    month.killed()  # 16
    month.night()  # 17
    (month.world.inbox / "w10.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    month.night()  # 18
    month.night()  # 19
    month.put("w11.csv", week(11, size=12))
    month.night()  # 20


def third_ten(month: Month) -> None:
    for number in range(12, 22):
        month.put(f"w{number}.csv", week(number))
        month.put("again.csv", week(number - 1))
        month.night()
    assert month.number == 30

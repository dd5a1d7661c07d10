"""On a terminal a person is asked, and sees how far it is; nothing there is what it seems not."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from command_line import COMMAND, Desk, account_id, row
from command_services import StandIn

pty = pytest.importorskip("pty", reason="no such terminals on this system", exc_type=ImportError)

QUESTION = b"Send them?"
HIDE_CURSOR, SHOW_CURSOR, ERASE_LINE = b"\x1b[?25l", b"\x1b[?25h", b"\x1b[2K"


class Terminal:
    """What a person would have before them, and a keyboard."""

    def __init__(
        self, desk: Desk, *arguments: str, stdout: int | None = None, columns: int = 80
    ) -> None:
        self._ours, theirs = pty.openpty()
        self.child = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=desk.folder,
            env=desk.environment
            | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "25"},
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
        )
        os.close(theirs)
        self.seen = b""

    def sees(self, text: bytes, within: float = 20.0) -> bool:
        """Whether it is shown in time."""
        end = time.monotonic() + within
        while text not in self.seen and time.monotonic() < end:
            if select.select([self._ours], [], [], 0.1)[0] and not self._read():
                break
        return text in self.seen

    def types(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def end(self) -> int:
        """Waits for the program's end; returns its exit code."""
        self.sees(b"\0 that nobody shows")
        return self.child.wait(10)

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        try:
            shown = os.read(self._ours, 65_536)
        except OSError:  # nobody holds the other end any more
            return False
        self.seen += shown
        return bool(shown)


AtTerminal = Callable[..., Terminal]


@pytest.fixture
def at_terminal(desk: Desk) -> Iterator[AtTerminal]:
    """at_terminal("run", …) starts the program there."""
    with ExitStack() as stack:

        def start(*arguments: str, **how: int) -> Terminal:
            terminal = Terminal(desk, *arguments, **how)
            stack.callback(terminal.close)
            return terminal

        yield start


@pytest.fixture
def week(desk: Desk) -> str:
    return desk.sheet("week.csv", *(row(post, accounts=2) for post in range(8)))


def test_a_yes_sends(desk: Desk, service: StandIn, week: str, at_terminal: AtTerminal) -> None:
    terminal = at_terminal("run", week)
    assert terminal.sees(QUESTION)
    assert b"16 to send in 8 calls" in terminal.seen
    assert (service.calls, service.effects) == ([], [])
    terminal.types(b"y\n")
    assert terminal.end() == 0
    assert len(service.scheduled) == 16


@pytest.mark.parametrize("keys", [b"n\n", b"\n", b"\x04"])
def test_all_but_a_yes_sends_nothing(
    desk: Desk, service: StandIn, week: str, keys: bytes, at_terminal: AtTerminal
) -> None:
    terminal = at_terminal("run", week)
    assert terminal.sees(QUESTION)
    terminal.types(keys)
    assert terminal.end() == 130
    assert b"nothing was sent" in terminal.seen
    assert b"Traceback" not in terminal.seen
    assert (service.calls, service.effects) == ([], [])
    assert desk.ask_ledger("SELECT count(*) FROM run") == [(0,)]


def test_an_interrupt_at_the_question_sends_nothing(
    desk: Desk, service: StandIn, week: str, at_terminal: AtTerminal
) -> None:
    terminal = at_terminal("run", week)
    assert terminal.sees(QUESTION)
    time.sleep(0.3)  # no person is quicker
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 130
    assert b"Traceback" not in terminal.seen
    assert (service.calls, service.effects) == ([], [])


def test_a_person_is_asked_only_where_something_is_to_decide(
    desk: Desk, service: StandIn, week: str, at_terminal: AtTerminal
) -> None:
    for command in (["run", week, "--yes"], ["run", week]):
        terminal = at_terminal(*command)
        assert terminal.end() == 0
        assert QUESTION not in terminal.seen
    terminal = at_terminal("run", week, "--again")
    assert terminal.sees(QUESTION)
    assert b"may go out twice" in terminal.seen
    terminal.types(b"n\n")
    assert terminal.end() == 130
    assert len(service.scheduled) == 16
    assert set(service.scheduled.values()) == {1}


def test_the_question_is_no_part_of_the_document(
    desk: Desk, week: str, at_terminal: AtTerminal
) -> None:
    with (desk.folder / "out.json").open("wb") as out:
        terminal = at_terminal("run", week, "--json", stdout=out.fileno())
        assert terminal.sees(QUESTION)
        terminal.types(b"y\n")
        assert terminal.end() == 0
    text = (desk.folder / "out.json").read_bytes()
    assert text.startswith(b"{")
    assert b"\x1b" not in text


def test_the_progress_is_one_line_that_goes_away(
    desk: Desk, start: Callable[..., StandIn], week: str, at_terminal: AtTerminal
) -> None:
    service = start(latency=0.6)
    desk.uses(service.url)
    terminal = at_terminal("run", week, "--yes", "--concurrency", "4")
    assert terminal.sees(b" of 16")
    assert terminal.end() == 0
    before, _, rest = terminal.seen.partition(HIDE_CURSOR)
    drawn, shown, after = rest.partition(SHOW_CURSOR)
    assert b"Sending" not in before
    assert shown
    assert drawn.count(b"\n") == 1  # at the end alone
    assert after.lstrip(b"\r").startswith(b"\x1b[1A" + ERASE_LINE)
    assert b"Sending" not in after


@pytest.mark.parametrize("columns", [45, 80, 200])
def test_ids_and_words_stay_whole_however_narrow_it_is(
    columns: int, start: Callable[..., StandIn], desk: Desk, at_terminal: AtTerminal
) -> None:
    words = {"provider": "instagram", "handle": "acme.careers", "name": "Acme Careers Limited"}
    those = [{"id": account_id(n), "status": "refresh_needed", **words} for n in (1, 2)]
    desk.uses(start(accounts=those).url)
    listed = at_terminal("accounts", columns=columns)
    assert listed.end() == 0
    for text in (account_id(1), account_id(2), "instagram", "@acme.careers", "refresh_needed"):
        assert text.encode() in listed.seen
    assert b"\xe2\x80\xa6" not in listed.seen  # an ellipsis
    sent = at_terminal("run", desk.sheet("week.csv", row(1, [7])), "--yes", columns=columns)
    assert sent.end() == 0
    assert account_id(7).encode() in sent.seen
    assert b"accepted" in sent.seen

"""The rooms and their arrows: who may import whom. Imports of the type checker count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

import batch_scheduler

PACKAGE = Path(batch_scheduler.__file__).parent
NOUNS = {"model", "errors", "failpoints"}
ARROWS: dict[str, set[str]] = {
    "model": set(),
    "errors": set(),
    "failpoints": set(),
    "profiles": {"errors", "settings"},
    "settings": {"errors"},
    "configuration": {"errors", "profiles", "settings"},
    "signals": {"errors"},
    "sheets": NOUNS,
    "planning": {"model"},
    "ledger": NOUNS | {"planning"},  # it records a Plan
    "octospark": {"errors", "failpoints", "__init__"},  # the version is in its User-Agent
    "sending": NOUNS | {"ledger", "octospark"},
    "results": NOUNS | {"ledger"},  # its rows are the ledger's
    "marking": NOUNS | {"results"},  # it writes whole files in their style
    "undo": NOUNS | {"ledger", "octospark", "results", "sending"},
    "simulator": set(),
    "template": {"model", "planning"},  # an account is written as a sheet would
    "inbox": NOUNS,
    "notices": NOUNS,
}
FREE = {"app", "engine", "history", "preparation", "rehearsal", "retraction", "wording", "cli"}
FREE |= {"accounts", "night", "night_book", "watch", "bulletin", "letter", "originals", "posts"}
FREE |= {"workplace", "person", "checking", "job"}
FREE |= {"__main__", "__init__"}
"""app, with what stands beside it, wires the rooms; cli calls app."""


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    inside = [name.split(".")[1:2] for name in imported(path) if name.startswith("batch_scheduler")]
    rooms = {part[0] if part else "__init__" for part in inside}
    known = {*ARROWS, *FREE}
    return {room if room in known else "__init__" for room in rooms} - {room_of(path)}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(path: Path) -> None:
    room = room_of(path)
    assert room in {*ARROWS, *FREE}, f"say in this test what {room} may import"
    if room in ARROWS:
        assert rooms_imported(path) <= ARROWS[room]
    assert "cli" not in rooms_imported(path) or room == "__main__"


def test_there_is_no_circle() -> None:
    seen: set[str] = set()
    left = dict(ARROWS)
    while left:
        free = [room for room, others in left.items() if not (others - {"__init__"} - seen)]
        assert free, f"a circle among {sorted(left)}"
        seen.update(free)
        for room in free:
            del left[room]


def test_only_its_rooms_know_the_wire_and_the_database() -> None:
    def users(package: str) -> set[str]:
        return {
            room_of(path) for path in FILES if package in {n.split(".")[0] for n in imported(path)}
        }

    assert users("sqlite3") == {"ledger"}
    assert users("aiohttp") == {"octospark", "simulator"}


def test_the_stand_in_shares_nothing_with_the_program() -> None:
    inside = chain.from_iterable(map(imported, (PACKAGE / "simulator").rglob("*.py")))
    assert not [name for name in inside if name.startswith("batch_scheduler")]

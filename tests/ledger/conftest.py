"""The databases that keep a ledger. Whatever is added here must pass the same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger_plans import Place, sqlite_place

from batch_scheduler.ledger import Ledger

PLACES: dict[str, Callable[[Path], Place]] = {"sqlite": sqlite_place}


@pytest.fixture(params=list(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    make: Callable[[Path], Place] = PLACES[request.param]
    return make(tmp_path)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def other(place: Place, ledger: Ledger) -> Iterator[Ledger]:
    """A second ledger on the same database, as another process has one."""
    opened = place.open()
    yield opened
    opened.close()

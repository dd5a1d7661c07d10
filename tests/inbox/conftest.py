from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inbox_world import Listener, StandIn, World, standing_in


@pytest.fixture(scope="session")
def service() -> Iterator[StandIn]:
    """Every test has posts of its own."""
    with standing_in() as one:
        yield one


@pytest.fixture
def world(tmp_path: Path, service: StandIn) -> World:
    return World(tmp_path, service.url)


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()

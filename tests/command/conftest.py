"""A desk and a service for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import Desk
from command_services import StandIn, standing_in


@pytest.fixture
def start() -> Iterator[Callable[..., StandIn]]:
    """start(option=value, …) starts a stand-in for the length of the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(standing_in(**options))


@pytest.fixture
def service(start: Callable[..., StandIn]) -> StandIn:
    """A stand-in with no options."""
    return start()


@pytest.fixture
def desk(tmp_path: Path, service: StandIn) -> Desk:
    """Where the program is started, set for that service."""
    return Desk(tmp_path, service.url)

"""A person's folder, and the service behind a gate, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from undo_world import Gate, StandIn, World, gate_before, standing_in


@pytest.fixture
def service() -> Iterator[StandIn]:
    with standing_in() as one:
        yield one


@pytest.fixture
def gate(service: StandIn) -> Iterator[Gate]:
    with gate_before(service) as one:
        yield one


@pytest.fixture
def world(tmp_path: Path, gate: Gate) -> World:
    return World(tmp_path, gate.url)

"""Figures are shown at the end of the run, also of benchmarks that pass."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FIGURE = "figure"
HERE = Path(__file__).parent

Say = Callable[[str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.benchmark)
            if sys.platform != "linux":
                item.add_marker(pytest.mark.skip("CPU and memory of a process: from /proc"))


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Say:
    """Writes a measured figure into the report of the run, and into JUnit's XML."""
    return lambda text: record_property(FIGURE, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some]
    lines = [
        f"{report.nodeid.partition('::')[2]}: {value}"
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == FIGURE
    ]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)

"""Draws growth.svg beside this file: what each stage of a run costs, by the rows of its sheet.

As a program: `python tests/benchmarks/plot_growth.py tests/benchmarks/growth.svg`. It measures
anew, up to a million rows: that takes some minutes.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench_stages import STAGES
from test_bench_growth import ALL_SIZES, stages

Found = Mapping[int, Mapping[str, tuple[float, float]]]
"""Rows → stage → seconds of CPU, MB at the most until then."""

WIDTH, HEIGHT, LEFT, GAP, TOP, LINE = 330, 240, 56, 90, 46, 13
COLOURS = dict(zip(STAGES, ("#2563EB", "#D97706", "#059669", "#DC2626", "#7C3AED"), strict=True))


def place(value: float, values: tuple[float, float], length: float) -> float:
    """Along an axis that has ten times as much at equal steps."""
    low, high = map(math.log10, values)
    return length * (math.log10(max(value, values[0])) - low) / (high - low)


def text(x: float, y: float, said: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{said}</text>'


def powers(low: float, high: float) -> list[float]:
    return [10.0**n for n in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


class Panel:
    """One diagram, both of whose axes have ten times as much at equal steps."""

    def __init__(self, left: float, title: str, high: float, low: float) -> None:
        self._left = left
        self._rows = (ALL_SIZES[0], ALL_SIZES[-1])
        self._values = (low, high)
        self._free_from = 0.0
        self.drawn = [text(left + WIDTH / 2, TOP - 16, title, more='font-weight="bold"')]
        self._grid()

    def _grid(self) -> None:
        for value in powers(*self._values):
            y = self._y(value)
            self.drawn.append(
                f'<path d="M{self._left} {y:.1f}h{WIDTH}" stroke="#E5E7EB"/>'
                + text(self._left - 6, y + 4, f"{value:,g}", "end")
            )
        for rows in powers(*self._rows):
            self.drawn.append(text(self._x(rows), TOP + HEIGHT + 16, f"{rows:,.0f}"))
        self.drawn.append(text(self._left + WIDTH / 2, TOP + HEIGHT + 34, "rows"))

    def _x(self, rows: float) -> float:
        return self._left + place(rows, self._rows, WIDTH)

    def _y(self, value: float) -> float:
        return TOP + HEIGHT - place(value, self._values, HEIGHT)

    def line(self, values: Mapping[int, float], colour: str, name: str) -> None:
        """After those that end above it."""
        points = [(self._x(rows), self._y(value)) for rows, value in values.items()]
        along = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.drawn.append(f'<polyline points="{along}" fill="none" stroke="{colour}"/>')
        self.drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points
        ]
        x, y = points[-1]
        y = max(y + 4, self._free_from)
        self._free_from = y + LINE
        self.drawn.append(text(x + 8, y, name, "start", f'fill="{colour}"'))


def picture(found: Found) -> str:
    most = max(cpu for took in found.values() for cpu, _ in took.values())
    cpu = Panel(LEFT, "seconds of CPU, by stage", 10 ** math.ceil(math.log10(most)), 0.001)
    for stage in sorted(STAGES, key=lambda stage: -found[ALL_SIZES[-1]][stage][0]):
        cpu.line({rows: took[stage][0] for rows, took in found.items()}, COLOURS[stage], stage)
    memory = Panel(LEFT + WIDTH + GAP, "MB of memory, at the most", 1000, 10)
    peaks = {rows: max(peak for _, peak in took.values()) for rows, took in found.items()}
    memory.line(peaks, "#1F3864", "run")
    return _svg([*cpu.drawn, *memory.drawn])


def _svg(drawn: Iterable[str]) -> str:
    width, height = LEFT + 2 * WIDTH + GAP + 60, TOP + HEIGHT + 46
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12" fill="#374151" stroke-width="1.5">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def main(to: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = {rows: stages(Path(folder), rows) for rows in ALL_SIZES}
    for rows, took in found.items():
        sys.stdout.write(f"{rows:,}: {took}\n")
    Path(to).write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

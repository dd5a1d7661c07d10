"""Draws pacing.svg beside this file: two minutes against each hidden limit, as the tests play them.

As a program: `python tests/sending/plot_pacing.py tests/sending/pacing.svg`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from sending_world import AtOnce, Bucket, Free, Limit, Seen, Windows, play

SECONDS, STEP = 120, 1
WIDTH, HEIGHT, ACROSS, GAP = 300, 130, 3, 46
LATENCY, CONCURRENCY = 0.05, 8
MANY = "500 calls/s, with 32 in flight"
FASTEST = CONCURRENCY / (LATENCY * 1.09)

Panel = tuple[str, Limit, bool, Callable[[float], float] | None]
"""What it is called, the limit, whether refusals have a Retry-After, calls per second allowed."""


def panels() -> list[Panel]:
    def halving(now: float) -> float:
        return 100 if now < SECONDS / 2 else 50

    return [
        ("20 calls/s", Bucket(20), True, lambda now: 20),
        ("100 calls/s", Bucket(100), True, lambda now: 100),
        (MANY, Bucket(500), True, lambda now: 500),
        ("100 calls/s, halved half way", Bucket(halving), True, halving),
        ("300 a minute, Retry-After", Windows(300, 60, 20), True, None),
        ("300 a minute, no time said", Windows(300, 60, 20), False, None),
        ("4 calls at once", AtOnce(4), True, lambda now: FASTEST / 2),
        ("no limit", Free(), True, lambda now: FASTEST),
        ("100 calls/s, no time said", Bucket(100), False, lambda now: 100),
    ]


def per_second(times: Iterable[float]) -> list[float]:
    counts = [0.0] * (SECONDS // STEP)
    for at in times:
        counts[min(len(counts) - 1, int(at / STEP))] += 1 / STEP
    return counts


def line(values: Iterable[float], top: float, colour: str, style: str = "") -> str:
    step = WIDTH * STEP / SECONDS
    points = " ".join(
        f"{n * step:.1f},{HEIGHT - HEIGHT * min(value, top) / top:.1f}"
        for n, value in enumerate(values)
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.3" {style}/>'


def panel(name: str, seen: Seen, allowed: Callable[[float], float] | None) -> str:
    made, refused = per_second(seen.let_in), per_second(seen.refused_at)
    top = 1.15 * max(made)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff" stroke="#bbb"/>',
        f'<text y="-6" font-weight="bold">{name}</text>',
        f'<text x="{WIDTH}" y="-6" text-anchor="end" fill="#666">{len(seen.let_in):,} let in, '
        f"{seen.share_refused:.1%} refused</text>",
        f'<text x="-4" y="10" text-anchor="end" fill="#666">{top:.0f}</text>',
        f'<text x="-4" y="{HEIGHT}" text-anchor="end" fill="#666">0</text>',
        f'<text x="{WIDTH}" y="{HEIGHT + 12}" text-anchor="end" fill="#666">120 s</text>',
    ]
    if allowed is not None:
        limit = [allowed(now) for now in range(0, SECONDS, STEP)]
        parts.append(line(limit, top, "#999", 'stroke-dasharray="4 3"'))
    parts += [line(made, top, "#1f6fb4"), line(refused, top, "#d0342c")]
    return "".join(parts)


def drawn() -> str:
    shown = panels()
    rows = math.ceil(len(shown) / ACROSS)
    size = (ACROSS * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP) + GAP)
    cells = []
    for n, (name, limit, told, allowed) in enumerate(shown):
        seen = play(
            limit, told=told, latency=LATENCY, concurrency=32 if name == MANY else CONCURRENCY
        )
        across, down = n % ACROSS, n // ACROSS
        place = f"translate({GAP + across * (WIDTH + GAP)},{GAP + down * (HEIGHT + GAP)})"
        cells.append(f'<g transform="{place}">{panel(name, seen, allowed)}</g>')
    legend = (
        f'<text x="{GAP}" y="18">Calls per second over two minutes: '
        '<tspan fill="#1f6fb4">let in</tspan>, <tspan fill="#d0342c">refused</tspan>, '
        '<tspan fill="#777">allowed (dashed)</tspan>; 8 in flight, 50 ms latency</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" font-family="sans-serif" font-size="10">'
        f'<rect width="100%" height="100%" fill="#fafafa"/>{legend}{"".join(cells)}</svg>\n'
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(exist_ok=True)
    target.write_text(drawn(), encoding="utf-8")

"""The command line of the stand-in."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from types import FrameType
from typing import Any

from . import acme
from .faults import FAULTS
from .options import Options, OptionsError, options_from

_RARELY = (20_000, 50, 1_000)
"""Garbage is looked for among all that was ever scheduled next to never: there is none, and each
time no call would be answered for some hundredths of a second.
"""
_ABOUT = """\
A stand-in for the Octospark service on this machine, for rehearsals and tests. It takes any token
that begins octo_test_, adopts any post and account id that it never saw (unless --strict), checks
requests as the service documents it, keeps a record of every effect, and fails on request.
The first line that it prints is its base URL. It listens on 127.0.0.1 only, and ends with Ctrl-C.
"""

_EXAMPLES = """\
examples:
  batch-scheduler simulate --port 8080 --record record.jsonl
  batch-scheduler simulate --latency 0.05 --faults '{"reset_after": 0.02, "429_seconds": 0.05}'
  batch-scheduler simulate --options '{"rate_limit": 20, "fault_script": ["500_after", null]}'
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop. Returns 0, or 2 if it can't be started as asked."""
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        options = _options(given)
        asyncio.run(_serve(options, given.parent))
    except (OptionsError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batch-scheduler simulate",
        description=_ABOUT,
        epilog=f"{_EXAMPLES}\n{_list_options()}\n\n{_list_faults()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, metavar="N", help="the port; 0, the default: any free one")
    add("--seed", type=int, metavar="N", help="the same seed gives the same faults and ids (0)")
    add("--latency", type=float, metavar="SECONDS", help="from a request to its answer (0)")
    add("--strict", action="store_true", default=None, help="adopt no unknown ids: errors")
    add("--record", metavar="PATH", help="append each request and effect as a JSON line")
    add("--faults", type=_json, metavar="JSON", help='probabilities: {"reset_after": 0.02, ...}')
    add(
        "--options",
        type=_json,
        default={},
        metavar="JSON",
        help='any options: {"rate_limit": 20, ...}',
    )
    add("--parent", action="store_true", help="end when standard input ends; ignore Ctrl-C")
    return parser


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None


def _options(given: argparse.Namespace) -> Options:
    """The JSON options, with those that have an argument of their own on top."""
    named = ("port", "seed", "latency", "strict", "record", "faults")
    over = {name: getattr(given, name) for name in named if getattr(given, name) is not None}
    return options_from(given.options | over if isinstance(given.options, dict) else given.options)


def _list_options() -> str:
    lines = [
        f"  {item.name:20} {item.metadata['says']} ({json.dumps(_default(item.name))})"
        for item in fields(Options)
    ]
    return "\n".join(["options of --options, with their defaults:", *lines])


def _default(name: str) -> Any:
    return getattr(Options(), name)


def _list_faults() -> str:
    lines = [f"  {fault.name:22} {fault.says}" for fault in FAULTS.values()]
    return "\n".join(["faults, for faults and fault_script (null: none):", *lines])


async def _serve(options: Options, has_parent: bool) -> None:
    # Not at the top: --help and a wrong option need no aiohttp.
    from .server import listening

    gc.set_threshold(*_RARELY)
    stop = asyncio.Event()
    _stop_on_signals(stop, has_parent)
    if has_parent:
        _stop_with_parent(stop)
    async with listening(options) as url:
        print(url, flush=True)
        if not has_parent:
            print(
                f"OCTOSPARK_BASE_URL={url} OCTOSPARK_TOKEN=octo_test_rehearsal"
                f" OCTOSPARK_TEAM_ID={acme.TEAM_ID}\nCtrl-C ends it.",
                file=sys.stderr,
            )
        await stop.wait()


def _stop_on_signals(stop: asyncio.Event, has_parent: bool) -> None:
    loop = asyncio.get_running_loop()

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    # Ctrl-C reaches every process of a terminal; one with a parent goes on until that ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN if has_parent else on_signal)
    signal.signal(signal.SIGTERM, on_signal)


def _stop_with_parent(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        # os.read, since a thread inside sys.stdin.read() can crash the interpreter's shutdown.
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, daemon=True).start()

"""Ctrl-C and SIGTERM while calls are made: they stop the run in good order, not the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from batch_scheduler.errors import Interrupted

STOPPING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]
"""Not every system has all of them."""


class Signals:
    """While entered, signals are kept, and handed on to whoever wants to know."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._caught: Interrupted | None = None
        self._stop: Callable[[Exception], None] = lambda reason: None

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                self._before[number] = signal.signal(number, self._catch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def forward(self, stop: Callable[[Exception], None]) -> None:
        """`stop` is called at each signal, and now if there was one."""
        self._stop = stop
        if self._caught:
            stop(self._caught)

    def _catch(self, number: int, frame: FrameType | None) -> None:
        self._caught = Interrupted(f"interrupted by {signal.Signals(number).name}")
        self._stop(self._caught)


def raise_interrupt(number: int, frame: FrameType | None) -> None:
    """The handler for the rest of the time: nothing is under way that would be lost."""
    raise KeyboardInterrupt

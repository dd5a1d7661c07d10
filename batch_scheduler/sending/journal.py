"""The ledger's writes in one thread; those that wait together share one commit.

Intents come first, for calls wait for them; outcomes, which nobody waits for, when there is time.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from batch_scheduler.ledger import Ledger

T = TypeVar("T")
MOST_AT_ONCE = 512
MOST_PUT_OFF = 64
"""Outcomes that wait for a moment without intents; more are written with the next of them."""
SWITCH_S = 0.0005
"""How long the ledger's thread waits, after each statement, for an interpreter that the event loop
keeps busy. The usual 5 ms would be most of the time until an intent is on the disk.
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """One of what `all` does for many at once, and tells of in their order; None: no results."""

    all: Callable[[list[Any]], Sequence[Any] | None]
    one: Any


class Write(NamedTuple):
    operation: Callable[[], Any] | Shared
    future: asyncio.Future[Any]
    can_wait: bool


class Journal:
    """`await write(operation)` returns when the operation's effect is on the disk.

    While a journal is open, the ledger belongs to it: nobody else in this process uses it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def write(self, operation: Callable[[], T] | Shared, can_wait: bool = False) -> T:
        """Raises what the operation raised, or the commit; then nothing of it happened.

        An operation can be called more than once: when one that it shares a commit with fails.
        """
        if self._closed:
            raise RuntimeError("the journal is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(Write(operation, future, can_wait))
        return await future

    async def close(self) -> None:
        """Returns when everything that was asked for is written."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        sys.setswitchinterval(self._usual_switch)

    def _work(self) -> None:
        put_off: list[Write] = []
        closed = False
        while not closed:
            batch = self._batch(wait=not put_off)
            closed = None in batch
            writes = [write for write in batch if write is not None]
            now = [write for write in writes if not write.can_wait]
            put_off += [write for write in writes if write.can_wait]
            if closed or not now or len(put_off) > MOST_PUT_OFF:
                now, put_off = now + put_off, []
            if now:
                self._commit(now)

    def _batch(self, wait: bool) -> list[Write | None]:
        batch = [self._queue.get()] if wait else []
        try:
            while len(batch) < MOST_AT_ONCE and None not in batch[-1:]:
                batch.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _commit(self, writes: list[Write]) -> None:
        """All of them, but for an operation that fails: it must not spoil the others' commit."""
        try:
            with self._ledger.transaction():
                done = _do(writes)
        except Exception as error:
            if len(writes) == 1:
                self._loop.call_soon_threadsafe(_fail, writes[0], error)
                return
            for write in writes:
                self._commit([write])
        else:
            self._loop.call_soon_threadsafe(_resolve, done)


def _do(writes: list[Write]) -> list[tuple[Write, Any]]:
    """In few statements: a thread that comes back from each of many waits for the others."""
    shared: defaultdict[Callable[[list[Any]], Sequence[Any] | None], list[tuple[Write, Any]]]
    shared, done = defaultdict(list), []
    for write in writes:
        operation = write.operation
        if isinstance(operation, Shared):
            shared[operation.all].append((write, operation.one))
        else:
            done.append((write, operation()))
    for all_, some in shared.items():
        results = all_([one for _, one in some]) or [None] * len(some)
        done += zip((write for write, _ in some), results, strict=True)
    return done


def _resolve(done: list[tuple[Write, Any]]) -> None:
    for write, result in done:
        if not write.future.done():
            write.future.set_result(result)


def _fail(write: Write, error: Exception) -> None:
    if not write.future.done():
        write.future.set_exception(error)

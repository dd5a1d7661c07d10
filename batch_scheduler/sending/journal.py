"""The ledger's writes in one thread; those that wait together share one commit."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from batch_scheduler.ledger import Ledger

T = TypeVar("T")
Write = tuple["Callable[[], Any] | Shared", "asyncio.Future[Any]"]

MOST_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Shared:
    """One of what `all` does for many at once, and tells of in their order; None: no results."""

    all: Callable[[list[Any]], Sequence[Any] | None]
    one: Any


class Journal:
    """`await write(operation)` returns when the operation's effect is on the disk.

    While a journal is open, the ledger belongs to it: nobody else in this process uses it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def write(self, operation: Callable[[], T] | Shared) -> T:
        """Raises what the operation raised, or the commit; then nothing of it happened.

        An operation can be called more than once: when one that it shares a commit with fails.
        """
        if self._closed:
            raise RuntimeError("the journal is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((operation, future))
        return await future

    async def close(self) -> None:
        """Returns when everything that was asked for is written."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while True:
            batch = self._batch()
            writes = [write for write in batch if write is not None]
            if writes:
                self._commit(writes)
            if len(writes) < len(batch):
                return

    def _batch(self) -> list[Write | None]:
        batch = [self._queue.get()]
        try:
            while batch[-1] is not None and len(batch) < MOST_AT_ONCE:
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
        operation, _ = write
        if isinstance(operation, Shared):
            shared[operation.all].append((write, operation.one))
        else:
            done.append((write, operation()))
    for all_, some in shared.items():
        results = all_([one for _, one in some]) or [None] * len(some)
        done += zip((write for write, _ in some), results, strict=True)
    return done


def _resolve(done: list[tuple[Write, Any]]) -> None:
    for (_, future), result in done:
        if not future.done():
            future.set_result(result)


def _fail(write: Write, error: Exception) -> None:
    _, future = write
    if not future.done():
        future.set_exception(error)

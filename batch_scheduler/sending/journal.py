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
Write = tuple[Callable[[], Any], "asyncio.Future[Any]"]

MOST_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Shared:
    """An operation that `all` does for many at once, in their order. None: it has no results."""

    all: Callable[[list[Any]], Sequence[Any] | None]
    one: tuple[Any, ...]

    def __call__(self) -> Any:
        results = self.all([self.one])
        return results and results[0]


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

    async def write(self, operation: Callable[[], T]) -> T:
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
        together = True
        while writes:
            failed = writes
            try:
                with self._ledger.transaction():
                    if together:
                        done = _done_together(writes)
                    else:
                        done = []
                        for write in writes:
                            failed = [write]
                            done.append((write, write[0]()))
                        failed = writes
            except Exception as error:
                if not together:
                    self._loop.call_soon_threadsafe(_fail, failed, error)
                    writes = [write for write in writes if write not in failed]
                together = False
            else:
                self._loop.call_soon_threadsafe(_resolve, done)
                return


def _done_together(writes: list[Write]) -> list[tuple[Write, Any]]:
    """Each thread that comes back from the database waits for the others: so in few statements."""
    shared: defaultdict[Callable[[list[Any]], Sequence[Any] | None], list[Write]]
    shared, done = defaultdict(list), []
    for write in writes:
        if isinstance(write[0], Shared):
            shared[write[0].all].append(write)
        else:
            done.append((write, write[0]()))
    for all_, some in shared.items():
        results = all_([write[0].one for write in some if isinstance(write[0], Shared)])
        done += zip(some, results or [None] * len(some), strict=True)
    return done


def _resolve(done: list[tuple[Write, Any]]) -> None:
    for (_, future), result in done:
        if not future.done():
            future.set_result(result)


def _fail(writes: list[Write], error: Exception) -> None:
    for _, future in writes:
        if not future.done():
            future.set_exception(error)

"""The ledger's writes in one thread; those that wait together share one commit."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from batch_scheduler.ledger import Ledger

T = TypeVar("T")
Write = tuple[Callable[[], Any], "asyncio.Future[Any]"]

MOST_AT_ONCE = 512


class Journal:
    """`await write(operation)` returns when the operation's effect is on the disk.

    While a journal is open, the ledger belongs to it: nobody else in this process uses it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def write(self, operation: Callable[[], T]) -> T:
        """Raises what the operation or its commit raised; then none of the batch happened."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((operation, future))
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Returns when everything that was asked for is written."""
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
        try:
            with self._ledger.transaction():
                results = [operation() for operation, _ in writes]
        except Exception as error:
            self._loop.call_soon_threadsafe(_fail, writes, error)
        else:
            self._loop.call_soon_threadsafe(_resolve, writes, results)


def _resolve(writes: list[Write], results: list[Any]) -> None:
    for (_, future), result in zip(writes, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(writes: list[Write], error: Exception) -> None:
    for _, future in writes:
        if not future.done():
            future.set_exception(error)

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
        while writes:
            failed = writes
            try:
                with self._ledger.transaction():
                    results = []
                    for write in writes:
                        failed = [write]
                        results.append(write[0]())
                    failed = writes
            except Exception as error:
                self._loop.call_soon_threadsafe(_fail, failed, error)
                writes = [write for write in writes if write not in failed]
            else:
                self._loop.call_soon_threadsafe(_resolve, writes, results)
                return


def _resolve(writes: list[Write], results: list[Any]) -> None:
    for (_, future), result in zip(writes, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(writes: list[Write], error: Exception) -> None:
    for _, future in writes:
        if not future.done():
            future.set_exception(error)

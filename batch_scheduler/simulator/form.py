"""What one call scheduled, as JSON: it differs in two ids only, and is encoded once for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any
from uuid import uuid4

from .record import encode_json
from .state import Batch, ScheduledPost

# Nobody can send this by chance, so that whatever else a call has in it is left alone.
_HOLE = uuid4().hex
_HOLES = re.compile(f"{_HOLE}([01])")


class Form:
    """Writes what a batch scheduled. `write` makes the value of one, with both ids in it."""

    def __init__(self, batch: Batch, write: Callable[[ScheduledPost], Any]) -> None:
        self._batch = batch
        self._write = write
        example = ScheduledPost(f"{_HOLE}0", f"{_HOLE}1", batch)
        # Every other piece is a hole, and starts as the number of the id that goes there.
        self._pieces = _HOLES.split(encode_json(write(example)))
        self._in_order = itemgetter(*map(int, self._pieces[1::2]))

    def text(self, account_id: str) -> str:
        if account_id in self._batch.wish.settings_by_account:
            return encode_json(self._write(self._batch.scheduled(account_id)))
        self._pieces[1::2] = self._in_order((self._batch.ids[account_id], account_id))
        return "".join(self._pieces)

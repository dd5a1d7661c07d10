"""What one call scheduled, as JSON: it differs in two ids only, and is encoded once for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from .record import encode_json
from .state import ScheduledPost

# Nobody can send these by chance, so that whatever else a call has in it is left alone.
_ID, _ACCOUNT_ID = str(uuid4()), str(uuid4())


class Forms:
    """Writes what one call scheduled. `write` makes the value of one of them.

    It is asked once for each settings, about ids that nobody has; theirs are put in afterwards.
    """

    def __init__(self, write: Callable[[ScheduledPost], Any]) -> None:
        self._write = write
        self._forms: dict[int, str] = {}

    def text(self, scheduled: ScheduledPost) -> str:
        kind = id(scheduled.settings)
        form = self._forms.get(kind)
        if form is None:
            example = scheduled._replace(id=_ID, account_id=_ACCOUNT_ID)
            form = self._forms[kind] = encode_json(self._write(example))
        return form.replace(_ID, scheduled.id).replace(_ACCOUNT_ID, scheduled.account_id)

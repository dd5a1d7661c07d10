"""The times that the service writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)


@lru_cache(maxsize=1024)  # the entries of an answer have the same
def parse_instant(text: str | None) -> float | None:
    """None where the notation is not known: no format of the answer's time is documented."""
    if text is None or not _DATE_AND_TIME.match(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

"""The named statements of queries.sql, and what may stand in them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def statements() -> dict[str, str]:
    """Name → SQL."""
    text = (files(__package__) / "queries.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def schema() -> str:
    return (files(__package__) / "schema.sql").read_text(encoding="utf-8")


def storable(text: str) -> str:
    """Without halves of characters, which no database takes: a file's name can have some."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

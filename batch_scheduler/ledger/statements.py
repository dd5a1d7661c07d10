"""The named statements of a file of SQL, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def statements(file: str = "queries.sql") -> dict[str, str]:
    """Name → SQL."""
    text = (files(__package__) / file).read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def storable(value: Any) -> Any:
    """A text without what no database takes: NUL, and halves of characters, as in file names."""
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\0", "\ufffd")


def all_storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: storable(value) for name, value in values.items()}

"""One message to a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """`body`: plain text, in lines. `is_good`: nobody has to do anything."""

    subject: str
    body: str
    is_good: bool

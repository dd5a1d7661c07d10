"""How much of a kind is taken from one file: so that a small one can't make much work."""

from __future__ import annotations


class MarkupError(Exception):
    """It is not XML, or has what could make little of it much, or hide what it says."""


class Allowance:
    """For a whole file, over all its parts and however often each of them is read."""

    def __init__(self, most: int, things: str) -> None:
        self._most = self._left = most
        self._things = things

    def take(self, count: int) -> None:
        """Raises MarkupError when nothing is left."""
        self.require(count)
        self._left -= count

    def require(self, count: int) -> None:
        """Raises MarkupError where less than that is left."""
        if count > self._left:
            raise MarkupError(f"it has more than {self._most:,} {self._things}")

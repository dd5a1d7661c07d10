"""Text from sheets and servers, made harmless for a terminal."""

from __future__ import annotations


def plain(text: object) -> str:
    """On one line, control codes shown as what they are: \\x1b."""
    shown = " ".join(str(text).split())
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)

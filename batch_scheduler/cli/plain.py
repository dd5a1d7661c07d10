"""Text from sheets and servers, made harmless for a terminal."""

from __future__ import annotations


def plain(text: object) -> str:
    """On one line, control codes shown as what they are: \\x1b."""
    shown = " ".join(str(text).split())
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def plain_lines(text: str) -> str:
    """The same for each line, its indentation kept."""
    lines = (line.expandtabs() for line in text.splitlines())
    return "\n".join(" " * (len(line) - len(line.lstrip())) + plain(line) for line in lines)

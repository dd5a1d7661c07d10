"""Where things are said, and where the noise goes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def consoles(as_json: bool) -> tuple[Console, Console]:
    """What is said, and the noise. With --json both are standard error."""
    from rich.console import Console

    both = [Console(stderr=stderr, highlight=False) for stderr in (as_json, True)]
    for console in both:
        if not console.is_terminal:  # no screen, no edge: nothing is cut
            console.width = 1000
    return both[0], both[1]


def agreed(noise: Console, question: str) -> bool:
    """Whether the person at the terminal says yes."""
    from rich.prompt import Confirm

    try:
        return Confirm.ask(question, console=noise, default=False)
    except EOFError:  # Ctrl-D is no yes
        noise.print()
        return False


def someone_is_there() -> bool:
    """Someone can be asked, and answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

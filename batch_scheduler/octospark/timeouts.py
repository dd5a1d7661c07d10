"""How long each step of a request may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A caller that hangs up can interrupt the service half way, so `read` is long.

    `idle`: a connection that was unused for longer is replaced, not trusted; many servers close
    one after five.
    """

    connect: float = 10.0
    write: float = 30.0
    read: float = 60.0
    idle: float = 3.0


USUAL_TIMEOUTS = Timeouts()

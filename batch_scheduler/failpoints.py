"""Steps at which a test can kill the program, to see what is left.

BATCH_SCHEDULER_KILL_AT=commit:7 kills it, as kill -9 would, when it is about to commit for the
seventh time. The steps: commit, committed (a transaction), ask, answered (a request), place, placed
(a file that takes its name), take, taken (a sheet out of an inbox), decided (where it goes), put (a
file that goes there); "any" counts all of them.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "BATCH_SCHEDULER_KILL_AT"

_step, _, _count = os.environ.get(VARIABLE, "").partition(":")
_seen = Counter[str]()


def reach(step: str) -> None:
    if not _step:
        return
    _seen.update((step, "any"))
    if _step in (step, "any") and _seen[_step] == int(_count or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

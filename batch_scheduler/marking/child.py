"""A process of its own for the copy of a user's workbook, bounded in time and memory."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from batch_scheduler.marking.marks import Mark, Order

_PACKAGES = Path(__file__).resolve().parents[2]
_SECONDS, _CPU_SECONDS, _BYTES = 60, 12, 768 << 20
_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "OPENBLAS_NUM_THREADS")
"""No more of the environment: there is a token in it, which a copy has no use for."""

log = logging.getLogger(__name__)


class ChildFailed(Exception):
    """Says why in a few words."""


def copied_by_child(order: Order) -> list[str]:
    """See own_copy.copy_marked. Raises ChildFailed, whatever it was that went wrong."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join([*filter(None, [environment.get("PYTHONPATH")]), str(_PACKAGES)])
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "batch_scheduler.marking"],  # -P: not from this folder
            input=json.dumps(asdict(order)).encode(),
            capture_output=True,
            timeout=_SECONDS,
            env={**environment, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for this process to care about
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise ChildFailed("because it takes too long") from error
    if child.returncode:
        log.debug("no copy of %s: %s", order.original, child.stderr.decode(errors="replace"))
    if not child.stdout:
        raise ChildFailed("because it takes too long, or too much memory")
    answer = json.loads(child.stdout)
    if "why" in answer:
        raise ChildFailed(answer["why"])
    notes: list[str] = answer["notes"]
    return notes


def serve(orders: BinaryIO, answers: BinaryIO) -> int:
    """What the child does. Returns its exit code."""
    _limit()
    from batch_scheduler.marking.own_copy import NotCopied, copy_marked

    order = json.load(orders)
    marks = [Mark(**mark) for mark in order.pop("marks")]
    answer: dict[str, Any]
    try:
        answer = {"notes": copy_marked(Order(**order, marks=marks))}
    except NotCopied as reason:
        answer = {"why": str(reason)}
    except Exception as error:
        logging.getLogger(__name__).exception("openpyxl")
        answer = {"why": f"because openpyxl does not understand it ({type(error).__name__})"}
    answers.write(json.dumps(answer).encode())
    return int("why" in answer)


def _limit() -> None:
    """Where the system knows limits."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))

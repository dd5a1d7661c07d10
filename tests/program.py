"""The program as a process, and how it ended."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

LONG = os.environ.get("BATCH_SCHEDULER_LONG") == "1"
"""The long form, for hours when nobody waits."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that standard output is."""
        return json.loads(self.out)

    @property
    def counts(self) -> dict[str, int]:
        """The statuses that there are deliveries of."""
        return {status: count for status, count in self.document["counts"].items() if count}


class Child(subprocess.Popen[str]):
    """A program that is at work, for the length of a `with` block at most."""

    def __exit__(self, *error: Any) -> None:
        self.kill()
        super().__exit__(*error)

    def ended(self, stdin: str | None = None, patience: float = 3600 if LONG else 120) -> Ended:
        """Waits for its end."""
        out, err = self.communicate(stdin, timeout=patience)
        return Ended(self.returncode, out, err)

"""Log lines on standard error, for a person or for a program."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from io import TextIOBase

from batch_scheduler.cli.plain import plain, plain_lines

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%H:%M:%S} {record.levelname.lower()}: {plain(record.getMessage())}"
        if record.exc_info:
            line += f"\n{plain_lines(self.formatException(record.exc_info))}"
        return line


class _Json(logging.Formatter):
    """One object a line, with the ids of the run and the call where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in ("run", "call") if hasattr(record, name)},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class _Said(TextIOBase):
    """Standard error for all that is no log line: each line that is written there becomes one."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._line = ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in filter(str.strip, lines):
            level = next((level for word, level in _WORDS.items() if line.startswith(word)), 20)
            self._log.handle(self._log.makeRecord(self._log.name, level, "", 0, line, (), None))
        return len(text)

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"


_WORDS = {"error": logging.ERROR, "warning": logging.WARNING}


def start_log(verbosity: int, as_json: bool) -> None:
    """Only this program's own lines: other libraries' could hold what is secret.

    As JSON, all of standard error is that, but where a person reads it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Text())
    log = logging.getLogger("batch_scheduler")
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(_LEVELS[min(verbosity, len(_LEVELS) - 1)])
    if as_json and not sys.stderr.isatty():
        sys.stderr = _Said(log)

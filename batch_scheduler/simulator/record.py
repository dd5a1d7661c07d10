"""The numbered record of what was asked and what took effect, readable from outside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from io import FileIO
from typing import Any

encode_json = json.JSONEncoder(separators=(",", ":")).encode


@lru_cache(maxsize=64)  # all that happens in one call has the same time
def stamp(seconds: float) -> str:
    """Seconds since 1970 as 2027-05-01T07:00:00.000Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Record:
    """Effects and requests, each numbered from 1.

    With a path every event is a JSON line, handed to the operating system at once, so that a
    second process sees it before the answer leaves. An effect has `event: "effect"`, a request
    `event: "request"`. Raises OSError if the file can't be opened.
    """

    def __init__(self, path: str | None, keep: bool) -> None:
        self._file = FileIO(path, "ab") if path else None
        self._keep = keep
        self._effect_number = 0
        self._request_number = 0
        self._effects: list[str] = []
        self._requests: list[str] = []

    def close(self) -> None:
        if self._file:
            self._file.close()

    def next_request(self) -> int:
        self._request_number += 1
        return self._request_number

    def as_json(self) -> str:
        effects, requests = ",".join(self._effects), ",".join(self._requests)
        return f'{{"effects":[{effects}],"requests":[{requests}]}}'

    def add_effects(self, effects: Iterable[str]) -> None:
        """Numbers the effects, which are JSON objects, and writes them down in one go."""
        if not (self._keep or self._file):
            return
        lines = [
            f'{{"event":"effect","number":{number},{effect[1:]}'
            for number, effect in enumerate(effects, self._effect_number + 1)
        ]
        self._effect_number += len(lines)
        self._add(lines, self._effects)

    def add_request(self, request: dict[str, Any]) -> None:
        self._add([encode_json({"event": "request", **request})], self._requests)

    def _add(self, lines: list[str], kept: list[str]) -> None:
        if self._keep:
            kept.extend(lines)
        if self._file and lines:
            self._file.write(("\n".join(lines) + "\n").encode())

"""Messages until they are taken: one that fails is tried again, now and on later nights."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from batch_scheduler.notices.channels import Channels
from batch_scheduler.notices.letter import Letter

log = logging.getLogger(__name__)

_MOST_KEPT = 50
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Waiting:
    channel: str
    letter: Letter


class Outbox:
    """`file` keeps what was not taken; it holds no URL. A message that fails never raises."""

    def __init__(self, file: Path, channels: Channels, sleep: Callable[[float], None]) -> None:
        self._file = file
        self._channels = channels
        self._sleep = sleep

    def post(self, letter: Letter | None) -> None:
        """What waited goes first. None: there is nothing new."""
        waiting = self._read()
        if letter:
            waiting += [_Waiting(key, letter) for key in self._channels.keys]
        left: list[_Waiting] = []
        dead: set[str] = set()
        for one in waiting:
            if one.channel not in self._channels.keys:
                left.append(one)  # not asked for this time
            elif one.channel in dead or not self._sent(one):
                dead.add(one.channel)
                left.append(one)
        if dead:
            log.warning("%d messages could not be sent; they are tried again", len(left))
        self._write(left[-_MOST_KEPT:])

    def _sent(self, one: _Waiting) -> bool:
        retrying = Retrying(
            retry=retry_if_result(lambda sent: not sent),
            stop=stop_after_attempt(_TRIES),
            wait=wait_exponential(1, max=5),
            sleep=self._sleep,
        )
        try:
            return bool(retrying(self._channels.send, one.channel, one.letter))
        except RetryError:
            return False

    def _read(self) -> list[_Waiting]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            entries = json.loads(self._file.read_text(encoding="utf-8"))
            return [_Waiting(one["channel"], Letter(**one["letter"])) for one in entries]
        return []

    def _write(self, left: list[_Waiting]) -> None:
        try:
            if not left:
                self._file.unlink(missing_ok=True)
                return
            draft = self._file.with_suffix(".tmp")
            handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([asdict(one) for one in left], file)
            draft.replace(self._file)
        except OSError as error:
            log.warning("messages that were not taken can't be kept: %s", error.strerror)

"""What is told of each night, and to whom."""

from __future__ import annotations

import logging
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from batch_scheduler.errors import UsageError
from batch_scheduler.letter import letter_of
from batch_scheduler.model import utc_text
from batch_scheduler.night import Night
from batch_scheduler.notices import Channels, Figures, Heartbeat, Outbox, write_metrics

if TYPE_CHECKING:
    from batch_scheduler.person import Person
    from batch_scheduler.planning import Plan
    from batch_scheduler.sending import Tally

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`notify`: URLs as apprise takes them; `always`: also when nobody has to do anything;
    `metrics`: a file for Prometheus' node exporter.
    """

    notify: Sequence[str] = field(default=(), repr=False)
    always: bool = False
    heartbeat: str | None = field(default=None, repr=False)
    metrics: Path | None = None


class Listening:
    """A person, of whose runs the tallies are kept until they are asked for."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._tallies: list[Tally] = []

    def agrees(self, plan: Plan) -> bool:
        return self._person.agrees(plan)

    def hears(self, text: str) -> None:
        self._person.hears(text)

    def watches(self, tally: Tally) -> AbstractContextManager[None]:
        self._tallies.append(tally)
        return self._person.watches(tally)

    def heard(self) -> list[Tally]:
        heard, self._tallies = self._tallies, []
        return heard


class Bulletin:
    """`own`: a folder for what must be remembered. Raises UsageError only when it is made."""

    def __init__(
        self,
        own: Path,
        wanted: Wanted,
        listening: Listening,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._outbox = Outbox(own / "outbox.json", Channels(wanted.notify), sleep)
        self._heartbeat = Heartbeat(wanted.heartbeat) if wanted.heartbeat else None
        self._last_good = own / "last-good"
        self._wanted = wanted
        self._listening = listening
        self._clock = clock

    def begins(self) -> None:
        if self._heartbeat:
            self._heartbeat.begins()

    def tells(self, night: Night) -> None:
        if night.is_good:
            with suppress(OSError):
                self._last_good.write_text(str(self._clock()), encoding="utf-8")
        figures = self._figures(night)  # also where nobody wants them: or the tallies pile up
        if self._wanted.metrics:
            try:
                write_metrics(self._wanted.metrics, figures)
            except UsageError as error:
                log.warning("%s", error.message)
        told = self._wanted.always or not night.is_good
        signed = f"{platform.node()}, {utc_text(self._clock())}"
        self._outbox.post(letter_of(night, signed) if told else None)
        if self._heartbeat:
            self._heartbeat.ends(night.stopped is None)

    def _figures(self, night: Night) -> Figures:
        deliveries, sheets = Counter[str](), Counter[str]()
        for done in night.runs:
            deliveries.update({str(status): count for status, count in done.counts.items()})
        for one in night.handled:
            sheets[one.outcome] += 1
        last_good = None
        with suppress(OSError, ValueError):
            last_good = float(self._last_good.read_text(encoding="utf-8"))
            last_good = min(last_good, self._clock())  # a clock can be set back
        tallies = self._listening.heard()
        calls = sum(tally.calls for tally in tallies)
        waited = sum(tally.waited for tally in tallies)
        rates = [tally.rate for tally in tallies if tally.rate is not None]
        rate = rates[-1] if rates else None
        return Figures(deliveries, sheets, calls, waited, rate, self._clock(), last_good)

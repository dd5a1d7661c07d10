"""Calls in flight: how many at once the service was found to let in."""

from __future__ import annotations

from batch_scheduler.sending.spell import Spell

FIRST_ROOM = 8
"""Calls in flight at first, and after an outage; each good answer makes room for one more, as long
as what there is gets used."""
UNUSED = 4
"""So many times what was in flight at the most: more room is of no use."""
TRY_MORE_S = 4.0
"""Until more calls at once are tried; twice as long each time that it fails."""
SURELY = 8
"""So many more calls at once must be let in: one may be so because another has just ended."""
SMOOTH = 8


class Concurrency:
    """`room` is what it may grow to at present, `most` what the service allows, if that is why it
    refused. Calls that came together may have been too many for a rate as well: that is tried soon,
    by more at once which leave one by one.
    """

    def __init__(self, most: int | None, now: float) -> None:
        self.room = FIRST_ROOM
        self.most = most
        self._try_at, self._try_after = now + TRY_MORE_S, TRY_MORE_S
        self._more, self._step = 0, 1
        self._guess = most or 0
        self._guessed = False
        self._takes = 0.0
        self._grows, self._highest = True, 0

    def at_once(self, now: float) -> int:
        if self.most is None:
            return self.room
        return min(self.room, self.most + (self._step if now >= self._try_at else 0))

    def pace(self, now: float) -> float | None:
        """Calls per second while more at once are tried."""
        if self.most is None or now < self._try_at or not self._takes:
            return None
        return (self.most + self._step) / self._takes

    @property
    def ramp(self) -> float | None:
        """Calls per second while there gets more room: evenly, for what comes together is refused
        together."""
        return self.room / self._takes if self._grows and self._takes else None

    def begin(self, room: int) -> None:
        """Again, with less room."""
        self.room = min(self.room, room)
        self._grows, self._highest = True, 0

    def took(self, seconds: float) -> None:
        self._takes += (seconds - self._takes) / (SMOOTH if self._takes else 1)

    def let_in(self, level: int) -> None:
        self._highest = max(self._highest, level)
        self._grows = self.room <= UNUSED * self._highest
        self.room += self._grows
        if self.most is None or level <= self.most:
            return
        self._more += 1
        if self._more >= SURELY:
            self.most, self._more, self._step = self.most + self._step, 0, 2 * self._step

    def takes(self, spell: Spell, now: float) -> bool:
        """Whether it was for calls at once; if so it keeps to fewer."""
        most = spell.shut.in_flight - spell.refused
        if self.most is not None and spell.shut.in_flight > self._guess >= 0.8 * self.most - 1:
            most = self._guess
        elif not self._tells(most, spell):
            return False
        self._keep_to(most, now)
        return True

    def _tells(self, most: int, spell: Spell) -> bool:
        """Calls were let in below a level and refused above."""
        if most < 1 or not spell.refused:
            return False
        again, self._guessed = self._guessed and spell.lasted <= TRY_MORE_S, True
        if again or (self.most is not None and self.most > 1.25 * self._guess + 1):
            return False
        let_in = sum(count for level, count in spell.open.levels.items() if level > most)
        return let_in <= spell.refused

    def _keep_to(self, most: int, now: float) -> None:
        again = self.most is not None and most == self._guess
        self._try_after = 2 * self._try_after if again else TRY_MORE_S
        self._try_at = now + (self._try_after if again else self._takes)
        self._guess = self.most = most
        self._more, self._step = 0, 1
        self.begin(max(1, most // 2))

    def forget(self) -> None:
        """It was for another reason."""
        if self.most is not None:
            self.room, self.most = self.most, None

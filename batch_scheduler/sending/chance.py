"""Refusals that have nothing to do with the rate."""

from __future__ import annotations

from collections import deque

from batch_scheduler.sending.spell import Spell

FEW = 5
"""Calls before a refusal that say nothing of a rate."""
LONG_S = 2.0
WORSE = 5
RARER, OFTENER, NEVER = 2, 8, 50
"""By so much the calls between two refusals may differ by chance; the last is next to never."""
SAME, OF = 1.3, 3
"""Calls per second from a refusal to the next: where so many of them differ by less, as they left
at different rates, that is what the service lets in.
"""


class Chance:
    """At half the rate as many of all calls were refused: it is not the rate that is refused.

    It is so until far more of them are refused, WORSE times in a row, or most of many at once; then
    it never was.
    """

    def __init__(self) -> None:
        self._fastest: tuple[float, float] | None = None
        self._let_in: deque[float] = deque(maxlen=OF)
        self._least: float | None = None
        self._worse = 0
        self._never = False

    def refuses(self, spell: Spell) -> bool:
        """Whether it was chance that refused calls at its end."""
        rate, accepted = spell.shut.rate, spell.accepted
        refused, lasted = spell.refused, spell.lasted
        good = accepted / max(1, refused)
        self._let_in.append(accepted / (spell.waited + lasted))
        if self._least is not None:
            most = refused > max(FEW, accepted)
            self._worse = self._worse + 1 if good < self._least / 4 else 0
            if self._worse >= WORSE or most:
                self._least, self._never = None, True
        elif self._fastest is None or rate > self._fastest[0] or self._differs(accepted, good):
            self._fastest = (rate, good)
        elif not self._never and not self._steady and accepted >= FEW and lasted > LONG_S:
            fastest, usual = self._fastest
            if rate <= fastest / 2 and good >= usual / OFTENER:
                self._least = min(good, usual)
        return self._least is not None

    @property
    def _steady(self) -> bool:
        return len(self._let_in) == OF and max(self._let_in) < SAME * min(self._let_in)

    def _differs(self, accepted: int, good: float) -> bool:
        """From what was refused at the fastest, and not by chance: the rate matters."""
        before = self._fastest[1] if self._fastest else good
        return good > RARER * before or (accepted >= FEW and good < before / NEVER)

"""What goes wrong: the faults by name, and which of them a seed deals to which call."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Literal

Effect = Literal["none", "half", "all", "later"]
How = Literal["json", "html", "empty", "reset", "hang", "cut", "spoilt"]
RetryAfter = Literal["none", "seconds", "date"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: how much of the call takes effect, and what the caller gets."""

    name: str
    effect: Effect
    how: How
    status: int
    says: str
    retry_after: RetryAfter = "none"


def _pair(stem: str, how: How, status: int, says: str) -> tuple[Fault, Fault]:
    return (
        Fault(f"{stem}_before", "none", how, status, f"{says}; nothing took effect"),
        Fault(f"{stem}_after", "all", how, status, f"{says}; it took effect"),
    )


_ALL = (
    Fault("429", "none", "json", 429, "refused, without Retry-After"),
    Fault("429_seconds", "none", "json", 429, "refused, Retry-After in seconds", "seconds"),
    Fault("429_date", "none", "json", 429, "refused, Retry-After as an HTTP date", "date"),
    Fault("503_retry_after", "none", "json", 503, "refused, Retry-After in seconds", "seconds"),
    Fault("403", "none", "json", 403, "forbidden"),
    Fault("409", "none", "json", 409, "a conflict"),
    Fault("redirect", "none", "empty", 302, "a redirect elsewhere"),
    *_pair("408", "empty", 408, "an empty 408"),
    *_pair("500", "json", 500, "a 500 in JSON"),
    Fault("500_midway", "half", "empty", 500, "an empty 500; half of the accounts took effect"),
    *_pair("502", "html", 502, "a proxy's 502 page"),
    *_pair("503", "empty", 503, "an empty 503 without Retry-After"),
    *_pair("504", "html", 504, "a proxy's 504 page"),
    *_pair("reset", "reset", 0, "the connection is reset"),
    Fault("reset_midway", "half", "reset", 0, "a reset; half of the accounts took effect"),
    Fault("effect_after_reset", "later", "reset", 0, "a reset; it takes effect effect_delay later"),
    *_pair("hang", "hang", 0, "no answer, the connection stays open"),
    Fault("half_answer", "all", "cut", 200, "the answer is cut off half way; it took effect"),
    *_pair("html_200", "html", 200, "an HTML page with status 200"),
    Fault(
        "decode_error_response", "all", "json", 400, "a 400 about its own answer; it took effect"
    ),
    Fault("account_left_out", "all", "spoilt", 200, "one account's entry is missing"),
    Fault("entry_both", "all", "spoilt", 200, "one entry has a scheduledPost and an error"),
    Fault("error_code_set", "all", "spoilt", 200, "one scheduledPost has an errorCode"),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}

_FOR_READS = tuple(FAULTS[name] for name in ("500_before", "reset_before", "hang_before", "429"))

HTML_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{status}</title></head>"
    "<body><center><h1>{status} {reason}</h1></center><hr><center>proxy</center></body></html>\n"
)


class Faults:
    """Deals faults. The same seed and the same sequence of calls give the same faults.

    `chances` maps a fault's name to its probability for each call of a kind; `script` names the
    faults of the first calls (None: no fault) before chance takes over.
    """

    def __init__(
        self,
        seed: int | str,
        chances: Mapping[str, float],
        script: Iterable[str | None] = (),
        read_chance: float = 0.0,
    ) -> None:
        self._calls = Random(f"{seed} calls")
        self._reads = Random(f"{seed} reads")
        self._script = deque(script)
        names = sorted(chances)
        self._dealt = [FAULTS[name] for name in names]
        self._edges = list(accumulate(chances[name] for name in names))
        self._read_chance = read_chance

    def for_call(self) -> Fault | None:
        """The fault of the next call, or None."""
        if self._script:
            name = self._script.popleft()
            return FAULTS[name] if name is not None else None
        if not self._edges:
            return None
        # One draw for each call, whatever comes of it, keeps the sequence the same.
        index = bisect_right(self._edges, self._calls.random())
        return self._dealt[index] if index < len(self._dealt) else None

    def for_read(self) -> Fault | None:
        """The fault of the next GET, or None."""
        if self._read_chance and self._reads.random() < self._read_chance:
            return self._reads.choice(_FOR_READS)
        return None

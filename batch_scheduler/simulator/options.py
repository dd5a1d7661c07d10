"""Everything that can be set, and how it is read from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from .faults import FAULTS

T = TypeVar("T")


class OptionsError(ValueError):
    """An option that does not exist, or a value it can't have. The message says what can be."""


def _option(default: T, says: str) -> T:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True)
class Options:
    """What the stand-in is and does. Times are in seconds; probabilities are 0 to 1."""

    port: int = _option(0, "the port on 127.0.0.1; 0: any free one")
    seed: int = _option(0, "the same seed and the same requests give the same faults and ids")
    strict: bool = _option(False, "unknown teams, posts and accounts are errors, not adopted")
    record: str | None = _option(None, "a file for the record: one JSON line per event")
    show_record: bool = _option(True, "offer the record at GET /__record (kept in memory)")
    clock_skew: float = _option(0.0, "added to the service's clock: Date, createdAt, updatedAt")
    token_expires_after: int | None = _option(None, "calls until the token is refused with 401")
    refuse_nulls: bool = _option(True, "null in any optional field is a 400")
    cancel_on_hangup: bool = _option(False, "a caller that hangs up in the latency stops its call")
    latest_shown_after: float = _option(0.0, "latestScheduledPost lags by this much")
    posts_shown_after: float = _option(0.0, "the list of posts lags by this much")

    latency: float = _option(0.0, "from a request to its effect and answer")
    jitter: float = _option(0.0, "at most this much more latency, at random")
    rate_limit: float | None = _option(None, "calls per second; above it: 429")
    rate_kind: Literal["bucket", "window"] = _option("bucket", "token bucket, or fixed windows")
    rate_burst: int = _option(10, "size of the token bucket, in calls")
    rate_window: float = _option(1.0, "length of a fixed window; it lets rate_limit x this pass")
    rate_halves_after: float | None = _option(None, "since the start; from then half the rate")
    rate_retry_after: Literal["none", "seconds", "date"] = _option(
        "seconds", "Retry-After of the limits' 429"
    )
    max_in_flight: int | None = _option(None, "calls at once; above it: 429")
    down_between: tuple[float, float] | None = _option(None, "[from, to] since the start: down")
    down_how: Literal["reset", "503"] = _option("reset", "what a call gets while it is down")

    faults: Mapping[str, float] = field(
        default_factory=dict, metadata={"says": "probability of each fault, for schedule calls"}
    )
    fault_script: tuple[str | None, ...] = _option((), "the faults of the first schedule calls")
    create_faults: Mapping[str, float] = field(
        default_factory=dict, metadata={"says": "probability of each fault, for posts created"}
    )
    create_fault_script: tuple[str | None, ...] = _option((), "the faults of the first of them")
    import_faults: Mapping[str, float] = field(
        default_factory=dict, metadata={"says": "probability of each fault, for assets imported"}
    )
    import_fault_script: tuple[str | None, ...] = _option((), "the faults of the first of them")
    read_faults: float = _option(0.0, "probability of a 500, reset, hang or 429 for a GET")
    failing_accounts: tuple[str, ...] = _option((), "accounts that always get an error entry")
    accounts: tuple[Mapping[str, str], ...] = _option(
        (), "more accounts, or known ones changed: id, team_id, provider, handle, name, status"
    )
    listing_fault: str | None = _option(None, "what each listing of a team's accounts gets")
    retry_after: float = _option(1.0, "the wait that a fault's Retry-After asks for")
    effect_delay: float = _option(1.0, "from the reset to the effect, in effect_after_reset")
    hang_seconds: float = _option(3600.0, "how long a hang lasts; then the connection is reset")

    shuffle_entries: bool = _option(False, "data[] in another order than asked")
    id_case: Literal["lower", "upper", "mixed"] = _option("lower", "how answers write ids")
    extra_fields: bool = _option(False, "answers have fields that nobody documented")
    sparse: bool = _option(False, "an entry's scheduledPost has id and socialAccountId only")
    wrong_counts: bool = _option(False, "outcome's counts don't add up")
    explicit_nulls: bool = _option(False, "an entry's absent half is null instead of absent")
    answer_instant: Literal["z", "offset", "milliseconds"] = _option(
        "z", "scheduledAt as ...00Z, ...00+00:00 or ...00.000Z"
    )
    page_shape: Literal["data", "items"] = _option(
        "data", "posts as {data,total,nextCursor,prevCursor} or as {items,cursor,hasMore}"
    )
    bare_lists: bool = _option(False, "accounts, teams, organizations as a list, not {data:[]}")

    def __post_init__(self) -> None:
        dealt = (self.faults, self.create_faults, self.import_faults)
        scripts = (self.fault_script, self.create_fault_script, self.import_fault_script)
        for name in filter(None, chain(*dealt, *scripts)):
            if name not in FAULTS:
                raise OptionsError(f"no fault is called {name!r}; known: {', '.join(FAULTS)}")
        without = [name for name, fault in FAULTS.items() if fault.effect == "none"]
        if self.listing_fault not in (None, *without):
            raise OptionsError(f"listing_fault is one without effect: {', '.join(without)}")
        if not all("id" in one and one.keys() <= _OF_ACCOUNTS for one in self.accounts):
            raise OptionsError(
                "an account has an id and some of team_id, provider, handle, name, status"
            )
        chances = [self.read_faults, *chain(*(each.values() for each in dealt))]
        too_likely = any(sum(each.values()) > 1 + 1e-9 for each in dealt)
        if any(not 0 <= chance <= 1 for chance in chances) or too_likely:
            raise OptionsError("probabilities are between 0 and 1, and those of faults sum to 1")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and value < 0 and item.name not in _MAY_BE_NEGATIVE:
                raise OptionsError(f"{item.name} can't be negative: {value}")
        if self.rate_limit == 0 or self.rate_window == 0 or self.rate_burst == 0:
            raise OptionsError("rate_limit, rate_window and rate_burst are more than 0")

    def as_json(self) -> str:
        return json.dumps(asdict(self))


_OF_ACCOUNTS = {"id", "team_id", "provider", "handle", "name", "status"}
_MAY_BE_NEGATIVE = ("seed", "clock_skew")


def options_from(values: object) -> Options:
    """Options from a JSON object. Raises OptionsError for unknown names and unfit values."""
    if not isinstance(values, dict):
        raise OptionsError('the options are a JSON object, e.g. {"latency": 0.05}')
    hints = get_type_hints(Options)
    for name in values:
        if name not in hints:
            also = " (a fault: put it into faults)" if name in FAULTS else ""
            raise OptionsError(f"no option is called {name!r}{also}; known: {', '.join(hints)}")
    return Options(**{name: _fit(name, value, hints[name]) for name, value in values.items()})


def _fit(name: str, value: Any, hint: Any) -> Any:
    """The value as the hint wants it: lists become tuples, whole numbers may stand for floats."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is UnionType:
        if value is None and NoneType in args:
            return None
        return _fit(name, value, next(arg for arg in args if arg is not NoneType))
    if origin is Literal and value in args:
        return value
    if origin is tuple and isinstance(value, list | tuple):
        if args[-1] is Ellipsis or len(args) == len(value):
            return tuple(_fit(name, item, args[0]) for item in value)
    elif origin is Mapping and isinstance(value, dict):
        return {key: _fit(f"{name}.{key}", item, args[1]) for key, item in value.items()}
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and type(value) is hint:
        return value
    raise OptionsError(f"{name} can't be {value!r}; it is {_in_words(hint)}")


def _in_words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, get_args(hint)))
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("collections.abc.", "")

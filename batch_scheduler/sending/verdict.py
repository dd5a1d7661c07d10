"""From a failure to what follows: the one place that says what is known of the effect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from batch_scheduler.errors import ServiceUnusable
from batch_scheduler.octospark import CallFailed, HttpFailure, NoAnswer, NotConnected, Undecodable


class Fate(Enum):
    NOT_SENT = "certainly not sent: send it again, after a backoff"
    REFUSED = "refused for now: everyone waits, then send it again"
    REJECTED = "refused for good: record it"
    IN_DOUBT = "it may have happened: never send it again unless the service shows nothing"
    ABORT = "every call would end so: stop the run"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after` counts seconds. `answered`: the service itself spoke, so it is done with it."""

    fate: Fate
    code: str
    message: str
    retry_after: float | None = None
    answered: bool = False


# Refused by a server that understood the request, before it did anything. Not here: what can
# come after the request took effect or was passed on: 406 and 424, 408, a proxy's own (499, 460 …).
REFUSED_FOR_GOOD = frozenset(
    {400, 402, 403, 404, 405, 409, 410, 411, 412, 413, 414, 415, 417, 421, 422, 423, 426, 428, 431}
    | {451}
)


def verdict(failure: CallFailed, *, doubted: bool = False) -> Verdict:
    """`doubted`: an earlier attempt of the same call was in doubt, so a 409 may be its echo."""
    match failure:
        case NotConnected():
            return Verdict(Fate.NOT_SENT, "no-connection", str(failure))
        case HttpFailure():
            return _of_status(failure, doubted)
        case NoAnswer():
            return Verdict(Fate.IN_DOUBT, "no-answer", str(failure))
        case Undecodable():
            return Verdict(Fate.IN_DOUBT, "unreadable-answer", str(failure))
        case _:
            return Verdict(Fate.IN_DOUBT, "unknown-failure", str(failure))


def _of_status(failure: HttpFailure, doubted: bool) -> Verdict:
    status = failure.status
    code = f"http-{status}"
    said = f"the service answered {status}: {failure.message}"
    if failure.is_response_decode_error or (status == 409 and doubted):
        return Verdict(Fate.IN_DOUBT, code, said, answered=failure.by_service)
    if status in (401, 407) or 300 <= status < 400:
        return Verdict(Fate.ABORT, code, said)
    if status == 429 or (status == 503 and failure.retry_after is not None):
        return Verdict(Fate.REFUSED, code, said, retry_after=failure.retry_after)
    if status in REFUSED_FOR_GOOD:
        return Verdict(Fate.REJECTED, code, failure.message)
    return Verdict(Fate.IN_DOUBT, code, said, answered=failure.by_service)


def unusable(what: Verdict) -> ServiceUnusable:
    """Why the run stops, for a person, where every call would end so."""
    if what.code in ("http-401", "http-403"):
        remedy = (
            "check OCTOSPARK_TOKEN: it may have expired, or belong to another team; make a new one "
            "in Octospark and put it where that is set (`batch-scheduler config show` says where)"
        )
    else:
        remedy = "check the base URL: --base-url or OCTOSPARK_BASE_URL"
    return ServiceUnusable(f"the service can't be used: {what.message}", remedy)

"""An answer that is not a 2xx, whoever wrote it: the service, or a proxy before it."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from pydantic import SecretStr

from batch_scheduler.octospark.failures import HttpFailure
from batch_scheduler.octospark.transport import Reply
from batch_scheduler.octospark.wording import without_secret

MOST_SHOWN = 200
_MOST_SAID = 1000
_RESPONSE_FIELDS = ("data", "outcome")
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_LONGEST_WAIT = 1e9
"""Some thirty years, in seconds: what is longer is as good as this."""


def read_refusal(reply: Reply, content: bytes, token: SecretStr) -> HttpFailure:
    """`content`: the reply's, with the token taken out."""
    text = content.decode(errors="replace")
    body = _json(text)
    said_at = http_date(reply.headers.get("Date"))
    message = _said(body) or text.strip()[:MOST_SHOWN] or reply.reason
    return HttpFailure(
        reply.status,
        without_secret(message, token) or "no reason given",
        retry_after=_retry_after(reply.headers.get("Retry-After"), said_at),
        by_service=isinstance(body, dict) and ("_tag" in body or "error" in body),
        is_response_decode_error=_is_response_decode_error(body),
        service_time=said_at,
    )


@lru_cache(maxsize=8)  # all answers of one second have the same
def http_date(text: str | None) -> float | None:
    """Seconds since 1970; None where it is no HTTP date."""
    try:
        date = parsedate_to_datetime(text or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _said(body: Any) -> str:
    """What the service itself says; "" if it is not heard."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    for said in (body.get("message"), inner):
        if isinstance(said, str) and said.strip():
            return _with_issues(said, body)[:_MOST_SAID]
    return ""


def _with_issues(said: str, body: dict[str, Any]) -> str:
    """What the service found wrong, by field, where it says so."""
    found = [
        f"{_path(issue)}: {issue.get('message', '')}"
        for issue in _issues(body)
        if issue.get("message")
    ]
    return f"{said} ({'; '.join(found)})" if found else said


def _is_response_decode_error(body: Any) -> bool:
    if not isinstance(body, dict) or body.get("_tag") != "HttpApiDecodeError":
        return False
    return any(_path(issue).split(".")[0] in _RESPONSE_FIELDS for issue in _issues(body))


def _issues(body: dict[str, Any]) -> list[dict[str, Any]]:
    issues = body.get("issues")
    return [one for one in issues if isinstance(one, dict)] if isinstance(issues, list) else []


def _path(issue: dict[str, Any]) -> str:
    path = issue.get("path")
    return ".".join(map(str, path)) if isinstance(path, list) else str(path or "")


def _retry_after(text: str | None, said_at: float | None) -> float | None:
    """Seconds, from either form. A date is told by the service's own clock, if it shows one."""
    bare = (text or "").strip()
    if _SECONDS.fullmatch(bare):
        return min(float(bare), _LONGEST_WAIT)
    until = http_date(bare)
    if until is None:
        return None
    wait = until - (time.time() if said_at is None else said_at)
    return min(max(0.0, wait), _LONGEST_WAIT)

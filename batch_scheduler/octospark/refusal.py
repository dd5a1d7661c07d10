"""An answer that is not a 2xx, whoever wrote it: the service, or a proxy before it."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import SecretStr

from batch_scheduler.octospark.failures import HttpFailure

_MOST_SHOWN = 200
_RESPONSE_FIELDS = ("data", "outcome")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?", re.ASCII)


def read_refusal(response: httpx.Response, token: SecretStr) -> HttpFailure:
    body = _json(response)
    said_at = http_date(response.headers.get("Date"))
    return HttpFailure(
        response.status_code,
        without_secret(_message(response, body), token),
        retry_after=_retry_after(response.headers.get("Retry-After"), said_at),
        by_service=isinstance(body, dict) and ("_tag" in body or "error" in body),
        is_response_decode_error=_is_response_decode_error(body),
        service_time=said_at,
    )


def without_secret(text: str, token: SecretStr) -> str:
    """On one line, without control codes, and without the token should a server echo it."""
    shown = text.replace(token.get_secret_value(), "[token]") if token else text
    plain = "".join(c if c.isprintable() else " " for c in shown)
    return " ".join(plain.split())


def http_date(text: str | None) -> float | None:
    """Seconds since 1970; None where it is no HTTP date."""
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _message(response: httpx.Response, body: Any) -> str:
    if isinstance(body, dict):
        error = body.get("error")
        inner = error.get("message") if isinstance(error, dict) else error
        for said in (body.get("message"), inner):
            if said and isinstance(said, str):
                return _with_issues(said, body)[: 5 * _MOST_SHOWN]
    return response.text.strip()[:_MOST_SHOWN] or response.reason_phrase or "no reason given"


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
        return float(bare)
    until = http_date(bare)
    if until is None:
        return None
    return max(0.0, until - (time.time() if said_at is None else said_at))

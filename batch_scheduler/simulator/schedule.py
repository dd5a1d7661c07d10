"""Checking the body of a schedule call, as far as the service documents it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from .record import stamp

UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)
_EXTRAS = ("firstComment", "engagementCommentTrigger", "repostAfter")
_OPTIONAL = (
    "timezone", "platformSettings", "platformSettingsBySocialAccountId", *_EXTRAS,
    "recurrenceIntervalDays", "recurrenceEndsAt",
)  # fmt: skip
_NULLABLE = ("timezone", "recurrenceEndsAt")  # documented as "string or null"
_NOT_ZONES = ("localtime", "posixrules")  # files beside the zones, no IANA names


@dataclass(frozen=True, slots=True)
class Wish:
    """A valid schedule call. Account ids are in lower case; `instant` is UTC, with a Z."""

    account_ids: tuple[str, ...]
    scheduled_at: str
    instant: str
    timezone: str | None
    settings: Mapping[str, Any] | None
    settings_by_account: Mapping[str, Mapping[str, Any]]
    extras: Mapping[str, Any]

    def settings_for(self, account_id: str) -> Mapping[str, Any] | None:
        """The account's own settings, else the call's (that they don't merge: assumed)."""
        return self.settings_by_account.get(account_id, self.settings)


class Invalid(Exception):
    """The request is not as documented. `issues` has a path and a message for each reason."""

    def __init__(self, issues: list[dict[str, Any]]) -> None:
        super().__init__("The request is not valid")
        self.issues = issues


def issue(message: str, *path: str | int) -> dict[str, Any]:
    return {"path": list(path), "message": message}


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises Invalid."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid([issue("Expected a JSON body")]) from None
    if not isinstance(value, dict):
        raise Invalid([issue("Expected an object")])
    return value


def read_wish(body: bytes, now: float, *, one: bool = False, refuse_nulls: bool = True) -> Wish:
    """What a schedule call asks for; `one`: for a single socialAccountId. Raises Invalid.

    Fields that are not documented are dropped without a word, as the service does.
    """
    value = read_object(body)
    if one:
        value["socialAccountIds"] = [value.get("socialAccountId")]
    issues = _nulls(value, refuse_nulls)
    value = {key: item for key, item in value.items() if item is not None}
    issues += _account_issues(value.get("socialAccountIds"))
    issues += _instant_issues(value, now)
    issues += _settings_issues(value)
    issues += _recurrence_issues(value)
    if issues:
        raise Invalid(issues)
    by_account = value.get("platformSettingsBySocialAccountId", {})
    named = (*_EXTRAS, "recurrenceIntervalDays", "recurrenceEndsAt")
    return Wish(
        account_ids=tuple(ident.lower() for ident in value["socialAccountIds"]),
        scheduled_at=value["scheduledAt"],
        instant=plain_instant(value["scheduledAt"]) or "",
        timezone=value.get("timezone"),
        settings=value.get("platformSettings"),
        settings_by_account={key.lower(): item for key, item in by_account.items()},
        extras={key: value[key] for key in named if key in value},
    )


@lru_cache(maxsize=4096)  # the same accounts are in call after call
def is_uuid(text: str) -> bool:
    return UUID.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def seconds(text: str) -> float | None:
    """An absolute RFC 3339 instant as seconds since 1970, or None if it is not one."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def plain_instant(text: str) -> str | None:
    """The instant in UTC as 2027-05-01T07:00:00Z, with milliseconds where it has some."""
    moment = seconds(text)
    if moment is None:
        return None
    whole = moment == int(moment)
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}Z" if whole else stamp(moment)


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    if name in _NOT_ZONES or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _nulls(value: Mapping[str, Any], refuse: bool) -> list[dict[str, Any]]:
    return [
        issue("Expected a value, actual null", name)
        for name in _OPTIONAL
        if name in value and value[name] is None and (refuse or name not in _NULLABLE)
    ]


def _account_issues(ids: Any) -> list[dict[str, Any]]:
    if not isinstance(ids, list) or not ids:
        return [issue("Expected a list of at least 1 UUID", "socialAccountIds")]
    wrong = [
        issue("Expected a UUID", "socialAccountIds", index)
        for index, ident in enumerate(ids)
        if not (isinstance(ident, str) and is_uuid(ident))
    ]
    if not wrong and len({ident.lower() for ident in ids}) < len(ids):
        return [issue("Expected each account once", "socialAccountIds")]
    return wrong


def _instant_issues(value: Mapping[str, Any], now: float) -> list[dict[str, Any]]:
    issues = []
    at = value.get("scheduledAt")
    moment = seconds(at) if isinstance(at, str) else None
    if moment is None:
        issues.append(issue("Expected an absolute RFC 3339 instant", "scheduledAt"))
    elif moment <= now:
        issues.append(issue("Expected an instant in the future", "scheduledAt"))
    zone = value.get("timezone")
    if zone is not None and not (isinstance(zone, str) and _is_zone(zone)):
        issues.append(issue("Expected an IANA time zone", "timezone"))
    return issues


def _settings_issues(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    by_account = "platformSettingsBySocialAccountId"
    issues = [
        issue("Expected an object", name)
        for name in ("platformSettings", by_account, *_EXTRAS)
        if not isinstance(value.get(name, {}), dict)
    ]
    if isinstance(value.get(by_account), dict):
        for key, settings in value[by_account].items():
            if not is_uuid(key):
                issues.append(issue("Expected a UUID", by_account, key))
            elif not isinstance(settings, dict):
                issues.append(issue("Expected an object", by_account, key))
    return issues


def _recurrence_issues(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    issues = []
    days = value.get("recurrenceIntervalDays", 1)
    if type(days) is not int or not 1 <= days <= 365:
        issues.append(issue("Expected an integer from 1 to 365", "recurrenceIntervalDays"))
    ends = value.get("recurrenceEndsAt")
    if ends is not None and not (isinstance(ends, str) and seconds(ends) is not None):
        issues.append(issue("Expected an absolute RFC 3339 instant", "recurrenceEndsAt"))
    return issues

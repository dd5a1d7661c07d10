"""How the service writes what it has to say, with the variations the documentation leaves open."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from .form import Form
from .options import Options
from .record import encode_json, stamp
from .schedule import UUID
from .state import Account, Batch, Post, ScheduledPost

_BEFORE_PUBLISHING = {
    "requiresPolling": False,
    "publishId": None,
    "platformPostId": None,
    "providerStatus": None,
    "pollingReason": None,
    "uploadProgress": None,
    "failureCode": None,
}


class Json(str):
    """A value that is already JSON."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a value for JSON or a Json (None: no body) and headers."""

    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def tagged(status: int, tag: str, message: str, **more: Any) -> Answer:
    return Answer(status, {"_tag": tag, "message": message, **more})


def coded(status: int, code: str, message: str, **headers: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}}, headers)


def not_found(what: str) -> Answer:
    return tagged(404, "NotFound", f"{what} not found")


def not_valid(issues: list[dict[str, Any]]) -> Answer:
    return tagged(400, "HttpApiDecodeError", "The request is not valid", issues=issues)


class Writer:
    """Writes accounts, posts and schedule answers as the options want them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._order = Random(f"{options.seed} order")

    def encode(self, value: Any) -> bytes:
        text = value if isinstance(value, Json) else encode_json(value)
        if self._options.id_case == "upper":
            text = UUID.sub(lambda match: match[0].upper(), text)
        elif self._options.id_case == "mixed":
            text = UUID.sub(lambda match: _mixed(match[0]), text)
        return text.encode()

    def list_of(self, items: list[dict[str, Any]]) -> Any:
        return items if self._options.bare_lists else {"data": items}

    def account(self, account: Account) -> dict[str, Any]:
        connected = stamp(account.connected_at)
        return {
            "id": account.id,
            "teamId": account.team_id,
            "provider": account.provider,
            "providerAccountId": f"{account.provider}-{account.id[-4:]}",
            "displayName": account.name,
            "profileHandle": account.handle,
            "status": account.status,
            "capabilities": {"publish": True, "schedule": True},
            "providerSettings": {},
            "connectedAt": connected,
            "createdAt": connected,
            "updatedAt": connected,
            **self._more(),
        }

    def post(self, post: Post, latest: ScheduledPost | None) -> dict[str, Any]:
        return {
            "id": post.id,
            "teamId": post.team_id,
            "title": post.title,
            "text": post.text,
            "assetIds": post.asset_ids,
            "createdAt": stamp(post.created_at),
            "updatedAt": stamp(post.updated_at),
            "latestScheduledPost": latest and self.scheduled(latest),
            **self._more(),
        }

    def page(
        self, items: list[dict[str, Any]], total: int, after: str | None, before: str | None
    ) -> dict[str, Any]:
        if self._options.page_shape == "items":
            return {"items": items, "cursor": after, "hasMore": after is not None}
        return {"data": items, "total": total, "nextCursor": after, "prevCursor": before}

    def scheduled(self, item: ScheduledPost) -> dict[str, Any]:
        batch = item.batch
        created = stamp(batch.created_at)
        return {
            "id": item.id,
            "teamId": batch.team_id,
            "contentItemId": batch.post_id,
            "socialAccountId": item.account_id,
            "status": "scheduled",
            "scheduledAt": self._instant(batch.wish.instant),
            "timezone": batch.wish.timezone,
            "platformPostId": None,
            "platformSettings": item.settings,
            "publishResults": None,
            "providerPublishState": _BEFORE_PUBLISHING,
            "errorCode": None,
            "errorMessage": None,
            "workflowId": f"schedule-{item.id}",
            "workflowRunId": None,
            "createdAt": created,
            "updatedAt": created,
            **self._more(),
        }

    def schedule(self, batch: Batch) -> Json:
        """The body of a schedule-multi answer."""
        form = Form(batch, lambda scheduled: self._entry(scheduled.account_id, scheduled))
        data = [
            form.text(ident)
            if ident in batch.ids
            else encode_json(self._entry(ident, error=batch.errors[ident]))
            for ident in batch.account_ids
        ]
        if self._options.shuffle_entries:
            self._order.shuffle(data)
        off = 1 if self._options.wrong_counts else 0
        counts = {"totalCount": len(data) + off, "successCount": len(batch.ids) + 2 * off}
        counts["failureCount"] = len(batch.errors)
        rest = encode_json({"outcome": counts, **self._more()})
        return Json(f'{{"data":[{",".join(data)}],{rest[1:]}')

    def _entry(
        self, account_id: str, scheduled: ScheduledPost | None = None, error: str | None = None
    ) -> dict[str, Any]:
        written: dict[str, Any] = {"socialAccountId": account_id}
        if scheduled:
            whole = self.scheduled(scheduled)
            if self._options.sparse:
                whole = {key: whole[key] for key in ("id", "socialAccountId")}
            written["scheduledPost"] = whole
        elif self._options.explicit_nulls:
            written["scheduledPost"] = None
        if error is not None:
            written["error"] = {"message": error}
        elif self._options.explicit_nulls:
            written["error"] = None
        return written | self._more()

    def _instant(self, plain: str) -> str:
        if self._options.answer_instant == "offset":
            return plain[:-1] + "+00:00"
        if self._options.answer_instant == "milliseconds" and "." not in plain:
            return plain[:-1] + ".000Z"
        return plain

    def _more(self) -> dict[str, Any]:
        return {"fieldOfTomorrow": {"beta": [1, None]}} if self._options.extra_fields else {}


def spoilt(answer: Answer, fault: str, order: Random) -> Answer:
    """The answer, with one entry of a schedule answer doubtful in the way the fault is called.

    Of any other answer the id is missing.
    """
    value = answer.value
    body = json.loads(value) if isinstance(value, Json) else dict(value)
    if "data" in body:
        _spoil(body["data"], fault, order)
    else:
        del body["id"]
    return replace(answer, value=body)


def _spoil(entries: list[dict[str, Any]], fault: str, order: Random) -> None:
    good = [index for index, entry in enumerate(entries) if entry.get("scheduledPost")]
    chosen = order.choice(good or range(len(entries)))
    if fault == "account_left_out":
        del entries[chosen]
    elif fault == "entry_both":
        entries[chosen]["error"] = {"message": "The platform did not answer in time"}
    elif fault == "error_code_set" and good:
        entries[chosen]["scheduledPost"]["errorCode"] = "PLATFORM_UNAVAILABLE"
        entries[chosen]["scheduledPost"]["errorMessage"] = "The platform did not answer in time"


def _mixed(ident: str) -> str:
    return "".join(c.upper() if i % 2 else c for i, c in enumerate(ident))

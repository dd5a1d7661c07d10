"""What each route answers, faults aside. A route gets a Call and returns an Answer."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from . import acme
from .answer import Answer, Writer, not_found, not_valid
from .schedule import Invalid, Wish, is_uuid, issue, read_object, read_wish
from .service import Service
from .state import Post

T = TypeVar("T")
Effect = Callable[[bool], Answer]
"""Does what was asked and answers it. True: for the first half of the accounts only, rounded up."""

_SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "title": "title"}
_TEAM, _IDENT = 2, 4  # where a path has its ids: v1/teams/TEAM/posts/IDENT/…


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in. Ids are in lower case; `number` is the request's."""

    number: int
    route: str
    team_id: str
    ident: str
    query: Mapping[str, str]
    body: bytes

    @property
    def schedules(self) -> bool:
        return self.route == _SCHEDULE_MULTI

    @property
    def lists_accounts(self) -> bool:
        return self.route == _ACCOUNTS

    @property
    def creates(self) -> bool:
        """A post."""
        return self.route == _CREATE_POST

    @property
    def imports(self) -> bool:
        """An asset."""
        return self.route == _IMPORT_ASSET

    @property
    def reads(self) -> bool:
        return self.route.startswith("GET ")


_ACCOUNTS = "GET teams/*/social-accounts"
_SCHEDULE_MULTI = "POST teams/*/posts/*/schedule-multi"
_CREATE_POST = "POST teams/*/posts"
_IMPORT_ASSET = "POST teams/*/assets/import"
_LITERAL = (["assets", "import"], ["uploads", "request"])  # no ids after the team's


def read_call(number: int, method: str, path: str, query: Mapping[str, str], body: bytes) -> Call:
    """The call that a request's path makes: its ids taken out, stars in their places."""
    parts = path.strip("/").split("/")
    ids = ["", ""]
    for which, place in enumerate((_TEAM, _IDENT)):
        literal = place == _IDENT and parts[3:] in _LITERAL
        if len(parts) > place and parts[1] == "teams" and not literal:
            ids[which], parts[place] = parts[place].lower(), "*"
    known = parts[0] == "v1"
    route = f"{method} {'/'.join(parts[1:])}" if known else ""
    return Call(number, route, ids[0], ids[1], query, body)


class Routes:
    """All the routes of one service."""

    def __init__(self, service: Service, writer: Writer, refuse_nulls: bool) -> None:
        self._service = service
        self._writer = writer
        self._refuse_nulls = refuse_nulls
        self._routes: Mapping[str, Callable[[Call], Answer]] = {
            "GET agent/context": self._context,
            "GET organizations": lambda call: self._list([self._organization()]),
            "GET teams": lambda call: self._list(self._teams()),
            _ACCOUNTS: self._accounts,
            "GET teams/*/social-accounts/*": self._account,
            "GET teams/*/posts": self._posts,
            _CREATE_POST: lambda call: self._ready_post(call)(False),
            "GET teams/*/posts/*": self._post,
            "PATCH teams/*/posts/*": self._update_post,
            "DELETE teams/*/posts/*": self._delete_post,
            "POST teams/*/posts/*/move-to-draft": self._move_to_draft,
            _SCHEDULE_MULTI: lambda call: self._ready_schedule(call)(False),
            "POST teams/*/posts/*/schedule": self._schedule_single,
            _IMPORT_ASSET: lambda call: self._ready_import(call)(False),
            "POST teams/*/uploads/request": self._request_upload,
            "POST teams/*/uploads/*/confirm": self._confirm_upload,
        }
        self._ready: Mapping[str, Callable[[Call], Effect]] = {
            _SCHEDULE_MULTI: self._ready_schedule,
            _CREATE_POST: self._ready_post,
            _IMPORT_ASSET: self._ready_import,
        }

    def answer(self, call: Call) -> Answer:
        """What the service says, with its effect."""
        return self._guarded(call, lambda: self._routes[call.route](call))

    def ready(self, call: Call) -> Effect | Answer:
        """What a valid call that faults are for will do, and has not done yet; else its refusal."""
        return self._guarded(call, lambda: self._ready[call.route](call))

    def _wish(self, call: Call) -> tuple[Post, Wish]:
        post = self._the_post(call)
        one = not call.schedules
        now = self._service.now()
        return post, read_wish(call.body, now, one=one, refuse_nulls=self._refuse_nulls)

    def _guarded(self, call: Call, work: Callable[[], T]) -> T | Answer:
        refusal = self._refusal(call)
        if refusal:
            return refusal
        try:
            return work()
        except Invalid as invalid:
            return not_valid(invalid.issues)
        except LookupError as lost:
            return not_found(str(lost.args[0]))

    def _refusal(self, call: Call) -> Answer | None:
        if call.route not in self._routes:
            return not_found("Route")
        wrong = [
            issue("Expected a UUID", name)
            for name, ident in (("teamId", call.team_id), ("id", call.ident))
            if ident and not is_uuid(ident)
        ]
        if wrong:
            return not_valid(wrong)
        if call.team_id and not self._service.knows_team(call.team_id):
            return not_found("Team")
        return None

    def _list(self, items: list[dict[str, Any]]) -> Answer:
        return Answer(200, self._writer.list_of(items))

    def _organization(self) -> dict[str, Any]:
        return {"id": acme.ORGANIZATION_ID, "name": "Acme", "slug": "acme"}

    def _teams(self) -> list[dict[str, Any]]:
        return [
            {"id": ident, "organizationId": acme.ORGANIZATION_ID, "name": name}
            for ident, name in self._service.teams.items()
        ]

    def _context(self, call: Call) -> Answer:
        user = {"id": acme.USER_ID, "email": "rehearsal@acme.example", "name": "Rehearsal"}
        value = {
            "user": user,
            "organizations": [self._organization()],
            "teams": self._teams(),
            "defaultOrganizationId": acme.ORGANIZATION_ID,
            "defaultTeamId": acme.TEAM_ID,
        }
        return Answer(200, value)

    def _accounts(self, call: Call) -> Answer:
        everyone = self._service.accounts.values()
        ours = (account for account in everyone if account.team_id == call.team_id)
        return self._list([self._writer.account(account) for account in ours])

    def _account(self, call: Call) -> Answer:
        account = self._service.account(call.team_id, call.ident)
        return Answer(200, self._writer.account(account)) if account else not_found("Account")

    def _the_post(self, call: Call) -> Post:
        post = self._service.post(call.team_id, call.ident)
        if post is None:
            raise LookupError("Post")
        return post

    def _show(self, post: Post, status: int = 200) -> Answer:
        return Answer(status, self._writer.post(post, self._service.latest(post)))

    def _post(self, call: Call) -> Answer:
        return self._show(self._the_post(call))

    def _posts(self, call: Call) -> Answer:
        start, limit, sort, descending = _paging(call.query)
        posts = self._service.listed(call.team_id)
        if sort != "created_at":  # they are kept in that order
            posts.sort(key=attrgetter(sort))
        if descending:
            posts.reverse()
        items = [
            self._writer.post(post, self._service.latest(post))
            for post in posts[start : start + limit]
        ]
        after = _cursor(start + limit) if start + limit < len(posts) else None
        before = _cursor(max(0, start - limit)) if start else None
        return Answer(200, self._writer.page(items, len(posts), after, before))

    def _ready_post(self, call: Call) -> Effect:
        given = {"title": "", "text": "", "asset_ids": []} | _post_fields(call.body)

        def create(half: bool) -> Answer:
            post = self._service.create_post(call.team_id, request=call.number, **given)
            return self._show(post, 201)

        return create

    def _update_post(self, call: Call) -> Answer:
        post = self._the_post(call)
        self._service.update_post(post, call.number, **_post_fields(call.body))
        return self._show(post)

    def _delete_post(self, call: Call) -> Answer:
        self._service.delete_post(self._the_post(call), call.number)
        return Answer(204)

    def _move_to_draft(self, call: Call) -> Answer:
        post = self._the_post(call)
        self._service.cancel(post, call.number)
        return self._show(post)

    def _ready_schedule(self, call: Call) -> Effect:
        post, wish = self._wish(call)
        ids = wish.account_ids

        def schedule(half: bool) -> Answer:
            some = ids[: (len(ids) + 1) // 2] if half else ids
            batch = self._service.schedule(post, call.team_id, wish, some, call.number)
            return Answer(200, self._writer.schedule(batch))

        return schedule

    def _schedule_single(self, call: Call) -> Answer:
        """One account: the bare scheduled post, or a 400 (assumed, not documented)."""
        post, wish = self._wish(call)
        batch = self._service.schedule(post, call.team_id, wish, wish.account_ids, call.number)
        (ident,) = wish.account_ids
        if ident in batch.errors:
            message = batch.errors[ident]
            return Answer(400, {"error": {"code": "not_schedulable", "message": message}})
        return Answer(200, self._writer.scheduled(batch.scheduled(ident)))

    def _ready_import(self, call: Call) -> Effect:
        url = read_object(call.body).get("url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Invalid([issue("Expected an http or https address", "url")])

        def bring_in(half: bool) -> Answer:
            ident = self._service.import_asset(call.team_id, url, call.number)
            asset = {"id": ident, "teamId": call.team_id, "status": "ready", "url": url}
            return Answer(201, asset)

        return bring_in

    def _request_upload(self, call: Call) -> Answer:
        read_object(call.body)
        ident = self._service.new_id()
        return Answer(201, {"uploadId": ident, "uploadUrl": f"https://uploads.invalid/{ident}"})

    def _confirm_upload(self, call: Call) -> Answer:
        asset = {"id": self._service.new_id(), "teamId": call.team_id, "status": "ready"}
        return Answer(200, asset | {"uploadId": call.ident})


def _post_fields(body: bytes) -> dict[str, Any]:
    """The known fields of a post's body (assumed, not documented). Raises Invalid."""
    value = read_object(body)
    fields: dict[str, Any] = {}
    for name, kind in (("title", str), ("text", str), ("assetIds", list)):
        if value.get(name) is None:
            continue
        if not isinstance(value[name], kind):
            raise Invalid([issue(f"Expected a {kind.__name__}", name)])
        fields["asset_ids" if name == "assetIds" else name] = value[name]
    return fields


def _paging(query: Mapping[str, str]) -> tuple[int, int, str, bool]:
    """Start, limit, sort attribute and direction of a list. Raises Invalid."""
    issues = []
    limit, sort = query.get("limit", "25"), query.get("sortBy", "createdAt")
    order = query.get("sortOrder", "desc")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
        issues.append(issue("Expected an integer from 1 to 100", "limit"))
    if sort not in _SORTS:
        issues.append(issue(f"Expected one of {', '.join(_SORTS)}", "sortBy"))
    if order not in ("asc", "desc"):
        issues.append(issue("Expected asc or desc", "sortOrder"))
    start = 0
    try:
        start = int(base64.urlsafe_b64decode(query["cursor"])) if "cursor" in query else 0
    except ValueError:
        issues.append(issue("Expected a cursor of an earlier page", "cursor"))
    if issues:
        raise Invalid(issues)
    return max(0, start), int(limit), _SORTS[sort], order == "desc"


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"{start:06}".encode()).decode()

"""Posts that are created from text: the part of the ledger in SQLite for them."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger.database import Database
from batch_scheduler.ledger.interface import CallOutdated
from batch_scheduler.ledger.records import Creation, Made
from batch_scheduler.model import (
    POST_IN_DOUBT,
    Call,
    Content,
    PostDoubt,
    content_of,
    key_of,
)

_CUT_OFF = (
    "the program ended while this post was being created, so it may be there already; nothing of "
    "it is scheduled. `batch-scheduler resume` asks the service"
)
_CONTENTS = ("content_wish_table", "content_wish_clear", "content_wish_insert")


class Creating(Database):
    """See interface.Ledger. A call here is one whose post is a placeholder."""

    def made(
        self, service: str, keys: Iterable[tuple[str, str]], posts: Iterable[tuple[str, str]]
    ) -> list[Made]:
        wanted = [(team, key, None) for team, key in keys]
        named = [(team, None, post) for team, post in posts]
        with self._reading():
            self._keep(_CONTENTS, service, [*wanted, *named])
            return [Made(*row) for row in self._run("made_contents").fetchall()]

    def take(self, call: Call, now: float, not_before: float = -math.inf) -> Creation:
        place = {"run": call.run, "call": call.number, "team": call.team}
        row = self._run("content_get", key=key_of(call.post), **place).fetchone()
        waiting, number, state, post, body, sent, since, left, *doubt = row
        if waiting != len(call.deliveries):
            raise CallOutdated(f"call {call.id} is not as it was planned any more")
        content = content_of(body) if body else None
        assets = tuple(json.loads(sent or "[]"))
        imported = self._imported(call, content)
        mine = False
        if state in ("planned", "refused") and content and not content.missing(imported):
            assets, since, left = content.assets(imported), now, not_before
            claim = {"number": number, "assets": json.dumps(assets), "now": now}
            claimed = self._run("content_claim", run=call.run, not_before=left, **claim)
            mine = bool(claimed.rowcount)
        times = since, left
        return Creation(number, state, post, content, imported, mine, assets, *times, *doubt)

    def _imported(self, call: Call, content: Content | None) -> Mapping[str, str]:
        if content is None or not content.media_urls:
            return {}
        urls = json.dumps(content.media_urls)
        return dict(self._run("content_assets", run=call.run, team=call.team, urls=urls).fetchall())

    def save_asset(self, call: Call, url: str, asset: str) -> None:
        self._run("asset_insert", run=call.run, team=call.team, url=url, id=asset)

    def release_creation(
        self, call: Call, one: Creation, code: str | None, error: str | None
    ) -> None:
        self._run("content_release", number=one.number)
        self.note_creation(call, one.number, code, error)

    def note_creation(self, call: Call, number: int, code: str | None, error: str | None) -> None:
        self._run("content_note", number=number, run=call.run, code=code, error=error)

    def refuse_creation(self, call: Call, number: int, code: str, error: str, now: float) -> int:
        self._run("content_refuse", number=number)
        said = {"code": code, "error": error, "now": now}
        return self._run("content_reject", number=number, run=call.run, **said).rowcount

    def created(self, one: Creation, post: str, now: float) -> None:
        place = {"number": one.number, "since": one.since}
        if self._run("content_created", post=post, now=now, **place).rowcount == 0:
            raise LedgerError(f"post {post} was created for a run that is taken for dead")

    def doubt_creation(
        self, call: Call, one: Creation, answered: bool, error: str, now: float
    ) -> PostDoubt:
        place = {"number": one.number, "now": now, "answered": int(answered)}
        since, left, doubts = self._run("content_doubt", **place).fetchall()[0]
        self.note_creation(call, one.number, POST_IN_DOUBT, error)
        assert one.content is not None
        what = call, one.number, one.content, one.assets
        return PostDoubt(*what, since, left, answered, doubts)

    # settling

    def found_post(self, doubt: PostDoubt, post: str, now: float) -> bool:
        place = {"number": doubt.content_id, "since": doubt.since}
        return bool(self._run("content_found", post=post, now=now, **place).rowcount)

    def no_post(self, doubt: PostDoubt) -> bool:
        place = {"number": doubt.content_id, "since": doubt.since}
        return bool(self._run("content_nothing", **place).rowcount)

    def bodies(self, service: str, team: str, posts: Collection[str]) -> dict[str, Content | None]:
        place = {"service": service, "team": team, "posts": json.dumps(list(posts))}
        rows = self._run("content_bodies", **place).fetchall()
        return {post: content_of(body) if body else None for post, body in rows}

    def contents_in_doubt(self, service: str, team: str) -> list[tuple[Content, tuple[str, ...]]]:
        rows = self._run("contents_in_doubt", service=service, team=team).fetchall()
        return [(content_of(body), tuple(json.loads(ids))) for body, ids in rows]

    def lists_posts(self, service: str) -> bool:
        return self._run("listing_get", service=service).fetchone() is not None

    def saw_listed(self, service: str, now: float) -> None:
        self._run("listing_insert", service=service, now=now)

    def created_post(self, service: str, team: str) -> tuple[str, float] | None:
        row: tuple[str, float] | None = self._run(
            "listing_sample", service=service, team=team
        ).fetchone()
        return row

    def _adopt_creations(self, run: str, now: float) -> None:
        for (number,) in self._run("orphan_contents", run=run, now=now).fetchall():
            self._run("content_note", number=number, run=run, code=POST_IN_DOUBT, error=_CUT_OFF)

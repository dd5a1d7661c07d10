"""The service: teams, accounts, posts, what is scheduled, and what each change writes down."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from random import Random
from typing import Any

from . import acme
from .form import Form
from .options import Options
from .record import Record, encode_json, stamp
from .schedule import Wish
from .state import Account, Batch, Post, ScheduledPost

_PROVIDERS = ("x", "tiktok", "instagram", "facebook", "youtube", "linkedin", "threads")


class Service:
    """Unless strict, a team, post or account that it never saw is adopted at first sight.

    Nothing is idempotent: the same request twice schedules twice, and the record shows it.
    """

    def __init__(self, options: Options, record: Record) -> None:
        self._options = options
        self._record = record
        self._ids = Random(f"{options.seed} ids")
        self._providers = cycle(_PROVIDERS)
        self._failing = {account.lower() for account in options.failing_accounts}
        now = self.now()
        self.teams = {acme.TEAM_ID: "Acme"}
        self.accounts = {
            row[0]: Account(row[0], acme.TEAM_ID, *row[1:], now - 90 * 86400)
            for row in acme.ACCOUNTS
        }
        for given in options.accounts:
            self._set_account(given)
        self.posts = {
            ident: Post(ident, acme.TEAM_ID, title, text, [], created, created)
            for created, (ident, title, text) in enumerate(acme.POSTS, int(now) - 86400)
        }
        self._deleted: set[str] = set()

    def _set_account(self, words: Mapping[str, Any]) -> None:
        ident = words["id"].lower()
        tail = ident[-4:]
        new = Account(ident, acme.TEAM_ID, "x", f"acme.{tail}", "Acme", "connected", self.now())
        account = replace(self.accounts.get(ident, new), **{**words, "id": ident})
        self.accounts[ident] = account
        self.teams.setdefault(account.team_id, f"Team {account.team_id[-4:]}")

    def now(self) -> float:
        """The service's clock, in seconds since 1970."""
        return time.time() + self._options.clock_skew

    def new_id(self) -> str:
        digits = f"{self._ids.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def knows_team(self, team_id: str) -> bool:
        if team_id not in self.teams and not self._options.strict:
            self.teams[team_id] = f"Team {team_id[-4:]}"
        return team_id in self.teams

    def account(self, team_id: str, account_id: str) -> Account | None:
        account = self.accounts.get(account_id)
        if self._options.strict:
            return account if account and account.team_id == team_id else None
        if account is None:
            tail = account_id[-4:]
            provider = next(self._providers)
            names = (f"rehearsal.{tail}", f"Rehearsal {tail}")
            account = Account(account_id, team_id, provider, *names, "connected", self.now())
            self.accounts[account_id] = account
        return account

    def post(self, team_id: str, post_id: str) -> Post | None:
        post = self.posts.get(post_id)
        if self._options.strict:
            return post if post and post.team_id == team_id else None
        if post is None and post_id not in self._deleted:
            post = self._add_post(team_id, post_id, f"Post {post_id[-4:]}", "", [])
        return post

    def create_post(
        self, team_id: str, title: str, text: str, asset_ids: list[str], request: int
    ) -> Post:
        post = self._add_post(team_id, self.new_id(), title, text, asset_ids)
        self._changed("post_created", post, request)
        return post

    def _add_post(
        self, team_id: str, post_id: str, title: str, text: str, asset_ids: list[str]
    ) -> Post:
        now = self.now()
        post = self.posts[post_id] = Post(post_id, team_id, title, text, asset_ids, now, now)
        return post

    def listed(self, team_id: str) -> list[Post]:
        """The team's posts as far as the list shows them, the oldest first."""
        shown_until = self.now() - self._options.posts_shown_after
        ours = (post for post in self.posts.values() if post.team_id == team_id)
        return [post for post in ours if post.created_at <= shown_until]

    def import_asset(self, team_id: str, url: str, request: int) -> str:
        """Its id. Nothing is fetched."""
        ident = self.new_id()
        effect = {"kind": "asset_imported", "time": stamp(time.time()), "request": request}
        effect |= {"teamId": team_id, "assetId": ident, "url": url}
        self._record.add_effects([encode_json(effect)])
        return ident

    def update_post(self, post: Post, request: int, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(post, name, value)
        post.updated_at = self.now()
        self._changed("post_updated", post, request)

    def delete_post(self, post: Post, request: int) -> None:
        self.cancel(post, request)
        del self.posts[post.id]
        self._deleted.add(post.id)
        self._changed("post_deleted", post, request)

    def cancel(self, post: Post, request: int) -> None:
        """Takes back all that is scheduled of the post."""
        head = {"kind": "cancelled", "time": stamp(time.time()), "request": request}
        self._record.add_effects(
            encode_json(head | _effect(batch.scheduled(ident)))
            for batch in post.batches
            for ident in batch.ids
        )
        post.batches.clear()
        post.updated_at = self.now()

    def schedule(
        self, post: Post, team_id: str, wish: Wish, account_ids: Sequence[str], request: int
    ) -> Batch:
        """Schedules the post on each account that can; the effects are in the record after it."""
        batch = Batch(team_id, post.id, account_ids, wish, self.now())
        for ident in account_ids:
            error = self._refusal(team_id, ident)
            if error is None:
                batch.ids[ident] = self.new_id()
            else:
                batch.errors[ident] = error
        if batch.ids:
            post.batches.append(batch)
            head = {"kind": "scheduled", "time": stamp(time.time()), "request": request}
            form = Form(batch, lambda scheduled: head | _effect(scheduled))
            self._record.add_effects(map(form.text, batch.ids))
        return batch

    def _refusal(self, team_id: str, account_id: str) -> str | None:
        """Why nothing can be scheduled on the account."""
        account = self.account(team_id, account_id)
        if account is None:
            return "Social account not found"
        if account.status != "connected":
            return f"Social account is not connected: {account.status}"
        return "The platform refused this account" if account_id in self._failing else None

    def latest(self, post: Post) -> ScheduledPost | None:
        """The newest scheduled post of a post, as far as reading it shows."""
        shown_until = self.now() - self._options.latest_shown_after
        for batch in reversed(post.batches):
            if batch.created_at <= shown_until:
                return batch.scheduled(next(reversed(batch.ids)))
        return None

    def _changed(self, kind: str, post: Post, request: int) -> None:
        effect = {"kind": kind, "time": stamp(time.time()), "request": request}
        effect |= {"teamId": post.team_id, "postId": post.id}
        fields = {"title": post.title, "text": post.text, "assetIds": post.asset_ids}
        self._record.add_effects([encode_json(effect | fields)])


def _effect(scheduled: ScheduledPost) -> dict[str, Any]:
    """A scheduled post as the record has it: what was received, and what it came to mean."""
    batch, wish = scheduled.batch, scheduled.batch.wish
    return {
        "teamId": batch.team_id,
        "postId": batch.post_id,
        "socialAccountId": scheduled.account_id,
        "scheduledPostId": scheduled.id,
        "instant": wish.instant,
        "scheduledAt": wish.scheduled_at,
        "timezone": wish.timezone,
        "platformSettings": scheduled.settings,
        **wish.extras,
        "createdAt": stamp(batch.created_at),
    }

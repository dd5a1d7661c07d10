"""Rows whose posts were created by an earlier run: they are of those posts from here on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from batch_scheduler.model import Severity, content_key, key_of, placeholder
from batch_scheduler.planning.late import Late, all_issues
from batch_scheduler.planning.problem import Problem
from batch_scheduler.planning.repeats import settle_repeats
from batch_scheduler.planning.wishes import Wishes

Made = tuple[str, str, str, str | None]
"""A post that was created from a content: team, key, post, and the content's canonical JSON; None
where that is not kept any more.
"""


def asked_contents(wishes: Wishes) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The (team, key) of what the rows' texts say, and the (team, post) of rows that say both."""
    texts = _Texts(wishes)
    keys = {(team, key_of(post) or texts.key(code)) for _, team, post, code in texts.lines()}
    posts = {(team, post) for _, team, post, _ in texts.lines() if not key_of(post)}
    return keys, posts


def with_posts(wishes: Wishes, made: Iterable[Made], send_changed: bool) -> Wishes:
    """`made`: what the ledger knows of `asked_contents`. `send_changed`: where a row's text is not
    the one that its post was created from, a post is created from it as well.
    """
    if not (wishes.table["content"] > 0).any():
        return wishes
    known = _Known(made)
    texts = _Texts(wishes)
    posts = wishes.table["post"].to_numpy(dtype=object).copy()
    content = wishes.table["content"].to_numpy().copy()
    said = wishes.table["said"].to_numpy(dtype=object).copy()
    unused: list[int] = []
    for line, team, post, code in texts.lines():
        key = key_of(post)
        if not key and (team, post) not in known.by_post:
            content[line] = 0
            unused.append(line)
        elif not key and send_changed and not known.is_of(team, post, texts.key(code)):
            key = texts.key(code)
            said[line] = ""  # it was said of another post
        if key:
            posts[line] = known.by_key.get((team, key), placeholder(key))
    columns = {"post": pd.array(posts, dtype="str"), "said": pd.array(said, dtype="str")}
    table = wishes.table.assign(**columns, content=content)
    late = [Late(source) for source in wishes.sources]
    _say_unused(late, table, unused)
    return _resettled(replace(wishes, table=table), late, known)


class _Known:
    """`by_key`: (team, key) → post; `by_post`: (team, post) → key → what it was created from."""

    def __init__(self, made: Iterable[Made]) -> None:
        self.by_key: dict[tuple[str, str], str] = {}
        self.by_post: dict[tuple[str, str], dict[str, str | None]] = {}
        for team, key, post, body in made:
            self.by_key[team, key] = post
            self.by_post.setdefault((team, post), {})[key] = body

    def is_of(self, team: str, post: str, key: str) -> bool:
        return key in self.by_post[team, post]


class _Texts:
    """The lines that say something of a content."""

    def __init__(self, wishes: Wishes) -> None:
        self._table = wishes.table
        contents = wishes.contents
        self.key = cache(lambda code: content_key(contents[code]))

    def lines(self) -> Iterable[tuple[int, str, str, int]]:
        """Line, team, post and code."""
        lines = np.flatnonzero(self._table["content"].to_numpy() > 0)
        places = self._table.iloc[lines]
        values = (places[name].tolist() for name in ("team", "post", "content"))
        return list(zip(lines.tolist(), *values, strict=True))


def _resettled(wishes: Wishes, late: Sequence[Late], known: _Known) -> Wishes:
    """A row that named a post by its id, and one that was created as that post, can repeat it."""
    before = wishes.table
    table = settle_repeats(before, late, wishes.documents)
    kept = {(source, row) for source, row in zip(table["source"], table["row"], strict=True)}
    sources = []
    for number, one in enumerate(late):
        lines = before[(before["source"] == number) & before["row"].isin(one.bad)]
        sources.append(one.told(lines if one.bad else None))
    refused = [(n, row) for n, one in enumerate(late) for row in one.bad if (n, row) not in kept]
    settled = replace(
        wishes,
        table=table,
        invalid=[*wishes.invalid, *refused],
        sources=sources,
        issues=all_issues(sources),
    )
    return replace(settled, made_from=_made_from(settled, known))


def _made_from(wishes: Wishes, known: _Known) -> Mapping[int, str]:
    texts = _Texts(wishes)
    found: dict[int, str] = {}
    for line, team, post, code in texts.lines():
        if not key_of(post) and not known.is_of(team, post, texts.key(code)):
            found[line] = next(iter(known.by_post[team, post].values())) or ""
    return found


def _say_unused(late: Sequence[Late], table: pd.DataFrame, lines: Sequence[int]) -> None:
    rows = table.iloc[list(lines)].drop_duplicates(["source", "row"])
    for number, count in rows["source"].value_counts().items():
        late[int(str(number))].add(_unused(count))


def _unused(count: int) -> Problem:
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return Problem(
        "text-not-used",
        f"{rows} a post_id and a text: what is scheduled is the post as it is in Octospark.",
        "To create a new post from the text, empty the post_id.",
        Severity.WARNING,
    )

"""The posts that are created before anything of them is scheduled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from batch_scheduler.model import TO_BE_CREATED, Severity
from batch_scheduler.planning.late import Late, told
from batch_scheduler.planning.problem import Problem
from batch_scheduler.planning.wishes import Source

_CODE = "assumed-new-posts"


class Creations:
    """Of a plan's entries. `posts` and `media` count those to create, and to import for them."""

    def __init__(self, entries: pd.DataFrame, contents: Sequence[str]) -> None:
        self._contents = contents
        made = entries[(entries["content"] > 0) & (entries["state"] == "planned")]
        if len(made):
            made = made[made["post"].str.startswith(TO_BE_CREATED)]
        self._new = made[["source", "team", "content"]].drop_duplicates(["team", "content"])
        self.posts = len(self._new)
        self.media = self._media(self._new)

    def said(self, sources: Sequence[Source]) -> list[Source]:
        """With a warning that they are created, in the sheet that is the first to ask for each.

        What was said of it before is not said any more.
        """
        silent = [
            replace(one, issues=tuple(said for said in one.issues if said.code != _CODE))
            if any(said.code == _CODE for said in one.issues)
            else one
            for one in sources
        ]
        if not self.posts:
            return silent
        late = [Late(source) for source in silent]
        for number, new in self._new.groupby("source"):
            late[int(str(number))].add(_assumed(len(new), self._media(new)))
        return told(late)

    def _media(self, new: pd.DataFrame) -> int:
        return len(
            {
                (team, url)
                for team, code in zip(new["team"].tolist(), new["content"].tolist(), strict=True)
                for url in _urls(self._contents[code])
            }
        )


def _urls(content: str) -> list[str]:
    urls: list[str] = json.loads(content).get("mediaUrls", []) if "mediaUrls" in content else []
    return urls


def _assumed(posts: int, media: int) -> Problem:
    created = "1 post is" if posts == 1 else f"{posts:,} posts are"
    imported = "1 media file is imported" if media == 1 else f"{media:,} media files are imported"
    files = f", for which {imported}" if media else ""
    taken = "new posts and files" if media else "new posts"
    return Problem(
        _CODE,
        f"{created} created first{files}: how the service takes {taken} is assumed, as it does not "
        "document it.",
        "Try one row first, and look at the post in Octospark.",
        Severity.WARNING,
    )

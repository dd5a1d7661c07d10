"""All that is assumed of how the service creates a post and imports an asset: it documents neither.

- `POST …/posts` takes `{"text": …, "title": …, "assetIds": […]}`; what is empty is left out. It
  answers 201 with the bare post. (The official client shows the address and the answer.)
- The text is kept as it was sent, line breaks and all.
- `POST …/assets/import` takes `{"url": …}` and answers with the asset: its `id`, bare or under
  `asset` or `data`. That id can stand in `assetIds` at once.
- `GET …/posts` can be sorted by `createdAt`, the newest first. Whether it was is looked at in the
  answer, and so is the rest: a list that proves nothing leaves a post in doubt.

Whoever learns better changes it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NEWEST_FIRST: Mapping[str, str] = {"sortBy": "createdAt", "sortOrder": "desc"}
"""The query of a list of posts."""
ASSET_WITHIN = ("asset", "data")
"""Fields under which the answer to an import may have the asset; else it is the asset."""
ASSET_ID = ("id", "assetId")
"""Its id is in the first of these fields that is there."""


def post_body(text: str, title: str = "", assets: Sequence[str] = ()) -> dict[str, Any]:
    """What creates a post. `assets`: ids, in the order in which they are to be shown."""
    body: dict[str, Any] = {"text": text}
    if title:
        body["title"] = title
    if assets:
        body["assetIds"] = list(assets)
    return body


def import_body(url: str) -> dict[str, Any]:
    """What brings a file from an address into the team's assets."""
    return {"url": url}

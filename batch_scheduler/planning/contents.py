"""What a row says of its post: the id of one, or what one is to be created from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from batch_scheduler.model import Content, content_key, placeholder
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.distinct import Distinct, combined, constant
from batch_scheduler.planning.documents import Documents
from batch_scheduler.planning.ids import parse_each_id, parse_id, parse_ids
from batch_scheduler.planning.problem import (
    Findings,
    Noted,
    Problem,
    listed,
    settled,
    shortened,
)
from batch_scheduler.planning.size import LARGEST_BODY

_NEXT_URL = re.compile(r"\s+|[,;|]+(?=\s|[A-Za-z][A-Za-z0-9+.-]*://|www\.)")
_LONGEST_URL = 8_192
_IMPORTED = len('"00000000-0000-0000-0000-000000000000",')
_ENVELOPE = 64


def read_posts(
    findings: Findings, columns: Columns, contents: Documents
) -> tuple[Distinct[str | Problem], np.ndarray]:
    """Each row's post, and the code of what its text columns say in `contents`; 0: nothing.

    A row without an id gets a placeholder for the post that is to be created. One with an id is of
    that post, whatever its other columns say; what they say is not complained of.
    """
    rows = len(findings.sheet.frame)
    if "text" not in columns.known:
        return _read_ids(findings, columns), np.zeros(rows, dtype=np.int64)
    written = _texts(findings, columns, "post_id")
    without = written.where(_blank)
    ids = _accepted(findings, columns, "post_id", written.map(_parse_id), ~without)
    parts = [
        _accepted(
            findings, columns, one.name, _texts(findings, columns, one.name).map(one.parse), without
        )
        for one in _PARTS
    ]
    none = _NEITHER if "post_id" in columns.known else _NO_TEXT
    _accepted(findings, columns, "text", parts[0].map(lambda one: one or none), without)
    codes, large = _encoded(parts, rows, contents)
    _accepted(findings, columns, "text", large, without)
    return _posts(ids, without, codes, contents), codes


def _read_ids(findings: Findings, columns: Columns) -> Distinct[str | Problem]:
    column = columns.known.get("post_id")
    if column is None:
        return constant(settled(parse_id("")), len(findings.sheet.frame))
    texts = findings.texts(column)
    parsed = parse_each_id(texts.values)
    if parsed is texts.values:  # all as they should be, and not looked at one by one
        return Distinct(texts.codes, parsed)  # type: ignore[arg-type]
    return Distinct(texts.codes, findings.accept(column, texts.codes, parsed))


def _texts(findings: Findings, columns: Columns, name: str) -> Distinct[str]:
    column = columns.known.get(name)
    if column is None:
        return constant("", len(findings.sheet.frame))
    return findings.texts(column)


def _accepted(
    findings: Findings, columns: Columns, name: str, cells: Distinct[Any], rows: np.ndarray
) -> Distinct[Any]:
    """The values without their notes. What is wrong is told of those rows alone."""
    column = columns.known.get(name)
    if column is None or not any(isinstance(what, Problem | Noted) for what in cells.values):
        return cells
    nothing = len(cells.values)
    codes = np.where(rows, cells.codes, nothing)
    told = np.isin(np.arange(nothing), codes).tolist()
    pairs = zip(cells.values, told, strict=True)
    outcomes = [what if here else settled(what) for what, here in pairs]
    return Distinct(cells.codes, findings.accept(column, codes, [*outcomes, None])[:nothing])


@dataclass(frozen=True, slots=True)
class _Part:
    """One column of a content, what it means, and what stands for an empty cell."""

    name: str
    parse: Callable[[str], Any]


def _encoded(
    parts: Sequence[Distinct[Any]], rows: int, contents: Documents
) -> tuple[np.ndarray, Distinct[Problem | None]]:
    """Each row's code, once for each combination of cells; and which of them are too large."""
    if not rows:
        return np.zeros(0, dtype=np.int64), constant(None, 0)
    combination = combined(*(part.codes for part in parts))
    firsts = np.flatnonzero(~pd.Series(combination).duplicated().to_numpy())
    codes: list[int] = []
    large: list[Problem | None] = []
    for row in firsts.tolist():
        fields = [part.at(row) for part in parts]
        good = fields[0] and not any(isinstance(one, Problem) for one in fields)
        codes.append(contents.code(Content(*fields).body) if good else 0)
        large.append(_too_large(contents.texts[codes[-1]], fields[3]) if good else None)
    return np.array(codes, dtype=np.int64)[combination], Distinct(combination, large)


def _posts(
    ids: Distinct[str | Problem], without: np.ndarray, codes: np.ndarray, contents: Documents
) -> Distinct[str | Problem]:
    """One per row: an id, or a placeholder."""
    used = np.unique(codes[without]).tolist()
    names = np.full(len(contents.texts), "", dtype=object)
    names[used] = [placeholder(content_key(contents.texts[code])) for code in used]
    posts = np.where(without, names[codes], ids.array())
    return Distinct(np.arange(len(posts)), posts.tolist())


# what a cell says


def _blank(text: str) -> bool:
    return not plain(text).strip()


def _parse_id(text: str) -> str | Noted[str] | Problem:
    return "" if _blank(text) else parse_id(text)


def _parse_text(text: str) -> str | Problem:
    """As it stands, but for line breaks, which are all written alike."""
    if _blank(text):
        return ""
    if "\0" in text or not _is_whole(text):
        return _BAD_TEXT
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _parse_assets(text: str) -> tuple[str, ...] | Noted[tuple[str, ...]] | Problem:
    return parse_ids(text) if plain(text).strip(" \t\r\n,;") else ()


def parse_urls(text: str) -> tuple[str, ...] | Problem:
    """Addresses between commas, semicolons, bars, spaces or line breaks, each once.

    A comma, semicolon or bar inside an address is a part of it, unless a new one begins after it.
    """
    parts = [part.strip(",;|") for part in _NEXT_URL.split(text)]
    urls = tuple(dict.fromkeys(part for part in parts if part))
    for wrong, problem in ((_is_not_web, _not_web), (_has_password, _password)):
        bad = [url for url in urls if wrong(url)]
        if bad:
            return problem(bad)
    return urls


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_not_web(url: str) -> bool:
    if len(url) > _LONGEST_URL or not url.isprintable() or not _is_whole(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        return True


def _has_password(url: str) -> bool:
    return "@" in urlsplit(url).netloc


_PARTS = (
    _Part("text", _parse_text),
    _Part("title", _parse_text),
    _Part("asset_ids", _parse_assets),
    _Part("media_urls", parse_urls),
)
_NO_TEXT = Problem(
    "missing-text", "The text of the post is missing.", "Write it, or delete the row."
)
_NEITHER = Problem(
    "missing-post",
    "It is not said which post this is: there is no post_id and no text.",
    "Write the id of a post into post_id, or the text of a new one into text.",
)
_BAD_TEXT = Problem(
    "bad-text",
    "There is a character in this text that can't be sent: a NUL, or half of a character.",
    "Type the text again, or paste it without its formatting.",
)


def _not_web(urls: Sequence[str]) -> Problem:
    are = "is not an address" if len(urls) == 1 else "are not addresses"
    return Problem(
        "bad-url",
        f"{_shown(urls)} {are} of a file on the web.",
        "Write it as https://example.com/picture.jpg, with %20 for a space in it, and a comma "
        "between two.",
    )


def _password(urls: Sequence[str]) -> Problem:
    hidden = [re.sub(r"//[^/]*@", "//…@", url) for url in urls]
    return Problem(
        "bad-url",
        f"{_shown(hidden)} has a name or password in it.",
        "Give an address that anyone can open: it is handed on to the service.",
    )


def _shown(urls: Sequence[str]) -> str:
    return listed(f'"{shortened(url, 80)}"' for url in urls)


def _too_large(body: str, urls: Sequence[str]) -> Problem | None:
    most = len(body) * 4 + _ENVELOPE + _IMPORTED * len(urls)
    if most <= LARGEST_BODY:
        return None
    size = len(body.encode()) + _ENVELOPE + _IMPORTED * len(urls)
    if size <= LARGEST_BODY:
        return None
    return Problem(
        "too-large",
        f"The request that creates this post would have some {size:,} bytes; the service takes "
        f"{LARGEST_BODY:,}.",
        "Shorten the text.",
    )

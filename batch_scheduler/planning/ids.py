"""UUIDs, and lists of them, as people write them into cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress

import numpy as np

from batch_scheduler.model import UUID, Severity, is_uuid
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.problem import (
    Noted,
    Problem,
    listed,
    mended_characters,
    shortened,
)

_is_bare = re.compile(r"[0-9a-fA-F]{32}").fullmatch
_find_uuids = re.compile(rf"(?<![0-9a-fA-F-]){UUID}(?![0-9a-fA-F-])").findall
_SEPARATORS = re.compile(r"[,;\r\n]+")
_NUMBER = re.compile(r"[\d.,]+([eE][+-]?\d+)?", re.ASCII)
_AROUND = " {}()[]<>'\"`\u2018\u2019\u201c\u201d\u201e"
_LENGTH = 36
_EXAMPLE = "123e4567-e89b-12d3-a456-426614174000"
_BLOCK = 1 << 14
_PATTERN = np.frombuffer(_EXAMPLE.encode(), dtype=np.uint8)
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[list(b"0123456789abcdef")] = 1
_KINDS[ord("-")] = 2


def parse_id(text: str) -> str | Noted[str] | Problem:
    """One UUID → in lower case."""
    if is_uuid(text):
        lower = text.lower()
        return text if text == lower else lower  # so that a million texts are not kept twice
    parts = _parts(text)
    if not parts:
        return Problem("missing-id", "The id is missing.", f"Write a UUID such as {_EXAMPLE}.")
    if len(parts) > 1 and not _is_number(text):
        return Problem(
            "bad-id", f"There are {len(parts)} ids where one belongs.", "Give each its own row."
        )
    ids = _understood(text, parts)
    if isinstance(ids, Noted):
        return Noted(ids.value[0], ids.note)
    return ids if isinstance(ids, Problem) else ids[0]


def parse_each_id(texts: Sequence[str]) -> Sequence[str | Noted[str] | Problem]:
    """As parse_id, for many; the texts themselves when there is nothing to change in them."""
    fit = _in_lower_case(texts)
    if fit.all():
        return texts
    pairs = zip(texts, fit.tolist(), strict=True)
    return [text if good else parse_id(text) for text, good in pairs]


def parse_ids(text: str) -> tuple[str, ...] | Noted[tuple[str, ...]] | Problem:
    """UUIDs separated by comma, semicolon or line break → in lower case, each once."""
    if is_uuid(text):
        return (text.lower(),)
    parts = _parts(text)
    if not parts:
        return Problem(
            "missing-id",
            "There is no account id.",
            "Write one or more UUIDs with commas between them; `batch-scheduler accounts` "
            "lists them.",
        )
    return _understood(text, parts)


def _understood(
    text: str, parts: Sequence[str]
) -> tuple[str, ...] | Noted[tuple[str, ...]] | Problem:
    if _is_number(text):  # with a comma in it, it looks like two ids
        return _bad([text.strip()])
    read = [part if is_uuid(part) else _mended(part) for part in parts]
    if bad := [part for part, uuid in zip(parts, read, strict=True) if not uuid]:
        return _bad(bad)
    ids = tuple(dict.fromkeys(uuid.lower() for uuid in read if uuid))
    for part, uuid in zip(parts, read, strict=True):
        if uuid != part:
            return Noted(ids, _as_uuid(part, uuid))
    return ids if plain(text) == text else Noted(ids, mended_characters(text))


def _is_number(text: str) -> bool:
    bare = text.strip()
    return not _is_bare(bare) and _NUMBER.fullmatch(bare) is not None


def _mended(part: str) -> str | None:
    """The one UUID that this can be: without dashes, in braces or quotes, as a URN."""
    bare = part.strip(_AROUND).rstrip(".").strip(_AROUND)
    if bare.lower().startswith("urn:uuid:"):
        bare = bare[len("urn:uuid:") :].strip(_AROUND)
    if _is_bare(bare):
        return _dashed(bare)
    return bare if is_uuid(bare) else None


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _as_uuid(part: str, uuid: str | None) -> Problem:
    return Problem(
        "mended-id",
        f'"{shortened(part, 50)}" is read as {uuid}.',
        "Nothing, if that is right.",
        Severity.WARNING,
    )


def _in_lower_case(texts: Sequence[str]) -> np.ndarray:
    """Which are UUIDs as they should be; a block at a time, a tenth of the time of one by one."""
    fit: np.ndarray = np.fromiter(map(len, texts), np.int64, count=len(texts)) == _LENGTH
    for start in range(0, len(texts), _BLOCK):
        block = fit[start : start + _BLOCK]
        joined = "".join(compress(texts[start : start + _BLOCK], block.tolist()))
        letters = np.frombuffer(joined.encode("ascii", "replace"), dtype=np.uint8)
        block[block] = (_KINDS[letters.reshape(-1, _LENGTH)] == _KINDS[_PATTERN]).all(axis=1)
    return fit


def _parts(text: str) -> list[str]:
    return [part for part in (each.strip() for each in _SEPARATORS.split(plain(text))) if part]


def _bad(parts: list[str]) -> Problem:
    shown = listed(f'"{shortened(part, 50)}"' for part in parts)
    are = "is not an id" if len(parts) == 1 else "are not ids"
    return Problem("bad-id", f"{shown} {are}.", _remedy(parts[0]))


_DIGITS_KEPT = 15
"""A spreadsheet program rounds numbers that have more."""


def _remedy(text: str) -> str:
    bare = re.sub(r"[^0-9a-fA-F]", "", text)
    tight = re.sub(r"[\s{}()\"'-]", "", text)
    if tight == bare and len(bare) == 32:
        return f"Write it as {_dashed(bare).lower()}."
    if text.isdecimal() and len(text) <= _DIGITS_KEPT:
        return (
            "It is a number, as other services have them. Here an id is a UUID: `batch-scheduler "
            "accounts` lists those of the accounts; names go into a column social_accounts."
        )
    if _NUMBER.fullmatch(text):
        return (
            "The spreadsheet program made a number of it and lost digits. Format the column as "
            "text and paste the id again."
        )
    if len(within := _find_uuids(text)) == 1:
        return f"Write the id alone: {within[0].lower()}, if that is meant."
    if text.startswith("@"):
        return "This is a handle. `batch-scheduler accounts` lists the id of each handle."
    if len(within) > 1:
        return "Separate the ids by commas."
    if tight == bare and "-" in text:
        long = "cut short" if len(text) < _LENGTH else "too long"
        return f"It is {long}: {len(text)} characters where an id has {_LENGTH}. Paste it again."
    return f"An id is a UUID such as {_EXAMPLE}."

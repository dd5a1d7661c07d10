"""How large a call's body is, to the byte, without writing it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from batch_scheduler.model import request_body
from batch_scheduler.planning.problem import Findings, Problem

LARGEST_BODY = 1 << 20
"""Bytes; the service refuses more."""

ID_BYTES = len('"00000000-0000-0000-0000-000000000000"')
ONE_FOR_ALL = len(',"platformSettings":')
BY_ACCOUNT = len(',"platformSettingsBySocialAccountId":{}')

_ANYONE = "00000000-0000-0000-0000-000000000000"
_ENVELOPE = 400
"""More than a body has beside options, ids and settings."""


def body_bytes(body: Mapping[str, Any]) -> int:
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def envelope_bytes(instant: int, zone: str, options: str) -> int:
    """The body without any id or settings."""
    body = request_body([_ANYONE], instant, zone, json.loads(options), [{}])
    return body_bytes(body) - ID_BYTES


def document_bytes(documents: Sequence[str]) -> np.ndarray:
    """UTF-8 bytes of each; the empty document counts 0, as it is left out."""
    return np.array([len(text.encode()) if text != "{}" else 0 for text in documents])


def line_bytes(table: pd.DataFrame, sizes: np.ndarray) -> np.ndarray:
    """What each delivery adds to a body at the most."""
    added: np.ndarray = sizes[table["settings"].to_numpy()] + 2 * ID_BYTES + 4
    return added


def shared_bytes(table: pd.DataFrame, sizes: np.ndarray) -> np.ndarray:
    """What a body of each line has at the most before any delivery is added."""
    shared: np.ndarray = sizes[table["options"].to_numpy()] + _ENVELOPE
    return shared


def refuse_oversize(
    table: pd.DataFrame, findings: Sequence[Findings], documents: Sequence[str]
) -> pd.DataFrame:
    """Take out the rows of which not even one delivery fits into a call."""
    sizes = document_bytes(documents)
    suspects = np.flatnonzero(shared_bytes(table, sizes) + line_bytes(table, sizes) > LARGEST_BODY)
    places: set[tuple[int, int]] = set()
    line: Any
    for line in table.iloc[suspects].itertuples():
        own = int(sizes[line.settings])
        size = envelope_bytes(line.instant, line.zone, documents[line.options]) + ID_BYTES
        size += own + ONE_FOR_ALL if own else 0
        if size > LARGEST_BODY and (line.source, line.row) not in places:
            places.add((line.source, line.row))
            one = findings[line.source]
            one.at_row_number(line.row, _too_large(size))
    if not places:
        return table
    stays = [place not in places for place in zip(table["source"], table["row"], strict=True)]
    return table[stays].reset_index(drop=True)


def _too_large(size: int) -> Problem:
    return Problem(
        "too-large",
        f"The request for one account would have {size:,} bytes; the service takes "
        f"{LARGEST_BODY:,}.",
        "Shorten the settings or the options of this row.",
    )

"""Whatever the bytes are: a sheet, or a refusal that says what to do."""

from __future__ import annotations

import io
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from text_files import HEADER, every_kind

from batch_scheduler.errors import UsageError
from batch_scheduler.planning import likeness
from batch_scheduler.sheets import read_sheet


@cache
def contents() -> list[bytes]:
    return [file.content for file in every_kind()]


def read(content: bytes) -> None:
    try:
        sheet = read_sheet("-", io.BytesIO(content), likeness)
    except UsageError as error:
        assert error.hint
    else:
        assert len(sheet.header) == sheet.frame.shape[1]
        assert sheet.frame.index.is_monotonic_increasing
        assert sheet.frame.index.is_unique


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_a_real_file_that_is_damaged_anywhere(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(contents())))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = start + data.draw(st.integers(0, 40))
        content[start:end] = data.draw(st.binary(max_size=6))
    read(bytes(content))


_DIVIDERS = ('"', '""', ",", ";", "\t", "|", "\n", "\r", "\r\n", "sep=", "\ufeff", "\0", " ", "'")
_TEXTS = (*HEADER, "é", "🎉", "\x85", "<", "{", "=", "x" * 300)
PIECES = st.sampled_from((*_DIVIDERS, *_TEXTS))


@given(st.lists(PIECES, max_size=40), st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-be"]))
@settings(max_examples=400, deadline=None)
def test_delimiters_quotes_and_line_endings_in_any_order(pieces: list[str], codec: str) -> None:
    read("".join(pieces).encode(codec, "ignore"))


@given(st.binary(max_size=300))
@settings(max_examples=250, deadline=None)
def test_any_bytes(content: bytes) -> None:
    read(content)

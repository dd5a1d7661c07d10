"""What is done with a whole column at once is what would be done with each text alone."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.planning.distinct import combined, distinct
from batch_scheduler.planning.ids import parse_each_id, parse_id

UUIDS = st.uuids().map(str)
NEARLY = st.builds(
    lambda text, place, other: text[:place] + other + text[place + 1 :],
    UUIDS,
    st.integers(0, 35),
    st.characters(),
)
IDS = st.one_of(UUIDS, UUIDS.map(str.upper), NEARLY, UUIDS.map(" {} ".format), st.text(max_size=40))


@given(st.lists(IDS, max_size=30))
def test_many_ids_are_read_as_each_alone(texts: list[str]) -> None:
    assert list(parse_each_id(texts)) == [parse_id(text) for text in texts]


def test_a_bad_id_far_down_is_found() -> None:
    texts = [str(UUID(int=number)) for number in range(40_000)]
    texts[33_333] = texts[33_333].replace("-", "_")
    outcomes = parse_each_id(texts)
    assert [n for n, what in enumerate(outcomes) if what != texts[n]] == [33_333]


@given(st.lists(st.sampled_from("abc") | st.text(max_size=3), max_size=30))
def test_distinct_values_give_the_column_back(texts: list[str]) -> None:
    cells = distinct(pd.Series(texts, dtype="str"))
    assert cells.array().tolist() == texts
    assert sorted(cells.values) == sorted(set(texts))


def test_a_text_that_comes_again_far_down_is_the_same() -> None:
    texts = [str(number) for number in range(10_000)] + ["7"]
    codes = combined(np.array(texts, dtype=object))
    assert codes[-1] == codes[7] == 7
    assert codes.max() == 9_999


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=1), st.integers(0, 2))))
def test_rows_have_one_code_where_all_columns_agree(rows: list[tuple[str, str, int]]) -> None:
    first, second, third = ([row[n] for row in rows] for n in range(3))
    columns = np.array(first, dtype=object), np.array(second, dtype=object), np.array(third)
    codes = combined(*columns).tolist()
    seen = list(dict.fromkeys(rows))
    assert codes == [seen.index(row) for row in rows]

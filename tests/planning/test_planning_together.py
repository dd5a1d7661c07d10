"""Several sheets' columns as those of one, which says the same when it is read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batch_scheduler.model import RESULT_COLUMNS
from batch_scheduler.planning import together
from batch_scheduler.planning.columns import read_columns
from batch_scheduler.planning.vocabulary import IGNORE

TEXTS = (
    *("first_comment", "1st comment", "First Comment", "premier commentaire"),
    *("platform_settings.privacyLevel", "Platform Settings.privacyLevel"),
    *("# owner", "note", "Note to Ann", "#"),
    *("text", "Caption", "title", "media_urls", "Image URL", "Video URL"),
    *("Profile", "Platform", "Instagram", "recurrence_interval_days"),
)


def read(header: list[str]) -> list[str | None]:
    return read_columns([*RESULT_COLUMNS, *header]).means[len(RESULT_COLUMNS) :]


def test_what_means_the_same_is_one_column() -> None:
    header, places = together([["1st comment", "# owner"], ["# owner", "First comment", "text"]])
    assert header == ["first_comment", "# owner", "text"]
    assert places == [[0, 1], [1, 0, 2]]


def test_a_column_of_ones_own_is_never_taken_for_one_of_ours() -> None:
    header, _ = together([["# text"], ["nobody knows"], ["text"]])
    assert header == ["# text", "# nobody knows", "text"]


@given(st.lists(st.lists(st.sampled_from(TEXTS), unique=True, max_size=6), min_size=2, max_size=4))
def test_every_cell_means_what_it_meant(headers: list[list[str]]) -> None:
    header, places = together(headers)
    again = read(header)
    for own, where in zip(headers, places, strict=True):
        assert len(set(where)) == len(own)
        before: list[str | None] = []
        for name, place in zip(read(own), where, strict=True):
            twice = name in before and name != "media_urls"  # an issue of its sheet
            assert again[place] == (IGNORE if twice else name or IGNORE)
            before.append(name)

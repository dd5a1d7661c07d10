"""Whatever stands in the cells: no exception, no row lost, nothing sent that is not understood."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from planning_sheets import ACCOUNT, OTHER, POST, TIME, plan, sheet

from batch_scheduler.model import key_of
from batch_scheduler.planning.meanings import NAMES

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GOOD = [POST, ACCOUNT, OTHER, TIME, "2027-05-01 09:00", "Europe/Berlin", '{"a":1}', "7", ""]
ODD = ["03/04/2027", "NaN", "\u200b", "\x1b[31m", "=1+1", "{" * 9, "1e400", "²", "٣", "9" * 400]
CELL = st.one_of(
    st.sampled_from(GOOD),
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(Z|[+-]\d\d:?\d\d)?", fullmatch=True),
)
HEADER = st.lists(
    st.one_of(
        st.sampled_from([*NAMES, "platform_settings.a", "note"]),
        st.text("abc._# \u00df", max_size=6),
    ),
    max_size=4,
).map(lambda more: ["post_id", "social_account_ids", "scheduled_at", *more])


@given(st.data(), HEADER)
@settings(max_examples=400, deadline=None)
def test_each_row_is_planned_or_said_to_be_wrong(data: st.DataObject, header: list[str]) -> None:
    rows = data.draw(st.lists(st.tuples(*[CELL] * len(header)), max_size=5))
    made = plan(sheet(header, *rows))
    assert made.rows == sum(any(cell.strip() for cell in row) for row in rows)
    repeats = {issue.row for issue in made.issues if issue.code == "duplicate-row"}
    assert len({*made.entries["row"], *repeats}) == made.rows

    invalid = made.entries[made.entries["state"] == "invalid"]
    assert (made.entries["state"].isin(["planned", "invalid"])).all()
    assert bool(len(invalid)) == (not made.valid and made.rows > 0)
    for line in made.entries[made.entries["state"] == "planned"].itertuples():
        assert all(UUID.fullmatch(str(text)) for text in (line.team, line.account))
        assert UUID.fullmatch(str(line.post)) or key_of(str(line.post))

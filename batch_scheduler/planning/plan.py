"""The whole of what a run will do, before it does it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from batch_scheduler.model import Issue, Severity, utc_text
from batch_scheduler.planning.calls import with_calls
from batch_scheduler.planning.creations import Creations
from batch_scheduler.planning.judgement import judge
from batch_scheduler.planning.late import Late, all_issues
from batch_scheduler.planning.problem import Problem, shortened
from batch_scheduler.planning.recurrence import Series, described, overlaps
from batch_scheduler.planning.rules import Rules
from batch_scheduler.planning.understood import Understood
from batch_scheduler.planning.wishes import Source, Wishes

KNOWN_COLUMNS = (
    *("id", "run", "team", "post", "account", "instant", "state", "zone"),
    *("options", "settings", "scheduled_post_id", "finished_at", "content"),
)
"""What must be known of a live delivery, in this order. The last: what its post was created from,
"" where that is not kept any more, None where it was not created here.
"""

_DAY = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """`entries`: the wishes' lines in the order of the input and one line per invalid row.

    A content of 0 says that the post was not created from one. Beside the columns of Wishes.table:
    state (planned, already_accepted, in_doubt, held, rejected, invalid), code, error, prior (the
    ledger's id of the same delivery; -1 none), was (its state), call (from 1, soonest first; -1
    none). A row of which some accounts are accepted and the rest is too late has lines of both
    kinds. `deliveries`
    counts all but the invalid lines, `calls` what is sent; `posts` what is created before, `media`
    the files that are imported for that. `may_duplicate`: a post is created also where it is in
    doubt whether it was before.
    `superseded`: ids of planned deliveries of dead runs that this plan takes the place of.
    `holders`: living runs that have some of the same deliveries: then nothing may be sent.
    """

    rows: int
    deliveries: int
    calls: int
    posts: int
    media: int
    entries: pd.DataFrame
    documents: list[str]
    contents: list[str]
    sources: list[Source]
    issues: list[Issue]
    superseded: list[int]
    holders: list[str]
    may_duplicate: bool = False

    @property
    def understood(self) -> list[Understood]:
        return [source.understood for source in self.sources if source.understood]

    @property
    def teams(self) -> list[str]:
        """For whom something is sent."""
        teams: list[str] = self.entries.loc[self.entries["call"] > 0, "team"].unique().tolist()
        return teams

    @property
    def valid(self) -> bool:
        return not any(issue.severity is Severity.ERROR for issue in self.issues)


def known_deliveries(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows of KNOWN_COLUMNS as `make_plan` takes them.

    state: planned, sending, in_doubt or accepted; options and settings: canonical JSON; instant
    and finished_at: seconds since 1970.
    """
    return pd.DataFrame(rows, columns=list(KNOWN_COLUMNS)).astype({"finished_at": "float64"})


def make_plan(wishes: Wishes, known: pd.DataFrame, rules: Rules) -> Plan:
    """`known`: the ledger's live deliveries of the wishes' teams, posts and accounts; and those of
    created posts at their accounts and instants.
    """
    judged = judge(wishes, known, rules)
    said = {"state": judged.state, "code": judged.code, "error": judged.error}
    table = wishes.table
    entries = table.assign(
        # As they are: pandas' own texts take four times as long to compare.
        **{name: pd.Series(texts, table.index, dtype=object) for name, texts in said.items()},
        prior=judged.prior,
        was=judged.was,
        call=-1,
    )
    if wishes.made_from:  # their posts are not those of their contents
        entries.loc[list(wishes.made_from), "content"] = 0
    out = judged.state == "invalid"
    refused = entries[out]
    creations = Creations(entries, wishes.contents)
    late = [Late(source) for source in wishes.sources]
    _say_refused(late, refused, rules)
    _say_overlaps(late, wishes, known, entries)
    sources = [
        one.told(refused[refused["source"] == number] if len(refused) else None)
        for number, one in enumerate(late)
    ]
    sources = creations.said(sources)
    entries = entries[~out] if out.any() else entries
    if any(len(source.raw) for source in sources):
        entries = _with_invalid(entries, sources)
    entries, calls = with_calls(entries, wishes.documents, rules.max_accounts)
    return Plan(
        rows=wishes.rows,
        deliveries=int((entries["state"] != "invalid").sum()),
        calls=calls,
        posts=creations.posts,
        media=creations.media,
        entries=entries,
        documents=wishes.documents,
        contents=wishes.contents,
        sources=sources,
        issues=all_issues(sources),
        superseded=judged.superseded,
        holders=judged.holders,
        may_duplicate=rules.may_duplicate,
    )


def _out_of_time(code: str, instant: int, rules: Rules) -> Problem:
    if code == "too-far":
        return Problem(
            "too-far", "This is more than ten years ahead.", "Check the year, or plan it later."
        )
    past = rules.now - instant
    how = f"{_span(past)} past" if past > 0 else f"only {_span(-past)} ahead"
    earliest = utc_text(math.ceil(rules.now + rules.lead))
    return Problem(
        "too-late",
        f"{utc_text(instant)} is {how}.",
        f"The earliest possible time is {earliest}, {rules.lead:g} seconds from now.",
    )


def _span(seconds: float) -> str:
    for name, size in (("year", 365 * _DAY), ("day", _DAY), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{int(seconds)} seconds"


def _say_refused(late: Sequence[Late], refused: pd.DataFrame, rules: Rules) -> None:
    """The rows that are refused only now, each at its time."""
    line: Any
    for line in refused.drop_duplicates(["source", "row"]).itertuples():
        one = late[line.source]
        times = one.source.times
        value = None if times is None else shortened(str(times.at[line.row]))
        problem = _out_of_time(line.code, line.instant, rules)
        one.add(problem, line.row, one.source.time_column, value)


def _say_overlaps(
    late: Sequence[Late], wishes: Wishes, known: pd.DataFrame, entries: pd.DataFrame
) -> None:
    """A warning for each row that falls on an occurrence of what recurs anyway."""
    planned = entries[entries["state"] == "planned"]
    told: dict[tuple[int, int], Series] = {}
    for line, series in overlaps(planned, known, wishes.documents):
        place: Any = planned.loc[line]
        told[int(place["source"]), int(place["row"])] = series
    for (number, row), series in told.items():
        late[number].add(_overlap(series), row, late[number].source.time_column)


def _overlap(series: Series) -> Problem:
    return Problem(
        "on-recurrence",
        f"The same post on the same account recurs {described(series)}: it may go out twice then.",
        "Delete this row, or change its time, unless both are meant.",
        Severity.WARNING,
    )


def _with_invalid(entries: pd.DataFrame, sources: Sequence[Source]) -> pd.DataFrame:
    """Add a line for each invalid row: its row's messages in one, under the first one's code."""
    parts = [entries, *(_invalid_lines(*numbered) for numbered in enumerate(sources))]
    together = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return together.sort_values(["source", "row"], kind="stable", ignore_index=True)


def _invalid_lines(number: int, source: Source) -> pd.DataFrame:
    wrong: dict[int | None, list[Issue]] = {}
    for issue in source.issues:
        if issue.severity is Severity.ERROR:
            wrong.setdefault(issue.row, []).append(issue)
    whole = wrong.get(None, [])
    found = [whole + wrong.get(row, []) for row in source.raw.index]
    return pd.DataFrame(
        {
            "source": number,
            "row": source.raw.index.to_numpy(),
            "team": "",
            "post": "",
            "account": "",
            "instant": -1,
            "zone": "",
            "options": 0,
            "settings": 0,
            "said": "",
            "content": 0,
            "state": "invalid",
            "code": [issues[0].code for issues in found],
            "error": [" ".join(issue.message for issue in issues) for issues in found],
            "prior": -1,
            "was": "",
            "call": -1,
        }
    )

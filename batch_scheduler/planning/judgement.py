"""What to do with each wish, by what the ledger knows of it and of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batch_scheduler.model import POST_IN_DOUBT, SENT, TO_BE_CREATED, Status, utc_text
from batch_scheduler.planning.distinct import combined
from batch_scheduler.planning.documents import differences, fields_of
from batch_scheduler.planning.edited import changed, made_otherwise, outdated
from batch_scheduler.planning.rules import Rules
from batch_scheduler.planning.wishes import Wishes

_DELIVERY = ("post", "account", "team", "instant")
_STRONGEST_FIRST = ("in_doubt", "sending", "accepted", "planned")

_DAY = 86_400
_FARTHEST = 3_653 * _DAY
"""Ten years, with their leap days."""


@dataclass(slots=True, eq=False)
class Judgement:
    """Runs parallel to the wishes. `state`: planned, already_accepted, in_doubt, held or invalid.

    `prior`: the ledger's id of the same delivery, -1 for none; `was`: its state. `superseded`:
    ids of planned deliveries, left over from dead runs, of a post and account that are planned
    now while their own instant is wanted no more. `holders`: living runs that have the same
    deliveries.
    """

    state: np.ndarray
    code: np.ndarray
    error: np.ndarray
    prior: np.ndarray
    was: np.ndarray
    superseded: list[int]
    holders: list[str]

    def rule(
        self,
        lines: np.ndarray,
        state: str,
        code: str = "",
        error: Callable[[int], str] | None = None,
    ) -> None:
        self.state[lines] = state
        self.code[lines] = code
        if error:
            self.error[lines] = [error(line) for line in np.flatnonzero(lines).tolist()]


def judge(wishes: Wishes, known: pd.DataFrame, rules: Rules) -> Judgement:
    """By the delivery itself first, then by its post and account at other instants, and by what
    else was created for its account and instant, then by time: so what was accepted is never too
    late.
    """
    table, documents = wishes.table, wishes.documents
    known = _strongest_first(known)
    target, of_target = _codes(table, known, ("post", "account", "team"))
    wish, of_known = _codes(table, known, _DELIVERY)
    match = _first_with(of_known, wish)
    unwanted = ~np.isin(of_known, wish) & ~_is_in(wishes.aside, known)
    text = np.full(len(table), "", dtype=object)
    prior, was = _taken(known, "id", match), _taken(known, "state", match)
    made = Judgement(text + "planned", text, text.copy(), prior, was, [], [])

    if len(known) or (table["said"] != "").any():
        _judge_sent(made, table, known, match, documents, rules)
    there = unwanted & (known["state"] == "accepted") & (known["instant"] > rules.now)
    earlier = _first_with(np.where(there, of_target, -1), target)
    if "moved" not in rules.send_held:
        moved = (earlier >= 0) & (match < 0) & (made.state == "planned")
        made.rule(moved, "held", "moved", lambda line: _move(table, line, known, earlier[line]))
    held = known["run"].isin(rules.living) & known["state"].isin(("planned", "sending"))
    others = _texts_of_others(wishes, known, unwanted, held)
    _judge_texts(made, wishes, others, rules)
    _judge_time(made, table, rules)
    made.holders = sorted({*known["run"].iloc[match[match >= 0]][held.iloc[match[match >= 0]]]})
    left = unwanted & ((known["state"] == "planned") & ~held).to_numpy()
    left &= np.isin(of_target, target[made.state == "planned"])
    created = (made.state == "planned") & (table["content"].to_numpy() > 0)
    made.superseded = [
        *known["id"].to_numpy()[left].tolist(),
        *outdated(wishes, others, created),
    ]
    return made


def _judge_sent(
    made: Judgement,
    table: pd.DataFrame,
    known: pd.DataFrame,
    match: np.ndarray,
    documents: list[str],
    rules: Rules,
) -> None:
    """Nothing that was sent goes out again unless a person says so, and there is still time."""
    here = _taken(known, "state", match)
    late = table["instant"].to_numpy() < rules.now + rules.lead
    sent = np.isin(here, ("in_doubt", "sending", "accepted"))
    said = table["said"].to_numpy(dtype=object)
    elsewhere = np.isin(said, SENT) & ~sent
    elsewhere |= _may_be_created(table, known)
    if rules.may_duplicate:
        elsewhere &= ~np.isin(said, (Status.IN_DOUBT, POST_IN_DOUBT))
    if "known-elsewhere" in rules.send_held:
        elsewhere &= late
    made.rule(
        elsewhere,
        "held",
        "known-elsewhere",
        lambda line: _ELSEWHERE.format(table["said"].iat[line]),
    )
    settled = (here == "accepted") & (late | (not rules.again))
    differs = _differs(table, known, match, documents)
    made.rule(settled & ~differs, "already_accepted")
    if "settings-differ" in rules.send_held:
        differs &= late
    made.rule(
        settled & differs,
        "held",
        "settings-differ",
        lambda line: _difference(table.iloc[line], known.iloc[match[line]], documents),
    )
    made.rule(here == "sending", "in_doubt")
    made.rule((here == "in_doubt") & (late | (not rules.may_duplicate)), "in_doubt")


def _may_be_created(table: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """Posts that another ledger may have created; whoever found one writes its id into the row."""
    lost = table["said"].eq(POST_IN_DOUBT) & table["post"].str.startswith(TO_BE_CREATED)
    return (lost & ~table["post"].isin(known["post"])).to_numpy()


def _texts_of_others(
    wishes: Wishes, known: pd.DataFrame, unwanted: np.ndarray, held: pd.Series
) -> pd.DataFrame:
    """What was created, and no row asks for any more."""
    if not len(known) or not (wishes.table["content"] > 0).any():
        unwanted = np.zeros(len(known), dtype=bool)
    return known.assign(held=held)[unwanted & known["content"].notna()]


def _judge_texts(made: Judgement, wishes: Wishes, others: pd.DataFrame, rules: Rules) -> None:
    """Whoever edits a text does not want both to go out. Nor is the old one sent for the new."""
    late = wishes.table["instant"].to_numpy() < rules.now + rules.lead
    created = (made.state == "planned") & (wishes.table["content"].to_numpy() > 0)
    if "text-changed" in rules.send_held:
        created &= late
    told = changed(wishes, others, created)
    kept = (made.state == "already_accepted") | (made.state == "planned") & ~late
    told |= made_otherwise(wishes, kept)
    for line, said in told.items():
        made.state[line], made.code[line], made.error[line] = "held", "text-changed", said


def _judge_time(made: Judgement, table: pd.DataFrame, rules: Rules) -> None:
    planned = made.state == "planned"
    instants = table["instant"].to_numpy()
    made.rule(planned & (instants < rules.now + rules.lead), "invalid", "too-late")
    made.rule(planned & (instants > rules.now + _FARTHEST), "invalid", "too-far")


def _strongest_first(known: pd.DataFrame) -> pd.DataFrame:
    """So that of several deliveries with one key the one that forbids most is found first."""
    if known.empty:
        return known
    rank = known["state"].map({state: place for place, state in enumerate(_STRONGEST_FIRST)})
    order = np.lexsort((known["instant"], rank))
    return known.iloc[order].reset_index(drop=True)


def _codes(
    table: pd.DataFrame, known: pd.DataFrame, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Codes that are equal where both tables agree in these columns."""
    if known.empty:
        return np.zeros(len(table), dtype=np.int64), np.zeros(0, dtype=np.int64)
    columns = ([table[name].to_numpy(), known[name].to_numpy()] for name in names)
    codes = combined(*map(np.concatenate, columns))
    return codes[: len(table)], codes[len(table) :]


def _is_in(aside: pd.DataFrame | None, known: pd.DataFrame) -> np.ndarray:
    """Which of the known deliveries these sheets still have, though not to be tried again."""
    if aside is None:
        return np.zeros(len(known), dtype=bool)
    here, of_known = _codes(aside, known, _DELIVERY)
    return np.isin(of_known, here)


def _first_with(codes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each wanted code the place of its first occurrence in `codes`; -1 where there is none."""
    if not len(codes) or not len(wanted):
        return np.full(len(wanted), -1, dtype=np.int64)
    first = np.full(int(max(codes.max(), wanted.max())) + 1, -1, dtype=np.int64)
    present = np.flatnonzero(codes >= 0)[::-1]
    first[codes[present]] = present
    found: np.ndarray = first[wanted]
    return found


def _taken(known: pd.DataFrame, name: str, match: np.ndarray) -> np.ndarray:
    """The matched deliveries' values; "" or -1 where nothing matched."""
    found = match >= 0
    if name == "id":
        values = np.full(len(match), -1, dtype=np.int64)
    else:
        values = np.full(len(match), "", dtype=object)
    values[found] = known[name].to_numpy()[match[found]]
    return values


def _differs(
    table: pd.DataFrame, known: pd.DataFrame, match: np.ndarray, documents: list[str]
) -> np.ndarray:
    """Where options or settings are not those that were accepted; the zone is only for display."""
    texts = np.array(documents, dtype=object)
    differs = np.zeros(len(table), dtype=bool)
    for name in ("options", "settings"):
        differs |= texts[table[name].to_numpy()] != _taken(known, name, match)
    return differs


_ELSEWHERE = (
    'the results sheet calls it "{}", but this ledger does not know of it: another ledger sent it. '
    "Run with that ledger (--ledger), or send it nevertheless with --send-held known-elsewhere"
)


def _difference(wish: pd.Series, before: pd.Series, documents: list[str]) -> str:
    was = fields_of(before["settings"], before["options"])
    now = fields_of(documents[wish["settings"]], documents[wish["options"]])
    when = before["finished_at"]
    since = f" on {utc_text(when)}" if pd.notna(when) else ""
    return (
        f"it was accepted{since} with other settings: {differences(was, now)}. Put the old ones "
        "back; or cancel it in Octospark and run with --again"
    )


def _move(table: pd.DataFrame, line: int, known: pd.DataFrame, other: int) -> str:
    there, here = (each["instant"].to_numpy()[at] for each, at in ((known, other), (table, line)))
    return (
        f"the same post and account is accepted for {utc_text(there)}, which this sheet no longer "
        f"has; now it says {utc_text(here)}. Cancel the old one in Octospark and run with "
        "--send-held moved, or put the old time back"
    )

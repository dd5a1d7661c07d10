"""Accounts that can't publish, and what to do about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from batch_scheduler.model import Issue, Severity, SocialAccount
from batch_scheduler.planning.calls import with_calls
from batch_scheduler.planning.creations import Creations
from batch_scheduler.planning.late import all_issues
from batch_scheduler.planning.plan import Plan
from batch_scheduler.planning.wishes import Source

_REMEDIES = {
    "disabled": "enable {} in Octospark",
    "disconnected": "connect {} again in Octospark",
    "refresh_needed": "reconnect {} in Octospark",
}
"""By the statuses that the service documents. What others mean is left to the service to say."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why none of an account's deliveries can succeed, and what to do."""

    account: SocialAccount
    code: str
    remedy: str

    @property
    def error(self) -> str:
        return f"{self.account.status}: {self.remedy}, then `retry`"


Team = str
Unfits = Mapping[tuple[Team, str], Unfit]
"""By team and account."""


def unfit_accounts(listed: Mapping[Team, Iterable[SocialAccount]]) -> dict[tuple[Team, str], Unfit]:
    return {
        (team, account.id): Unfit(account, f"account-{status.replace('_', '-')}", remedy)
        for team, accounts in listed.items()
        for account in accounts
        if (status := _status(account)) in _REMEDIES
        and (remedy := _REMEDIES[status].format(account))
    }


def _status(account: SocialAccount) -> str:
    return re.sub(r"[\s-]+", "_", account.status.strip().lower())


def without_unfit(plan: Plan, unfits: Unfits, max_accounts: int) -> Plan:
    """What is planned for such accounts is rejected, with a warning for each of them.

    Last of all, for it is what the sheet wants: what is left of dead runs gives way to it.
    """
    unfit = _meant_for(unfits, plan.entries)
    if not unfit:
        return plan
    entries = plan.entries.copy()
    lines = list(unfit)
    for name, told in (
        ("state", "rejected"),
        ("code", [one.code for one in unfit.values()]),
        ("error", [one.error for one in unfit.values()]),
    ):
        column = entries[name].to_numpy(dtype=object, copy=True)
        column[lines] = told
        entries[name] = column
    entries, calls = with_calls(entries, plan.documents, max_accounts)
    creations = Creations(entries, plan.contents)
    sources = _with_warnings(plan.sources, entries["source"].to_numpy(), unfit)
    sources = creations.said(sources)
    return replace(
        plan,
        calls=calls,
        posts=creations.posts,
        media=creations.media,
        entries=entries,
        sources=sources,
        issues=all_issues(sources),
    )


def _meant_for(unfits: Unfits, entries: pd.DataFrame) -> dict[int, Unfit]:
    """Lines that are planned, by position."""
    accounts = {account for _, account in unfits}
    named = (entries["account"].isin(accounts) & (entries["call"] > 0)).to_numpy()
    lines = np.flatnonzero(named)
    places = zip(*(entries[name].iloc[lines].tolist() for name in ("team", "account")), strict=True)
    found = zip(lines.tolist(), map(unfits.get, places), strict=True)
    return {line: unfit for line, unfit in found if unfit is not None}


def _with_warnings(
    sources: Sequence[Source], of: np.ndarray, unfit: Mapping[int, Unfit]
) -> list[Source]:
    meant = Counter((int(of[line]), one) for line, one in unfit.items())
    warned = list(sources)
    for (number, one), count in reversed(meant.items()):  # each stands before the later ones
        source = warned[number]
        warned[number] = replace(source, issues=(_warning(one, count, source), *source.issues))
    return warned


def _warning(unfit: Unfit, count: int, source: Source) -> Issue:
    deliveries = f"{count:,} {'delivery' if count == 1 else 'deliveries'}"
    return Issue(
        Severity.WARNING,
        unfit.code,
        source.path,
        f"{unfit.account} can't publish: {unfit.account.status}. What is meant for it is rejected "
        f"({deliveries}), all else is not.",
        f"{unfit.remedy[0].upper()}{unfit.remedy[1:]}, then `retry` the results sheet.",
        source.sheet,
    )

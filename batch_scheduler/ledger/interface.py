"""What a ledger must do, whatever database is behind it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from batch_scheduler.errors import LedgerError
from batch_scheduler.ledger.records import (
    Claim,
    Conclusion,
    Creation,
    LastLook,
    Made,
    NewRun,
    Others,
    RunRecord,
    Scheduled,
    SourceRecord,
)
from batch_scheduler.model import (
    Allowance,
    Call,
    Content,
    Doubt,
    Outcome,
    PostDoubt,
    SocialAccount,
)

if TYPE_CHECKING:
    from batch_scheduler.planning import Plan


class PlanOutdated(LedgerError):
    """Another run recorded one of the same deliveries since the ledger was asked."""


class CallOutdated(LedgerError):
    """A later run took over some of the call's deliveries: they are not this run's any more."""


class LedgerDamaged(LedgerError):
    """The file is not a ledger, or not a whole one. It is left as it is."""

    exit_code = 2


class Ledger(Protocol):
    """Every delivery's intent and outcome. One thread at a time; other processes as they like.

    Methods that change something take part in the transaction around them (`transaction`), so that
    the writes of many workers can share one commit. All raise LedgerError when the database fails.
    """

    def transaction(self) -> AbstractContextManager[None]: ...
    def known(
        self,
        service: str,
        wishes: Iterable[tuple[str, str, str]],
        moments: Iterable[tuple[str, str, int]] = (),
    ) -> list[tuple[Any, ...]]:
        """The live deliveries of these (team, post, account), as rows of KNOWN_COLUMNS; and those
        of created posts at these (team, account, instant).
        """
        ...

    def record(self, run: NewRun, plan: Plan) -> None:
        """Write a plan down, whole or not at all. Raises PlanOutdated: ask `known` again.

        A run that does not send (NewRun.sends) leaves all other runs' deliveries as they are.
        """
        ...

    def calls(self, run: str, after: int, most: int) -> list[Call]:
        """The next calls with planned deliveries and a number above `after`, soonest first."""
        ...

    def claim(self, claims: Sequence[Claim]) -> list[bool]:
        """Deliveries of calls of one run go from planned to sending. False: a post has a call
        under way.

        Raises CallOutdated, and claims none, when another run has taken over some of them.
        """
        ...

    def release(self, call: Call, code: str | None, error: str | None, tried: bool) -> None:
        """It was certainly not done: back to planned. `tried`: it counts as an attempt."""
        ...

    def conclude(self, conclusions: Sequence[Conclusion]) -> None:
        """Of calls of one run; their posts are free for the next ones."""
        ...

    def doubt(
        self,
        call: Call,
        outcomes: Mapping[int, Outcome],
        now: float,
        answered: bool,
        settles: bool,
    ) -> float:
        """As `conclude` of one call, but some are in doubt: its evidence is kept. Returns
        `not_before`.

        `settles`: its post takes no other call until it is settled.
        """
        ...

    def adopt(self, run: str, now: float) -> None:
        """The owner is dead: what it was sending is in doubt."""
        ...

    def reopen(self, run: str) -> None:
        """It is at work again."""
        ...

    # settling

    def doubtful(self, service: str, wishes: Iterable[tuple[str, str, str]]) -> list[str]:
        """Runs with unsettled calls of these posts."""
        ...

    def doubts(self, run: str) -> list[Doubt]:
        """The run's unsettled calls; their posts take no other call from now on."""
        ...

    def others(self, team: str, post: str, besides: Call | None = None) -> Others:
        """What calls scheduled of a post, besides this one."""
        ...

    def later(self, call: Call) -> frozenset[str]:
        """Those ids of `others` that may be newer than this call, which is in doubt."""
        ...

    def saw_nothing(self, call: Call) -> None:
        """Of a call in doubt, when it was time: what later calls of its post can't hide."""
        ...

    def nothing_happened(self, call: Call) -> frozenset[int]:
        """The whole call goes from in doubt to planned; the post is free.

        But for what a later run sends at another instant, and not at this one any more: it is held.
        Returns the ids of such deliveries.
        """
        ...

    def settle(
        self, call: Call, outcomes: Mapping[int, Outcome], now: float, ask_again: bool
    ) -> None:
        """As much as the service shows; the post is free. `ask_again`: later more may be seen."""
        ...

    def leave(self, run: str) -> None:
        """What is unsettled of it keeps no post from other calls."""
        ...

    def is_calibrated(self, service: str) -> bool:
        """Whether the service was seen to show what it had accepted."""
        ...

    def calibrate(self, service: str, now: float) -> None: ...
    def accepted_post(self, service: str) -> tuple[str, str] | None:
        """The team and post of a delivery that was accepted, of the newest runs first."""
        ...

    def allowance(self, service: str, token: str, since: float) -> Allowance | None:
        """What the service was last found to allow, unless that was before. `token`: its digest."""
        ...

    def save_allowance(
        self, service: str, token: str, allowance: Allowance, now: float
    ) -> None: ...

    # posts that are created from text: the calls are those with placeholders

    def made(
        self, service: str, keys: Iterable[tuple[str, str]], posts: Iterable[tuple[str, str]]
    ) -> list[Made]:
        """What was created of these (team, key), and as these (team, post)."""
        ...

    def take(self, call: Call, now: float, not_before: float = -math.inf) -> Creation:
        """Its post is created by the call's run from now on, if it is neither created nor in doubt,
        if no other run is at it, and if all of its media is imported. Raises CallOutdated when the
        call is not as it was planned.
        """
        ...

    def save_asset(self, call: Call, url: str, asset: str) -> None: ...
    def created(self, one: Creation, post: str, now: float) -> None:
        """All that waits for it is of this post from now on, in all runs."""
        ...

    def release_creation(
        self, call: Call, one: Creation, code: str | None, error: str | None
    ) -> None:
        """It was certainly not created: planned again."""
        ...

    def refuse_creation(self, call: Call, number: int, code: str, error: str, now: float) -> int:
        """The run's deliveries of it are rejected. Returns how many these are."""
        ...

    def note_creation(self, call: Call, number: int, code: str | None, error: str | None) -> None:
        """Why the run's deliveries of it wait."""
        ...

    def doubt_creation(
        self, call: Call, one: Creation, answered: bool, error: str, now: float
    ) -> PostDoubt: ...
    def found_post(self, doubt: PostDoubt, post: str, now: float) -> bool:
        """As `created`. False: another process has settled this doubt, or it is another's post."""
        ...

    def no_post(self, doubt: PostDoubt) -> bool:
        """It was not created: planned again. False: another process has settled this doubt."""
        ...

    def bodies(self, service: str, team: str, posts: Collection[str]) -> dict[str, Content | None]:
        """Which of these posts were created here, and from what, where that is kept."""
        ...

    def contents_in_doubt(self, service: str, team: str) -> list[tuple[Content, tuple[str, ...]]]:
        """And the ids of all that each was given to show."""
        ...

    def lists_posts(self, service: str) -> bool:
        """Whether the service was seen to list what had been created."""
        ...

    def saw_listed(self, service: str, now: float) -> None: ...
    def created_post(self, service: str, team: str) -> tuple[str, float] | None:
        """A post that was created, one of the newest, and when that was."""
        ...

    # taking back: `rows` are those of one post of one run

    def scheduled(self, run: str) -> list[Scheduled]:
        """In the order of the input."""
        ...

    def sharing(self, run: str) -> Mapping[tuple[str, str], str]:
        """Team and post → another run that got something of it scheduled, or may have."""
        ...

    def begin_undo(self, run: str, rows: Sequence[Scheduled], now: float) -> str:
        """What is accepted of it is undoing, and its post takes no call. Else why not."""
        ...

    def keep(self, run: str, rows: Sequence[Scheduled]) -> None:
        """It was certainly not taken back: as it was before; the post is free."""
        ...

    def undone(self, run: str, rows: Sequence[Scheduled], said: str, now: float) -> None:
        """All of it is taken back; the post is free."""
        ...

    def end_undo(self, run: str, rows: Sequence[Scheduled]) -> None:
        """What came of it is not known; the post is free."""
        ...

    # afterwards

    def finish(self, run: str, status: str, reason: str | None, now: float) -> None: ...
    def runs(self, most: int) -> list[RunRecord]:
        """The newest first, without their issues."""
        ...

    def run(self, run: str) -> RunRecord | None: ...
    def match(self, prefix: str) -> list[str]:
        """Up to two ids of runs that begin so."""
        ...

    def resumable(self, service: str) -> list[str]:
        """Runs with something left to send or to settle, the oldest first."""
        ...

    def unfinished(self) -> list[str]:
        """Runs that have not ended, or that keep posts from others: at work, or dead."""
        ...

    def counts(self, run: str, source: int | None = None) -> dict[str, int]:
        """Deliveries per status of a run, or of one of its sheets."""
        ...

    def counts_by_account(self, run: str, source: int | None) -> list[tuple[Any, ...]]:
        """Rows of account, name, provider, status, deliveries, in the order of the input."""
        ...

    def counts_by_day(self, service: str, since: float) -> list[tuple[Any, ...]]:
        """Rows of day (UTC), account, name, provider, status, deliveries; `since`: as of 1970.

        Counted is what was sent, rejected, held or left in doubt, on the day that it was.
        """
        ...

    def run_of(self, results: str) -> str | None:
        """The newest run with a sheet whose results go there."""
        ...

    def move_results(self, results: str, to: str) -> None:
        """Of every sheet whose results went there."""
        ...

    def sources(self, run: str) -> list[SourceRecord]: ...
    def results(self, run: str, source: SourceRecord) -> Iterator[list[str | int | None]]:
        """The rows of a results sheet: RESULT_COLUMNS, then the source's own columns."""
        ...

    # the teams' accounts

    def save_accounts(
        self, service: str, team: str, accounts: Iterable[SocialAccount], now: float
    ) -> None:
        """The whole of a team's accounts, as the service lists them now."""
        ...

    def last_look(self, service: str, team: str) -> LastLook | None:
        """None: its accounts were never looked up."""
        ...

    def teams(self, run: str) -> list[str]:
        """For whom something is still to be sent."""
        ...

    def reject(
        self, run: str, team: str, accounts: Mapping[str, tuple[str, str]], now: float
    ) -> None:
        """What is still to be sent to these accounts is rejected: account → code and error."""
        ...

    def close(self) -> None: ...

"""What a sheet asks for and what is wrong with it, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from batch_scheduler import preparation
from batch_scheduler.ledger import Ledger, ledger_file, living
from batch_scheduler.marking import Marked
from batch_scheduler.originals import Originals
from batch_scheduler.person import Person
from batch_scheduler.planning import Plan, Wishes
from batch_scheduler.posts import found_again
from batch_scheduler.settings import Options
from batch_scheduler.workplace import Workplace


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a check found, and where: so that it can be marked there."""

    plan: Plan
    originals: Originals

    def mark(self, results: str | None) -> Sequence[Marked]:
        """Write a marked copy of each sheet with problems; `results`: --results."""
        return self.originals.mark(self.plan.issues, results)


def check(
    at: Workplace, paths: Sequence[str], options: Options, online: Person | None = None
) -> Checked:
    """Read and plan, by what the ledger knows; the network is not used, unless `online`: then the
    accounts are looked up, and this person is told of it.

    Raises UsageError; online also ServiceUnusable.
    """
    originals = Originals(paths, options)
    reading = preparation.read(paths, at.settings.team, options, originals.stdin)
    if online:
        return Checked(_check_online(at, reading, options, online), originals)
    if not ledger_file(at.settings.ledger).exists():
        return Checked(plan_with(at, None, reading.wishes(lambda teams: {}), options), originals)
    with at.ledger() as ledger:
        wishes = reading.wishes(partial(_last_looks, ledger, at.service))
        return Checked(plan_with(at, ledger, wishes, options), originals)


def plan_with(at: Workplace, ledger: Ledger | None, wishes: Wishes, options: Options) -> Plan:
    """`ledger`: None, where there is none yet."""
    now = at.clock()
    wishes = found_again(ledger, at.service, wishes, options)
    if ledger is None:
        return preparation.plan(wishes, options, now)
    known = ledger.known(at.service, wishes.targets(), wishes.moments())
    # Asked after the deliveries: a run that began in between is not taken for a dead one.
    return preparation.plan(wishes, options, now, known, living(ledger, at.locks))


def _check_online(
    at: Workplace, reading: preparation.Reading, options: Options, person: Person
) -> Plan:
    at.token()
    with at.ledger() as ledger:
        accounts = at.accounts(ledger, at.engine(ledger, options, person), person)
        plan = plan_with(at, ledger, reading.wishes(accounts.listed), options)
        return accounts.judge(plan, options.max_accounts, needed=True)


def _last_looks(
    ledger: Ledger, service: str, teams: Collection[str]
) -> dict[str, preparation.Listed]:
    """As the ledger has them from an earlier look."""
    looks = {team: ledger.last_look(service, team) for team in teams}
    return {
        team: preparation.Listed(look.accounts, look.at) for team, look in looks.items() if look
    }

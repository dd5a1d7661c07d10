"""What is wrong with the name of an account, and who could be meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from batch_scheduler.model import SocialAccount
from batch_scheduler.planning.directory import Directory
from batch_scheduler.planning.networks import NETWORKS
from batch_scheduler.planning.problem import Problem, listed, shortened

_MOST = 12
_WRITE = "Write the account with its network, as instagram:@acme, or its id."


def unknown(directory: Directory, text: str, of: str | None = None) -> Problem:
    """`of`: the network on which it was looked for."""
    near = directory.near(text, of)
    everyone = [one for one in directory if of in (None, directory.network_of(one.id))] or directory
    mean = f"Did you mean {_either(directory, near)}? " if near else ""
    there = _labels(directory, everyone) or "none that the service lists"
    return Problem(
        "unknown-account",
        f'"{shortened(text, 60)}" is none of the team\'s accounts{f" on {of}" if of else ""}.',
        f"{mean}There are: {there}.",
    )


def ambiguous(directory: Directory, text: str, found: Iterable[SocialAccount]) -> Problem:
    return Problem(
        "ambiguous-account",
        f'"{shortened(text, 60)}" can be any of these: {_labels(directory, found)}.',
        _WRITE,
    )


def two_ways(whole: str, parts: Sequence[str]) -> Problem:
    apart = " and ".join(f'"{shortened(part, 40)}"' for part in parts)
    return Problem(
        "ambiguous-account",
        f'"{shortened(whole, 60)}" is the name of one account, and {apart} are those of others.',
        _WRITE,
    )


def group_and_account(text: str) -> Problem:
    return Problem(
        "ambiguous-account",
        f'"{shortened(text, 60)}" is the name of more than one group, or of an account as well.',
        "Give the group a name of its own in the configuration.",
    )


def in_group(problem: Problem, group: str) -> Problem:
    said = f'In the group "{shortened(group, 60)}": {problem.message}'
    return replace(problem, message=said)


def unknown_network(text: str) -> Problem:
    return Problem(
        "unknown-network",
        f'"{shortened(text, 60)}" is no network that the service publishes on.',
        f"Write some of: {', '.join(NETWORKS)}.",
    )


def several_on(directory: Directory, of: str, found: Iterable[SocialAccount]) -> Problem:
    return Problem(
        "ambiguous-account",
        f"The team has several accounts on {of}: {_labels(directory, found)}.",
        "Say which in a column social_accounts, or with --account.",
    )


def none_on(directory: Directory, of: str) -> Problem:
    return Problem(
        "unknown-account",
        f"The team has no account on {of}.",
        f"There are: {_labels(directory, directory) or 'none that the service lists'}.",
    )


def not_named(of: str) -> Problem:
    return Problem(
        "ambiguous-account",
        f"The row asks for {of}, but none of the accounts that it names is there.",
        f"Name the account on {of} as well, or take {of} out.",
    )


def together(problems: Sequence[Problem]) -> Problem:
    """Of one cell: all that is wrong with it, under the first one's code."""
    first = problems[0]
    return replace(first, message=" ".join(dict.fromkeys(one.message for one in problems)))


def _labels(directory: Directory, accounts: Iterable[SocialAccount]) -> str:
    return listed(map(directory.label, accounts), _MOST)


def _either(directory: Directory, accounts: Iterable[SocialAccount]) -> str:
    return " or ".join([directory.label(one) for one in accounts][:3])

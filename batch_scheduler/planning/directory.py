"""A team's accounts by what people call them. A name fits whole, or it is nobody's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from batch_scheduler.model import SocialAccount, is_uuid
from batch_scheduler.planning.alike import alike
from batch_scheduler.planning.characters import plain, tidy
from batch_scheduler.planning.networks import network

Groups = Mapping[str, Sequence[str]]
"""The name of a group → what its accounts are called."""

_SEPARATORS = re.compile(r"[,;\r\n]+")
_NETWORK_FIRST = re.compile(r"(.+?)(?:\s*:\s*|\s+-\s+|\s+(?=@))(.+)", re.DOTALL)
_NETWORK_LAST = re.compile(r"(.+?)(?:\s*\((.+)\)|\s+on\s+(\S+))", re.DOTALL | re.IGNORECASE)


class Directory:
    """`as_of`: when the accounts were looked up, in seconds since 1970; None: just now."""

    def __init__(
        self,
        accounts: Iterable[SocialAccount] = (),
        groups: Groups | None = None,
        as_of: float | None = None,
    ) -> None:
        self.as_of = as_of
        self._accounts = {one.id: one for one in accounts}
        self._handles: dict[str, list[SocialAccount]] = {}
        self._names: dict[str, list[SocialAccount]] = {}
        self._called_on: dict[str | None, dict[str, list[SocialAccount]]] = {}
        for one in self._accounts.values():
            self._add(one)
        self._groups: dict[str, list[tuple[str, Sequence[str]]]] = {}
        for name, texts in (groups or {}).items():
            self._groups.setdefault(key(name), []).append((name, texts))
        longest = max(map(_separators, (*self._names, *self._groups)), default=0)
        self._longest = longest + 1

    def _add(self, account: SocialAccount) -> None:
        if handle := key(account.handle).removeprefix("@"):
            self._handles.setdefault(handle, []).append(account)
        if name := key(account.display_name):
            self._names.setdefault(name, []).append(account)

    def find(self, text: str, within: str | None = None) -> list[SocialAccount]:
        """All accounts that a text can mean, of one network or of any. More than one: none."""
        found: dict[str, SocialAccount] = {}
        for of, name in _readings(text):
            if of is None or within in (None, of):
                some = self.on_network(of) if name is None and of else self._called(name or "")
                fit = [one for one in some if (of or within) in (None, _network_of(one))]
                found |= {one.id: one for one in fit}
        return list(found.values())

    def _called(self, name: str) -> Sequence[SocialAccount]:
        called = key(name)
        if called in self._accounts:
            return [self._accounts[called]]
        if called.startswith("@"):
            handle = called.lstrip("@").strip()
            return [*self._handles.get(handle, ()), *self._names.get(called, ())]
        return [*self._handles.get(called, ()), *self._names.get(called, ())]

    def on_network(self, wanted: str) -> Sequence[SocialAccount]:
        """Those that can publish; where there is none, those that can't, so that it is said."""
        ours = [one for one in self._accounts.values() if _network_of(one) == wanted]
        return [one for one in ours if one.status.lower() == "connected"] or ours

    def network(self, text: str) -> str | None:
        """The name of a network: one that we know, or one that an account is on."""
        said = network(text)
        if said is None and key(text) in {_network_of(one) for one in self._accounts.values()}:
            return key(text)
        return said

    def says_network(self, text: str) -> bool:
        """Whether an account is found by it because it names a network, too."""
        return any(of and self.find(text, of) for of, _ in _readings(text))

    def network_of(self, account: str) -> str | None:
        """None: it is not the team's, as far as the service lists them."""
        listed = self._accounts.get(account)
        return None if listed is None else _network_of(listed)

    def group(self, text: str) -> list[tuple[str, Sequence[str]]]:
        """The groups of that name."""
        return self._groups.get(key(text), [])

    def split(self, cell: str) -> list[list[str]]:
        """The names in a cell, each with the parts that it could be instead: "Acme, Inc." is one
        name where an account is called so, and two where two are.
        """
        cell = plain(cell)
        bounds = [(0, 0), *(match.span() for match in _SEPARATORS.finditer(cell))]
        bounds.append((len(cell), len(cell)))
        texts: list[list[str]] = []
        at, last = 0, len(bounds) - 1
        while at < last:
            until = self._end_of_name(cell, bounds, at, min(last, at + self._longest))
            parts = [cell[bounds[n][1] : bounds[n + 1][0]].strip() for n in range(at, until)]
            whole = cell[bounds[at][1] : bounds[until][0]].strip()
            if until > at + 1 and all(map(self._knows, parts)):
                texts.append([whole, *parts])
            elif whole:
                texts.append([whole])
            at = until
        return texts

    def _end_of_name(
        self, cell: str, bounds: Sequence[tuple[int, int]], start: int, last: int
    ) -> int:
        """The bound at which the longest name that begins there ends; else the next one."""
        ends = range(last, start + 1, -1)
        known = (end for end in ends if self._knows(cell[bounds[start][1] : bounds[end][0]]))
        return next(known, start + 1)

    def _knows(self, text: str) -> bool:
        return bool(key(text)) and bool(self.group(text) or self.find(text))

    def label(self, account: SocialAccount) -> str:
        """How to write an account so that it is the only one meant."""
        of = account.provider
        for name in (f"@{account.handle}" if account.handle else "", account.display_name):
            label = f"{of}:{name}"
            if name and self.find(label) == [account]:
                return label
        known = f"{of}:{account.name}" if account.name else of
        return f"{account.id} ({known}, {account.status})"

    def near(self, text: str, of: str | None = None) -> list[SocialAccount]:
        """Accounts with names that are much like it, for a person to judge: those on the network
        that is meant (`of`, or what the text names), where there are some.
        """
        readings = [(said or of, name) for said, name in _readings(text) if name]
        found = [one for on, name in readings if on for one in self._alike(name, on)]
        found = found or [one for _, name in readings for one in self._alike(name)]
        return list({one.id: one for one in found}.values())

    def _alike(self, name: str, of: str | None = None) -> list[SocialAccount]:
        """Of all accounts, or of those on one network."""
        if of not in self._called_on:
            self._called_on[of] = self._those_on(of)
        known = self._called_on[of]
        close = alike(key(name).lstrip("@"), known, most=3)
        return [one for match in close for one in known[match]]

    def _those_on(self, of: str | None) -> dict[str, list[SocialAccount]]:
        """By name and by handle."""
        known: dict[str, list[SocialAccount]] = {}
        for called, accounts in (*self._names.items(), *self._handles.items()):
            ours = [one for one in accounts if of in (None, _network_of(one))]
            if ours:
                known.setdefault(called, []).extend(ours)
        return known

    def __iter__(self) -> Iterator[SocialAccount]:
        """By network and name."""
        return iter(sorted(self._accounts.values(), key=lambda one: (one.provider, key(one.name))))


def key(text: str) -> str:
    """What two names must have in common: all but case, spaces, and how Unicode writes them."""
    same = unicodedata.normalize("NFKC", tidy(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", same).split())


def id_in(text: str) -> str | None:
    """In lower case; None: it is a name."""
    bare = tidy(text)
    return bare.lower() if is_uuid(bare) else None


def _network_of(account: SocialAccount) -> str:
    return network(account.provider) or key(account.provider)


def _readings(text: str) -> Iterator[tuple[str | None, str | None]]:
    """A network or none, and a name or none: "instagram:@acme", "Acme (Instagram)", "Instagram"."""
    yield None, text
    if alone := network(text):
        yield alone, None
    bare = tidy(text)
    if (match := _NETWORK_FIRST.fullmatch(bare)) and (first := network(match[1])):
        yield first, match[2]
    if (match := _NETWORK_LAST.fullmatch(bare)) and (last := network(match[2] or match[3])):
        yield last, match[1]


def _separators(name: str) -> int:
    return len(_SEPARATORS.findall(name))

"""Whom a row is for: accounts by id, by name, by network, or by what is given for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batch_scheduler.model import SocialAccount
from batch_scheduler.planning import misnamed, networks
from batch_scheduler.planning.characters import tidy
from batch_scheduler.planning.directory import Directory, id_in
from batch_scheduler.planning.problem import Problem

Ids = tuple[str, ...]
_YES = {
    *("true", "yes", "y", "1", "x", "on", "✓", "✔", "☑", "✅"),
    *("wahr", "ja", "j", "vrai", "oui", "verdadero", "sí", "si"),
}
_NO = {
    *("false", "no", "n", "0", "-", "off", "none", "✗", "✘", "☐", "❌", ""),
    *("falsch", "nein", "faux", "non", "falso"),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """What a row says, by our names for its columns; only cells that are not blank.

    `ids`: as they were read. `by_network`: columns that are called like a network.
    """

    ids: Ids = ()
    names: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    by_network: Mapping[str, str] = field(default_factory=dict)

    @property
    def flagged(self) -> list[str]:
        """The networks whose column says yes."""
        return [of for of, text in self.by_network.items() if _word(text) in _YES]

    @property
    def named_by_network(self) -> dict[str, str]:
        """What stands there beside yes and no: names."""
        return {of: text for of, text in self.by_network.items() if _word(text) not in _YES | _NO}

    def __bool__(self) -> bool:
        return bool(
            self.ids or self.names or self.provider or self.flagged or self.named_by_network
        )


def _word(text: str) -> str:
    return tidy(text).casefold()


@dataclass(frozen=True, slots=True)
class Naming:
    """Whom a row is for. `problems` go by column; "": in what is given for all rows.

    `unlisted`: it takes the team's accounts to tell.
    """

    ids: Ids = ()
    problems: Mapping[str, Problem] = field(default_factory=dict)
    unlisted: bool = False


def named(cells: Cells, given: Sequence[str], directory: Directory | None) -> Naming | None:
    """`given`: whom rows are for that name nobody. None: it is not said whom this row is for."""
    if not cells:
        if not given:
            return None
        cells, given = Cells(names={"": "\n".join(given)}), ()
    by_ids = _by_ids_alone(cells)
    if not by_ids.unlisted or directory is None:
        return by_ids
    return _Reader(directory, given).read(cells)


def _by_ids_alone(cells: Cells) -> Naming:
    """As far as it can be told without the team's accounts."""
    ids, unlisted = [*cells.ids], bool(cells.flagged or (cells.provider and not cells.ids))
    for text in (*cells.names.values(), *cells.named_by_network.values()):
        read = [id_in(parts[0]) for parts in Directory().split(text)]
        ids += filter(None, read)
        unlisted |= not all(read)
    return Naming(tuple(dict.fromkeys(ids)), unlisted=unlisted)


class _Reader:
    """Reads one row by the accounts of its team."""

    def __init__(self, directory: Directory, given: Sequence[str]) -> None:
        self._directory = directory
        self._given = given
        self._problems: dict[str, list[Problem]] = {}

    def read(self, cells: Cells) -> Naming:
        """Networks beside names say where these are; beside ids, only what must be among them."""
        wanted = self._networks(cells)
        if self._problems:
            return self._naming([])
        ids = [*cells.ids]
        for column, text in cells.names.items():
            ids += self._named(column, text, [*wanted])
        for of, text in cells.named_by_network.items():
            ids += self._named(of, text, [of])
        if not (cells.names or cells.ids):
            for of, column in wanted.items():
                ids += self._on_network(column, of)
        if not self._problems:
            self._require(wanted if cells.names else {of: of for of in cells.flagged}, ids)
        return self._naming(ids)

    def _naming(self, ids: Sequence[str]) -> Naming:
        problems = {column: misnamed.together(every) for column, every in self._problems.items()}
        return Naming(tuple(dict.fromkeys(ids)), problems, unlisted=True)

    def _wrong(self, column: str, problem: Problem) -> None:
        self._problems.setdefault(column, []).append(problem)

    def _networks(self, cells: Cells) -> dict[str, str]:
        """Network → the column that asks for it."""
        wanted = {}
        for text in networks.parts(cells.provider):
            if of := self._directory.network(text):
                wanted[of] = "provider"
            elif cells.names or not cells.ids:
                self._wrong("provider", misnamed.unknown_network(text))
        return wanted | {of: of for of in cells.flagged}

    def _named(self, column: str, cell: str, within: Sequence[str]) -> Iterator[str]:
        """The ids of a list of names: each is on all of these networks, or on the one it says."""
        for whole, *parts in self._directory.split(cell):
            if parts:
                self._wrong(column, misnamed.two_ways(whole, parts))
            elif one := id_in(whole):
                yield one
            elif groups := self._directory.group(whole):
                yield from self._in_group(column, whole, groups, within)
            else:
                yield from self._one(column, whole, within)

    def _one(self, column: str, text: str, within: Sequence[str]) -> Iterator[str]:
        anywhere = self._directory.find(text)
        of = networks.network(text)
        if of and not within and all(self._is_on(one.id, [of]) for one in anywhere):
            yield from self._on_network(column, of)
        elif not within:
            yield from self._single(column, text, anywhere)
        elif self._directory.says_network(text):
            here = [one for one in anywhere if self._directory.network_of(one.id) in within]
            yield from self._single(column, text, here, " or ".join(within))
        else:
            for of in within:
                yield from self._single(column, text, self._directory.find(text, of), of)

    def _single(
        self, column: str, text: str, found: Sequence[SocialAccount], of: str | None = None
    ) -> Iterator[str]:
        if len(found) == 1:
            yield found[0].id
        elif found:
            self._wrong(column, misnamed.ambiguous(self._directory, text, found))
        else:
            self._wrong(column, misnamed.unknown(self._directory, text, of))

    def _in_group(
        self,
        column: str,
        name: str,
        groups: Sequence[tuple[str, Sequence[str]]],
        within: Sequence[str],
    ) -> Iterator[str]:
        if len(groups) > 1 or self._directory.find(name):
            self._wrong(column, misnamed.group_and_account(name))
            return
        for text in groups[0][1]:
            if one := id_in(text):
                ids, problems = [one], {}
            else:
                reader = _Reader(self._directory, ())
                ids, problems = [*reader._one(column, text, ())], reader._problems
            for problem in problems.get(column, ()):
                self._wrong(column, misnamed.in_group(problem, name))
            yield from (one for one in ids if not within or self._is_on(one, within))

    def _on_network(self, column: str, of: str) -> Iterator[str]:
        """The team's one account there; if there are several, the one that is given."""
        given = [*self._given_on(column, of)]
        if given:
            yield from given
            return
        found = self._directory.on_network(of)
        if len(found) == 1:
            yield found[0].id
        elif found:
            self._wrong(column, misnamed.several_on(self._directory, of, found))
        else:
            self._wrong(column, misnamed.none_on(self._directory, of))

    def _given_on(self, column: str, of: str) -> Iterable[str]:
        """Of what is given: that on the network, else what the service does not list."""
        listed: list[str] = []
        unlisted: list[str] = []
        for whole, *_ in self._directory.split("\n".join(self._given)):
            one = id_in(whole)
            if one and self._directory.network_of(one) is None:
                unlisted.append(one)
            elif groups := self._directory.group(whole):
                listed += self._in_group(column, whole, groups, [of])
            elif found := self._directory.find(whole, of):
                listed += self._single(column, whole, found, of)
        return listed or unlisted

    def _require(self, wanted: Mapping[str, str], ids: Sequence[str]) -> None:
        there = {self._directory.network_of(one) for one in ids}
        for of, column in wanted.items():
            if not there & {of, None}:
                self._wrong(column, misnamed.not_named(of))

    def _is_on(self, account: str, within: Sequence[str]) -> bool:
        return self._directory.network_of(account) in (None, *within)

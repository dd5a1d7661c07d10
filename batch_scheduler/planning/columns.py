"""Where each known thing stands in a sheet, by the texts of its header row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from batch_scheduler.planning import formats
from batch_scheduler.planning.alike import alike
from batch_scheduler.planning.formats import FORMATS, Format
from batch_scheduler.planning.headings import heading
from batch_scheduler.planning.meanings import (
    BY_EXACT,
    NAMES,
    OBJECTS,
    Wording,
    exact,
    means,
)
from batch_scheduler.planning.of_results import of_no_results, result_places
from batch_scheduler.planning.problem import Problem, listed, shortened
from batch_scheduler.planning.vocabulary import IGNORE, advice, meaning

NEEDED = ("post_id", "social_account_ids", "scheduled_at")
SEPARATE = ("date", "time")
"""Together they stand for scheduled_at."""
_CORE = (*NEEDED, *SEPARATE, "timezone", "team_id")
SEVERAL = ("media_urls",)
"""What may stand in more than one column."""


@dataclass(slots=True)
class Columns:
    """Where each known thing stands, by position in the header.

    `means`: what each column is taken for, by position: one of NAMES, also with a key behind a
    dot, IGNORE, one of formats.SPECIAL, or None for what is not understood. `known` and `dotted`:
    the same the other way round. `other`: all that a results sheet repeats: everything but what
    says team, post, accounts, time, zone and an earlier run's outcome. `added`: made of other
    columns, behind those of the sheet. `headless`: there is no header row, so nothing is known.
    `results`: where a results sheet has its own columns, by name; empty for other sheets.
    """

    means: list[str | None] = field(default_factory=list)
    form: Format | None = None
    known: dict[str, int] = field(default_factory=dict)
    dotted: dict[tuple[str, str], int] = field(default_factory=dict)
    unnamed: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    headless: bool = False
    results: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[str | None, Problem]] = field(default_factory=list)

    @property
    def status(self) -> int | None:
        return self.results.get("status")

    @property
    def separate(self) -> bool:
        """Whether date and time of day stand in columns of their own."""
        return all(name in self.known for name in SEPARATE)

    @property
    def meant(self) -> list[int]:
        """The columns of the sheet that count for something."""
        idle = (None, IGNORE, formats.LOST)
        return [at for at, name in enumerate(self.means) if name not in idle]

    def places(self, name: str) -> list[int]:
        """All the columns that mean it."""
        return [place for place, one in enumerate(self.means) if one == name]


_MOST_ADVISED = 100
"""Unknown columns for which the nearest name is looked for: it takes a while."""
_LONGEST = 64
"""More letters than a name has in any spelling."""
_ROLES = {
    "post_id": "post",
    "text": "post",
    "social_account_ids": "accounts",
    "social_accounts": "accounts",
    "provider": "accounts",
    "account": "accounts",
    "scheduled_at": "time",
    "date": "time",
    "time": "time",
}


def likeness(row: Sequence[str], wording: Wording | None = None) -> int:
    """How many of what a sheet must say a row names: the row that names most is the header."""
    texts = [text for text in row if text and len(text) <= _LONGEST]
    named = means(texts, wording or Wording(), formats.by_header(texts))
    return len({_ROLES[name] for name in named if name in _ROLES})


def read_columns(header: Sequence[str], wording: Wording | None = None) -> Columns:
    wording = wording or Wording()
    results = result_places(header)
    own = [place for place in range(len(header)) if place not in results.values()]
    texts = [header[place] for place in own]
    form = formats.by_name(wording.format) if wording.format else formats.by_header(texts)
    columns = Columns(form=form, results=results)
    found = {at: BY_EXACT.get(exact(name), IGNORE) for name, at in results.items()}
    columns.known = {name: at for at, name in found.items() if name in _CORE}
    meant = found | dict(zip(own, means(texts, wording, form), strict=True))
    columns.means = [meant[place] for place in range(len(header))]
    for place in own:
        _place(columns, header, place)
    for name in NEEDED:
        if name == "scheduled_at" and columns.separate:
            _only_one_time(columns, header)
        elif name not in columns.known and not _stood_in_for(name, columns):
            columns.problems.append((None, missing(name, header)))
    return columns


def _only_one_time(columns: Columns, header: Sequence[str]) -> None:
    """Date and time of day stand for scheduled_at, and can't stand beside it."""
    whole = columns.known.get("scheduled_at")
    if whole is None:
        return
    for place in (columns.known.pop(name) for name in SEPARATE):
        columns.problems.append((header[place], _duplicate(header[place], header[whole])))
        columns.other.append(place)


def _place(columns: Columns, header: Sequence[str], place: int) -> None:
    text, name = header[place], columns.means[place]
    earlier = place
    if not text:
        columns.unnamed.append(place)
        return
    if name is None:
        advised = len(columns.problems) < _MOST_ADVISED
        columns.problems.append((text, _unknown(shortened(text), header if advised else ())))
    elif name in NAMES:
        earlier = columns.known.setdefault(name, place)
    elif "." in name:
        whole, _, key = name.partition(".")
        earlier = columns.dotted.setdefault((whole, key), place)
    again = earlier != place and name not in SEVERAL
    if again:
        columns.problems.append((text, _duplicate(text, header[earlier])))
    if name not in _CORE or again:
        columns.other.append(place)


def _unknown(text: str, header: Sequence[str]) -> Problem:
    """`header`: empty where there are too many to advise on."""
    if lost := of_no_results(text, header):
        return lost
    if doubt := advice(text):
        message = f'What the column "{text}" is for can\'t be told by its name.'
        hint = f'{doubt} Or name it "#{text}".{_template(header)}'
        return Problem("unknown-column", message, hint)
    name = nearest(text) if header else ""
    mean = f'Did you mean "{name}"? ' if name else f"Known are: {', '.join(NAMES)}. "
    say = f'Say so with --map "{text}={name or "…"}". '
    ignore = f'A column that is only for you begins with # or note: "#{text}".'
    return Problem("unknown-column", f'The column "{text}" is not known.', mean + say + ignore)


def _template(header: Sequence[str]) -> str:
    """What to add to a hint where a template has all of a header's words, and others too."""
    likely = [form for form in FORMATS if header and all(map(form.meaning, filter(None, header)))]
    choose = " or ".join(f"--format {form.name} ({form.title}'s template)" for form in likely)
    return f" If that is what it is: {choose}." if likely else ""


def nearest(text: str) -> str:
    """Our name that is most like a text, for a person to judge; "" if none is."""
    head, dot, key = text.partition(".")
    said = meaning(heading(text).name)
    near = alike(exact(head), BY_EXACT)
    name = said or (BY_EXACT[near[0]] if near else "")
    return f"{name}.{key}" if dot and key and name in OBJECTS else name


def _stood_in_for(name: str, columns: Columns) -> bool:
    """Of accounts accounts.py says what is missing."""
    return name == "social_account_ids" or (name == "post_id" and "text" in columns.known)


def _duplicate(text: str, earlier: str) -> Problem:
    ignore = f': --map "{text}={IGNORE}" or --map "{earlier}={IGNORE}"' if text != earlier else ""
    return Problem(
        "duplicate-column",
        f'The column "{text}" says the same thing as "{earlier}" before it.',
        f"Keep one of them{ignore}; let the name of the other begin with #.",
    )


def missing(name: str, header: Sequence[str]) -> Problem:
    found = [text for text in header if text]
    seen = f"The header row has: {listed(found, 12)}." if found else "There is nothing in it."
    return Problem(
        "missing-column",
        f'There is no column "{name}".',
        f'Name it "{name}" in the header row, near the top, or say which column it is: '
        f'--map "…={name}".{_INSTEAD.get(name, "")} {seen}',
    )


_INSTEAD = {
    "post_id": ' Or write the posts themselves into a column "text".',
    "social_account_ids": " For a file that names none, give them: --account instagram:@acme.",
}

"""Files whose first row is a post already. What their columns are is never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from batch_scheduler.model import Sheet, is_uuid
from batch_scheduler.planning.formats import FORMATS, Format
from batch_scheduler.planning.meanings import known
from batch_scheduler.planning.problem import Problem, listed, shortened
from batch_scheduler.planning.vocabulary import IGNORE, meaning

_TIME = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:\D.*)?"
    r"|(?:\w{3,9}\.? )?\d{1,2}(?:st|nd|rd|th|\.)?,? \w{3,9}\.?,? \d{4}(?:\D.*)?"
    r"|(?:\w{3,9},? )?\w{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}(?:\D.*)?",
    re.DOTALL,
)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


def is_data(row: Sequence[str]) -> bool:
    """Whether a row can be no header: a cell is a time, an address or an id."""
    return any(_TIME.fullmatch(text) or _URL.match(text) or is_uuid(text) for text in row)


def names(row: Sequence[str], form: Format) -> bool:
    """Whether a row is a header although the template has none: two of its cells are names."""
    said = {form.meaning(text) or known(text) or meaning(text) for text in row if text}
    return len(said - {None}) > 1 and not is_data(row)


def with_header(sheet: Sheet, form: Format) -> Sheet | Problem:
    """The sheet with the template's own names above it, and its first row among the others."""
    filled = [place for place, text in enumerate(sheet.header, 1) if text]
    width, texts = max(filled, default=0), [*form.columns]
    if width > len(texts) or not (form.headless or len(texts) in (width, len(sheet.header))):
        return Problem(
            "missing-header",
            f"The first row is a post and no header, and it has {len(sheet.header)} columns where "
            f"{form.title}'s template has {len(texts)}: {listed(texts, 12)}.",
            "Write the names of the columns into a row above it.",
        )
    first = pd.DataFrame(
        [sheet.header], index=pd.Index([sheet.header_row], name="row"), dtype="str"
    )
    own = [*texts, *[""] * len(sheet.header)][: len(sheet.header)]
    frame = pd.concat([first, sheet.frame])
    return replace(sheet, header=tuple(own), frame=frame, header_row=sheet.header_row - 1)


def no_header(row: Sequence[str]) -> Problem:
    cell = next(text for text in row if is_data([text]))
    likely = likely_formats(row)
    named = " or ".join(f"{form.title}'s template" for form in likely)
    choose = " or ".join(f"--format {form.name}" for form in likely)
    hint = "write the names of the columns into a row above it (text, scheduled_at, …)."
    return Problem(
        "missing-header",
        f'The first row is a post and no header: it has "{shortened(cell, 50)}".',
        f"This looks like {named}: add {choose}; or {hint}" if likely else hint.capitalize(),
    )


def likely_formats(row: Sequence[str]) -> list[Format]:
    """Templates that have times and addresses in the same places, and as many columns."""
    fit = [form for form in FORMATS if form.positional and _fits(row, [*form.columns.values()])]
    return [form for form in fit if len(form.columns) == len(row)] or fit


def _fits(row: Sequence[str], meanings: Sequence[str]) -> bool:
    if not len(meanings) - 1 <= len(row) <= len(meanings):
        return False
    pairs = [*zip(row, meanings, strict=False)]
    times = [
        what == "scheduled_at" if ":" in text else what == "date"
        for text, what in pairs
        if _TIME.fullmatch(text)
    ]
    links = [
        what not in ("text", "title", "scheduled_at", "date", IGNORE)
        for text, what in pairs
        if _URL.fullmatch(text)
    ]
    return len(times) == 1 and all(times) and all(links)

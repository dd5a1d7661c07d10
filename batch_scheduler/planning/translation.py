"""A sheet in another scheduler's shape → one that the rest of planning reads.

The cells stay as they are, with their header texts and positions. What the shape says in several
columns, or in a part of one, gets a column of its own behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from batch_scheduler.model import RESULT_COLUMNS, Sheet
from batch_scheduler.planning import formats
from batch_scheduler.planning.columns import Columns, read_columns
from batch_scheduler.planning.distinct import distinct
from batch_scheduler.planning.formats import Format
from batch_scheduler.planning.headings import heading
from batch_scheduler.planning.headless import is_data, names, no_header, with_header
from batch_scheduler.planning.meanings import NAMES, Wording, is_own, known
from batch_scheduler.planning.of_results import is_of_results
from batch_scheduler.planning.problem import Problem, listed
from batch_scheduler.planning.vocabulary import IGNORE, meaning

_MEDIA = ("image", "photo", "picture", "video", "gif", "reel", "carousel")


def headed(sheet: Sheet, wording: Wording) -> Sheet | Problem:
    """The sheet with a header, also where its shape comes without one."""
    form = _form(sheet, wording)
    headless = not names(sheet.header, form) if form and form.headless else is_data(sheet.header)
    if not headless:
        return sheet
    return with_header(sheet, form) if form else no_header(sheet.header)


def translated(
    sheet: Sheet, wording: Wording, accounts_given: bool = False
) -> tuple[Sheet, Columns]:
    """The sheet with columns added, and where things stand in it."""
    form = _form(sheet, wording)
    wording = replace(wording, format=form.name if form else None)
    own = headed(sheet, wording)
    if isinstance(own, Problem):
        means: list[str | None] = [None] * len(sheet.header)
        return sheet, Columns(means=means, problems=[(None, own)], headless=True)
    sheet = own
    columns = read_columns(sheet.header, wording)
    if form and not {"text", "scheduled_at", "date"} & {
        form.meaning(text) for text in sheet.header
    }:
        columns.problems.insert(0, (None, _wrong(form)))
    if accounts_given:
        _ignore_brand(sheet, columns)
    return _with_parts(sheet, columns), columns


def _form(sheet: Sheet, wording: Wording) -> Format | None:
    """A results sheet says by itself what was said when it was made."""
    if not wording.format or is_of_results(sheet.header):
        return None
    return formats.by_name(wording.format)


def _ignore_brand(sheet: Sheet, columns: Columns) -> None:
    """A brand that all rows have says nothing where a person says which accounts are meant."""
    place = columns.known.get("account", -1)
    brand = columns.form and columns.form.brand
    if not brand or heading(sheet.header[place]).word != heading(brand).word or place < 0:
        return
    if len({text.strip() for text in distinct(sheet.frame[place]).values} - {""}) == 1:
        columns.means[place] = IGNORE
        del columns.known["account"]


def _wrong(form: Format) -> Problem:
    return Problem(
        "wrong-format",
        f"This is not {form.title}'s template: that has {listed(form.columns, 12)}.",
        "Leave --format out, or name the right one.",
    )


def _with_parts(sheet: Sheet, columns: Columns) -> Sheet:
    parts = [*_parts(sheet, columns)]
    if not parts:
        return sheet
    frame, header = sheet.frame.copy(deep=False), list(sheet.header)
    for name, source, texts in parts:
        columns.known[name] = place = len(header)
        columns.means.append(name)
        columns.added.append(place)
        frame[place] = pd.array(texts, dtype="str")
        header.append(sheet.header[source])
    return replace(sheet, header=tuple(header), frame=frame)


def _parts(sheet: Sheet, columns: Columns) -> Iterator[tuple[str, int, Sequence[str]]]:
    """Our name, the column that it is taken from, or the first of them, and the cells."""
    media = columns.places("media_urls")
    if len(media) > 1:
        yield "media_urls", media[0], _joined(sheet.frame[media])
    for place in columns.places(formats.MEDIA_OR_LINK):
        kinds = [sheet.frame[kind].tolist() for kind in columns.places(formats.KIND)]
        texts = sheet.frame[place].tolist()
        yield "media_urls", place, _of_kind(texts, *kinds)
    form, comment = columns.form, columns.known.get("first_comment")
    if form and form.comments and comment is not None:
        cells = sheet.frame[comment].tolist()
        yield "first_comment", comment, [text.partition(form.comments)[0].strip() for text in cells]


def _joined(cells: pd.DataFrame) -> list[str]:
    rows = zip(*(cells[place].tolist() for place in cells), strict=True)
    return ["\n".join(text for text in row if text.strip()) for row in rows]


def _of_kind(texts: Sequence[str], kinds: Sequence[str] | None = None) -> Sequence[str]:
    """Those that are pictures or videos."""
    if kinds is None:
        return texts
    return [text if is_media(kind) else "" for text, kind in zip(texts, kinds, strict=True)]


def is_media(kind: str) -> bool:
    return kind.strip().lower().rstrip("s") in _MEDIA


def restated(header: Sequence[str], columns: Columns) -> dict[int, str]:
    """Position → header text of what a results sheet repeats, so that it says the same by itself.

    The texts stay as they are where that is enough; else what was said by --map or --format, and
    what is ignored, is said in the text: "media_urls (link)", "# Label(s)".
    """
    own = {place: header[place] for place in sorted(columns.other) if place not in columns.added}
    again = read_columns([*RESULT_COLUMNS, *own.values()])
    meant = [columns.means[place] for place in own]
    if again.means[len(RESULT_COLUMNS) :] == meant and again.form == columns.form:
        return own
    made = {place: str(columns.means[place]) for place in columns.added}
    said = zip(own, meant, strict=True)
    return {
        place: f"# {own[place]}" if name in made.values() else _restated(own[place], name)
        for place, name in said
    } | made


def _restated(text: str, name: str | None) -> str:
    if not text or name is None or known(text) == name or meaning(text) == name:
        return text
    if name.partition(".")[0] in NAMES:
        return name if "." in name else f"{name} ({text})"
    return text if is_own(text) else f"# {text}"

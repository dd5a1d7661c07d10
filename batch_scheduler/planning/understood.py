"""What the header row of a sheet was taken for, to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from batch_scheduler.model import Sheet
from batch_scheduler.planning import formats
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.meanings import known
from batch_scheduler.planning.vocabulary import IGNORE


@dataclass(frozen=True, slots=True)
class Understood:
    """`means`: each header text with one of our names, "ignore", or None where it isn't known.

    `format`: the other scheduler's template that the sheet was read as.
    """

    path: str
    sheet: str | None
    format: str | None
    means: tuple[tuple[str, str | None], ...]

    def in_other_words(self) -> list[tuple[str, str]]:
        """The columns that have another name than ours, and what they are."""
        named = [(text, name) for text, name in self.means if name and name != IGNORE]
        return [(text, name) for text, name in named if known(text) != name]


def understood(sheet: Sheet, columns: Columns) -> Understood:
    pairs = zip(sheet.header, columns.means, strict=True)
    others = {*columns.results.values(), *columns.added}
    own = [pair for at, pair in enumerate(pairs) if at not in others]
    means = tuple((text, _SHOWN.get(str(name), name)) for text, name in own if text)
    title = columns.form.title if columns.form else None
    return Understood(sheet.path, sheet.name, title, means)


_SHOWN = {
    formats.LOST: IGNORE,
    formats.KIND: IGNORE,
    formats.DRAFT: IGNORE,
    formats.ELSEWHERE: IGNORE,
    formats.MEDIA_OR_LINK: "media_urls",
}

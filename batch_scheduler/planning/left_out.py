"""What a known template says that the service has no field for: said, so that nobody misses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batch_scheduler.model import Severity
from batch_scheduler.planning import formats
from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.formats import Format
from batch_scheduler.planning.meanings import is_own
from batch_scheduler.planning.problem import Findings, Problem, listed
from batch_scheduler.planning.translation import is_media
from batch_scheduler.planning.vocabulary import IGNORE

_NO = ("", "false", "no", "0", "none", "n")


def report_left_out(findings: Findings, columns: Columns) -> None:
    """One warning names all columns that are ignored; one each for what a reader would miss."""
    if columns.form is None:
        return
    header = findings.sheet.header
    missed = [*_missed(findings, columns)]
    for place, count in missed:
        findings.at_sheet(_missing(columns.form, header[place], count), header[place])
    if further := _further_comments(findings, columns):
        place, count = further
        if count:
            findings.at_sheet(_only_first(count), header[place])
    told = {place for place, _ in missed}
    ignored = [
        header[place]
        for place in (*columns.places(IGNORE), *columns.places(formats.LOST))
        if place not in told and not is_own(header[place])
    ]
    if ignored:
        findings.at_sheet(_ignored(columns.form, ignored))
    if "social_account_ids" in columns.form.columns.values():
        for place in columns.places("social_account_ids"):
            findings.at_sheet(_their_ids(columns.form, header[place]), header[place])
    for name, problem in ((formats.DRAFT, _DRAFT), (formats.ELSEWHERE, _ELSEWHERE)):
        for place in columns.places(name):
            said = findings.texts(place).where(_is_yes)
            findings.at_rows(place, said, problem)


def explain_blank_times(findings: Findings, columns: Columns) -> None:
    """Say of rows without a time what their own tool would have done with them."""
    if columns.form:
        does = f"{columns.form.title} {columns.form.without_time}"
        findings.issues = [
            replace(issue, message=f"{issue.message} {does}; here each row says when.")
            if issue.code == "missing-time"
            else issue
            for issue in findings.issues
        ]


def _missed(findings: Findings, columns: Columns) -> Iterator[tuple[int, int]]:
    """Columns that would show in what is published, and in how many rows."""
    for place in columns.places(formats.LOST):
        if count := int(findings.texts(place).where(_is_yes).sum()):
            yield place, count
    for place in columns.places(formats.MEDIA_OR_LINK):
        filled = findings.texts(place).where(_is_yes)
        for kind in columns.places(formats.KIND):
            filled &= ~findings.texts(kind).where(is_media)
            if filled.any():
                yield place, int(filled.sum())


def _further_comments(findings: Findings, columns: Columns) -> tuple[int, int] | None:
    """The column with several comments in a cell, and in how many rows."""
    form, places = columns.form, columns.places("first_comment")
    if not form or not form.comments or columns.known.get("first_comment") not in columns.added:
        return None
    separator = form.comments
    return places[0], int(findings.texts(places[0]).where(lambda text: separator in text).sum())


def _is_yes(text: str) -> bool:
    return text.strip().lower() not in _NO


def _missing(form: Format, text: str, count: int) -> Problem:
    return Problem(
        "left-out",
        f'What "{text}" says in {_rows(count)} of this {form.title} sheet is NOT published: the '
        "service has no field for it.",
        "Write what must be seen into the text, what is a setting into platform_settings; or say "
        f'that it can go: --map "{text}={IGNORE}".',
        Severity.WARNING,
    )


def _only_first(count: int) -> Problem:
    return Problem(
        "left-out",
        f"Of several comments in a cell only the first is published; that leaves out some in "
        f"{_rows(count)}.",
        "Nothing, if that is fine.",
        Severity.WARNING,
    )


def _their_ids(form: Format, text: str) -> Problem:
    return Problem(
        "assumed-account-ids",
        f'What stands in "{text}" is taken for ids of accounts in Octospark. {form.title} has ids '
        "of its own, and the service would refuse these.",
        "Nothing, if these are Octospark's (`batch-scheduler accounts` lists them). Else write "
        f'those, or name the accounts: --map "{text}={IGNORE}" --account instagram:@acme.',
        Severity.WARNING,
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _ignored(form: Format, texts: list[str]) -> Problem:
    return Problem(
        "ignored-columns",
        f"Read as {form.title}'s template; ignored, as the service has no field for them: "
        f"{listed(texts, len(texts))}.",
        "Nothing, if that is right.",
        Severity.WARNING,
    )


_DRAFT = Problem(
    "draft-row",
    "The row is a draft; here it would be published.",
    "Write FALSE if it is to be published; else delete the row.",
)
_ELSEWHERE = Problem(
    "unknown-network",
    "The service does not publish on this network.",
    "Write FALSE, and publish it there by other means.",
)

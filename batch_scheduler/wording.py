"""What a person says of a sheet's words, checked before anything is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.planning import Wording
from batch_scheduler.planning.formats import FORMATS, by_name
from batch_scheduler.planning.meanings import NAMES, known
from batch_scheduler.planning.of_results import is_of_results
from batch_scheduler.planning.problem import listed


def read_wording(mapping: Mapping[str, str], form: str | None) -> Wording:
    """Raises UsageError for a name that is none of our columns, or an unknown format."""
    meanings = {text: known(name) for text, name in mapping.items()}
    for text, meant in meanings.items():
        if meant is None:
            given = mapping[text]
            near = get_close_matches(given, NAMES, n=1)
            mean = f'did you mean "{near[0]}"? ' if near else ""
            raise UsageError(
                f'"{text}={given}": there is no column "{given}"',
                f"{mean}there are: {', '.join(NAMES)}; and ignore",
            )
    if form and by_name(form) is None:
        names = ", ".join(one.name for one in FORMATS)
        raise UsageError(f'--format: "{form}" is not known', f"known are: {names}")
    return Wording({text: name for text, name in meanings.items() if name}, form)


def require_headers(mapping: Mapping[str, str], sheets: Sequence[Sheet]) -> None:
    """Raises UsageError for a header text in --map that no sheet has.

    A results sheet says by itself what was said when it was made, with other texts.
    """
    if any(is_of_results(sheet.header) for sheet in sheets):
        return
    for text, name in mapping.items():
        if not any(Wording({text: name}).maps(own) for sheet in sheets for own in sheet.header):
            headers = dict.fromkeys(own for sheet in sheets for own in sheet.header if own)
            raise UsageError(
                f'--map "{text}={name}": there is no column "{text}"',
                f"there are: {listed(headers, 40)}",
            )

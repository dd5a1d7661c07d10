"""Where a results sheet has its own columns, also after a person has moved them."""

from __future__ import annotations

from collections.abc import Sequence

from batch_scheduler.model import RESULT_COLUMNS
from batch_scheduler.planning.meanings import exact
from batch_scheduler.planning.problem import Problem, listed

_NAMES = {exact(name): name for name in RESULT_COLUMNS}
_TELLING = 8
"""So many of its columns tell a results sheet: no other sheet has more than five."""


def result_places(header: Sequence[str]) -> dict[str, int]:
    """By name; empty where one of them is not there: then it is no results sheet."""
    found = _found(header)
    return found if len(found) == len(RESULT_COLUMNS) else {}


def is_of_results(header: Sequence[str]) -> bool:
    return bool(result_places(header))


def of_no_results(text: str, header: Sequence[str]) -> Problem | None:
    """For a column of a results sheet that has lost others: without those it is none, and nobody
    must get its rows sent again for that.
    """
    found = _found(header)
    if exact(text) not in _NAMES or not _TELLING <= len(found) < len(RESULT_COLUMNS):
        return None
    lost = listed(f'"{name}"' for name in RESULT_COLUMNS if name not in found)
    return Problem(
        "unknown-column",
        f'The column "{text}" belongs to a results sheet, but here others of its are missing: '
        f"{lost}.",
        "Put them back, at any place: then what was accepted is not sent again. Or run your own "
        "sheet.",
    )


def _found(header: Sequence[str]) -> dict[str, int]:
    """What stands there twice counts where it stands first."""
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        if name := _NAMES.get(exact(text)):
            places.setdefault(name, place)
    return places

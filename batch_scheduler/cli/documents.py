"""The JSON documents on standard output."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from batch_scheduler.model import Issue, Status, utc_text

if TYPE_CHECKING:
    from batch_scheduler.history import Finished
    from batch_scheduler.ledger import RunRecord
    from batch_scheduler.marking import Marked
    from batch_scheduler.planning import Plan, Understood
    from batch_scheduler.preparation import Figures


def print_json(value: dict[str, Any] | list[Any]) -> None:
    """ASCII alone, so that no terminal's or pipe's encoding can spoil it.

    A key, and an item of its list, to a line; written one by one, for there can be 500,000 issues.
    """
    sys.stdout.writelines(_document(value))
    sys.stdout.write("\n")


def _document(value: dict[str, Any] | list[Any]) -> Iterator[str]:
    if isinstance(value, list):
        return _items(value, "\n")
    return _between("{}", "\n", (_keyed(key, one) for key, one in value.items()))


def _keyed(key: str, value: Any) -> Iterator[str]:
    yield f"{in_a_line(key)}: "
    yield from _items(value, "\n ") if isinstance(value, list) else (in_a_line(value),)


def _items(values: list[Any], line: str) -> Iterator[str]:
    return _between("[]", line, ((in_a_line(one),) for one in values))


def _between(brackets: str, line: str, pieces: Iterable[Iterable[str]]) -> Iterator[str]:
    """Each piece in a line of its own; nothing between the brackets where there is none."""
    yield brackets[0]
    before = f"{line} "
    for piece in pieces:
        yield before
        yield from piece
        before = f",{line} "
    yield brackets[1] if before[0] != "," else f"{line}{brackets[1]}"


def _issue(issue: Issue) -> dict[str, Any]:
    return dict(zip(_ISSUE, _cells(issue), strict=True))


_ISSUE = tuple(one.name for one in fields(Issue))
_cells = attrgetter(*_ISSUE)
in_a_line = json.JSONEncoder(default=_issue).encode
"""A document with issues in it, as JSON."""


def of_plan(plan: Plan | Figures) -> dict[str, Any]:
    """`posts` and `media`, which are created and imported before the calls, where there are any."""
    first = {"posts": plan.posts, "media": plan.media} if plan.posts else {}
    return {
        "valid": plan.valid,
        "rows": plan.rows,
        "deliveries": plan.deliveries,
        "calls": plan.calls,
        **first,
        "columns": [_columns(one) for one in plan.understood],
        "issues": list(plan.issues),
    }


def _columns(sheet: Understood) -> dict[str, Any]:
    """What each column of a sheet is taken for: the name of one of ours, "ignore", or null."""
    return {
        "path": sheet.path,
        "sheet": sheet.sheet,
        "format": sheet.format,
        "columns": [{"column": text, "means": name} for text, name in sheet.means],
    }


def of_checked(plan: Plan, marked: Sequence[Marked]) -> dict[str, Any]:
    return of_plan(plan) | _marked(marked)


def of_finished(done: Finished) -> dict[str, Any]:
    """A run: what was planned, if it was planned just now, and what came of it."""
    planned = of_plan(done.figures) if done.figures else {"issues": list(done.run.issues)}
    return {
        **planned,
        "run": done.run.id,
        "status": done.run.status,
        "reason": done.run.reason,
        "counts": _counts(done.counts),
        "results": [str(path) for path in done.results],
        **_marked(done.marked),
    }


def of_resumed(finished: Sequence[Finished]) -> dict[str, Any]:
    """All runs together, and each by itself under `runs`."""
    runs = [of_finished(done) for done in finished]
    together = Counter[str]()
    for done in finished:
        together.update(done.counts)
    worst = max((done.run.status for done in finished), key=_ENDINGS.index, default="complete")
    return {
        "run": finished[0].run.id if len(finished) == 1 else None,
        "status": worst,
        "counts": _counts(together),
        "results": [path for run in runs for path in run["results"]],
        "runs": runs,
    }


_ENDINGS = ("complete", "partial", "aborted", "interrupted")


def of_record(run: RunRecord, counts: Mapping[str, int]) -> dict[str, Any]:
    """A run in a list of runs."""
    finished = run.finished_at
    return {
        "run": run.id,
        "status": run.status,
        "reason": run.reason,
        "counts": _counts(counts),
        "service": run.service,
        "rows": run.rows,
        "started_at": utc_text(run.started_at),
        "finished_at": None if finished is None else utc_text(finished),
    }


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(status): counts.get(status, 0) for status in Status}


def _marked(marked: Sequence[Marked]) -> dict[str, Any]:
    """Only where there are marked copies."""
    paths = [str(one.path) for one in marked if one.path]
    return {"marked": paths} if paths else {}

"""A night in words: enough to act on from a phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from batch_scheduler.history import Finished, Trouble
from batch_scheduler.inbox import DONE, PROBLEMS
from batch_scheduler.model import Issue, Severity, Status
from batch_scheduler.night import LEFT, MOST_TROUBLES, Handled, Night, Resumed
from batch_scheduler.notices import Letter

_MOST_SHEETS = 20
_MOST_ROWS = 5
_SAID = {DONE: "done", PROBLEMS: "with problems", LEFT: "not over yet"}


def letter_of(night: Night, signed: str = "") -> Letter:
    """`signed`: where and when it was; a letter can come late."""
    lines = [_headline(night), ""]
    if night.stopped:
        lines += [f"Stopped: {night.stopped.message}", *_remedy(night.stopped.hint), ""]
    for resumed in night.resumed:
        lines += [*_resumed(resumed), ""]
    shown = sorted(night.handled, key=lambda one: one.is_good)[:_MOST_SHEETS]
    for one in shown:
        lines += [*_sheet(one), ""]
    if len(night.handled) > len(shown):
        lines += [f"… and {len(night.handled) - len(shown)} more sheets.", ""]
    if night.book:
        lines += [f"All results in one workbook: {night.book}", ""]
    body = "\n".join([*lines, signed]).rstrip()
    return Letter(f"batch-scheduler: {_headline(night)}", body, night.is_good)


def _headline(night: Night) -> str:
    sheets = Counter(one.outcome for one in night.handled)
    parts = [
        "stopped" if night.stopped else "",
        *(f"{_sheets(sheets[one])} {said}" for one, said in _SAID.items() if sheets[one]),
        f"{len(night.resumed)} of earlier nights gone on with" if night.resumed else "",
    ]
    return ", ".join(filter(None, parts)) or "there was nothing to do"


def _sheets(count: int) -> str:
    return f"{count} sheet{'s' if count > 1 else ''}"


def _resumed(one: Resumed) -> Iterator[str]:
    done = one.finished
    yield f"Run {done.run.id}, of an earlier night: {_counted(done.counts)}."
    yield from _told([_trouble(each) for each in one.troubles])
    yield from (f"  {line}" for line in _results(done))


def _sheet(one: Handled) -> Iterator[str]:
    state = _SAID[LEFT] if one.outcome == LEFT else one.outcome
    counted = f": {_counted(one.finished.counts)}" if one.finished else ""
    yield f"{one.name}: {state}{counted}."
    if one.before:
        yield f"  The same sheet was here before ({one.before}); what was accepted stayed so."
    if one.error:
        yield f"  {one.error.message}"
        yield from (f"  {line}" for line in _remedy(one.error.hint))
    if one.finished:
        issues = one.finished.figures.issues if one.finished.figures else one.finished.run.issues
        yield from _told([_issue(each) for each in issues if each.severity is Severity.ERROR])
        yield from _told([_trouble(each) for each in one.troubles])
        yield from (f"  {line}" for line in _to_mend(one.finished))
        yield from (f"  {line}" for line in _results(one.finished))
    elif one.place:
        yield f"  It lies at {one.place}"


def _told(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  - {line}" for line in lines[:MOST_TROUBLES])
    if len(lines) > MOST_TROUBLES:
        yield f"  … and {len(lines) - MOST_TROUBLES:,} more problems"


def _issue(issue: Issue) -> str:
    value = f'"{issue.value}"' if issue.value else ""
    said = issue.message.removeprefix(f"{value}: ")
    place = ", ".join(
        part
        for part in (
            f"row {issue.row}" if issue.row else "the whole sheet",
            issue.column or "",
            "" if value in said else value,
        )
        if part
    )
    return f"{place}: {said} {issue.hint}".rstrip()


def _trouble(trouble: Trouble) -> str:
    code = f" ({trouble.code})" if trouble.code else ""
    what = f"{_rows(trouble.rows)}, {trouble.account}, {trouble.at}"
    return f"{what}: {trouble.status}{code}{': ' if trouble.error else ''}{trouble.error}"


def _rows(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:_MOST_ROWS]))
    more = f" … ({len(rows):,})" if len(rows) > _MOST_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _to_mend(done: Finished) -> list[str]:
    wrong = any(done.counts.get(status) for status in (Status.REJECTED, Status.INVALID))
    if not wrong:
        return []
    return _remedy("mend it and put it into the inbox again: what is accepted stays so")


def _counted(counts: Mapping[str, int]) -> str:
    total = Counter({str(status): count for status, count in counts.items() if count})
    return (
        ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in total.items())
        or "no rows"
    )


def _results(done: Finished) -> list[str]:
    return [f"Results: {Path(path)}" for path in done.results]


def _remedy(hint: str) -> list[str]:
    return [f"→ {hint}"] if hint else []

"""The texts of options → their values. All raise BadParameter, which says what to give."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from batch_scheduler.settings import HELD_CODES

RETRIED = ("rejected", "waiting", "held", "invalid", "in_doubt")
"""Statuses of which rows can be sent again."""


def instant(text: str) -> float:
    """Seconds since 1970 of a date, in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("give a date, such as 2027-05-01") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def settle(text: str | float | None) -> float | None:
    """None: never."""
    if text is None or str(text).strip().lower() == "never":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise typer.BadParameter('give a number of seconds, or "never"')
    return seconds


def held_codes(text: str) -> list[str]:
    codes = [code.strip() for code in text.split(",") if code.strip()]
    unknown = [code for code in codes if code not in HELD_CODES]
    if unknown or not codes:
        raise typer.BadParameter(f"the codes are: {', '.join(HELD_CODES)}")
    return codes


def statuses(text: str) -> list[str]:
    chosen = [status.strip().lower() for status in text.split(",") if status.strip()]
    if not chosen or any(status not in RETRIED for status in chosen):
        raise typer.BadParameter(f"give some of: {', '.join(RETRIED)}")
    return chosen


def retried(statuses: list[str] | None, may_duplicate: bool) -> frozenset[str]:
    """Raises BadParameter where it is not said that a post may go out twice."""
    chosen = frozenset(statuses or ("rejected", "waiting"))
    if ("in_doubt" in chosen) != may_duplicate:
        raise typer.BadParameter(
            "what is in doubt may be scheduled already: to send it all the same, give both "
            "--status in_doubt and --may-duplicate"
        )
    return chosen


def mapped(pairs: list[str] | None) -> dict[str, str]:
    """Header text → our name, from "TEXT=NAME" each."""
    split = [pair.rpartition("=") for pair in pairs or []]
    if any(not text.strip() or not name.strip() for text, _, name in split):
        raise typer.BadParameter(
            'give a header text and the name of a column: --map "Publish at=scheduled_at"'
        )
    return {text.strip(): name.strip() for text, _, name in split}

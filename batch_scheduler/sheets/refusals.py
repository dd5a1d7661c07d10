"""What is said of files that are refused for what they are, whichever reader finds it."""

from __future__ import annotations

from batch_scheduler.errors import UsageError

_MOST_LETTERS = 200


def damaged(path: str, error: Exception) -> UsageError:
    return UsageError(
        f"{path} is damaged, or no usual workbook: {str(error)[:_MOST_LETTERS]}.",
        "Open it in your spreadsheet program and save it again as .xlsx.",
    )


def protected(path: str) -> UsageError:
    return UsageError(
        f"{path} is protected by a password.",
        "Open it, save it without a password, and try again.",
    )

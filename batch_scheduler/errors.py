"""What the program can't go on with. Each says what to do next, and which exit code it means."""

from __future__ import annotations


class BatchSchedulerError(Exception):
    """Any reason to stop that a person can act on. `hint` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BatchSchedulerError):
    """Wrong or missing settings, or a file that can't be read."""

    exit_code = 2


class LedgerError(BatchSchedulerError):
    """The ledger can't be opened, read or written; nothing is sent without it."""

    exit_code = 6


class HeldByAnotherRun(BatchSchedulerError):
    """A living run holds the same deliveries."""

    exit_code = 5


class ServiceUnusable(BatchSchedulerError):
    """Every call would fail: the credentials, the base URL, or a service that is down."""

    exit_code = 6


class Interrupted(BatchSchedulerError):
    """A person or the system stopped the run; what is left is waiting."""

    exit_code = 130

"""The command line. It only calls app, and imports pandas and the rest where needed."""

from batch_scheduler.cli import config, inbox, report, undo, upkeep  # they add their commands
from batch_scheduler.cli.commands import main

__all__ = ["config", "inbox", "main", "report", "undo", "upkeep"]

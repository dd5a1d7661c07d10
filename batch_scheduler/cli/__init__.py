"""The command line. It only calls app, and imports pandas and the rest where needed."""

from batch_scheduler.cli import upkeep  # adds its commands
from batch_scheduler.cli.commands import main

__all__ = ["main", "upkeep"]

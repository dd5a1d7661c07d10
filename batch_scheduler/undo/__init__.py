"""Taking back what a run got scheduled, as far as the service allows, and saying what came of it.

The service documents no way to cancel one scheduled post. It has one to move a post to draft, and
it is assumed that this takes back all that is scheduled of it.
"""

from batch_scheduler.undo.sheet import ASSUMED
from batch_scheduler.undo.target import Word
from batch_scheduler.undo.undoing import Undoing, Undone, require_free

__all__ = ["ASSUMED", "Undoing", "Undone", "Word", "require_free"]

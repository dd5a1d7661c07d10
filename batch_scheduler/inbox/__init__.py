"""A folder that sheets are put into: which are whole, taking each once, and putting it away."""

from batch_scheduler.inbox.arrivals import Arrivals
from batch_scheduler.inbox.folder import Inbox, InboxBusy, Untold
from batch_scheduler.inbox.taken import DONE, PROBLEMS, Taken

__all__ = ["DONE", "PROBLEMS", "Arrivals", "Inbox", "InboxBusy", "Taken", "Untold"]

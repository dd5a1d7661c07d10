"""The care: each planned call is sent once, and what came of it is written down."""

from batch_scheduler.sending.caller import Limits
from batch_scheduler.sending.session import Service, Session
from batch_scheduler.sending.tally import Tally

__all__ = ["Limits", "Service", "Session", "Tally"]

"""The care: each planned call is sent once, and what came of it is written down."""

from batch_scheduler.sending.clock import steady
from batch_scheduler.sending.limits import Limits
from batch_scheduler.sending.lookup import (
    FOR_COMFORT,
    Found,
    Patience,
    account_of,
    list_accounts,
    look_up,
)
from batch_scheduler.sending.service import Service
from batch_scheduler.sending.service_clock import ServiceClock
from batch_scheduler.sending.session import Session
from batch_scheduler.sending.tally import Tally

__all__ = [
    "FOR_COMFORT",
    "Found",
    "Limits",
    "Patience",
    "Service",
    "ServiceClock",
    "Session",
    "Tally",
    "account_of",
    "list_accounts",
    "look_up",
    "steady",
]

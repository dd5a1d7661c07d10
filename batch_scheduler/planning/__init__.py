"""Rows → issues, deliveries, calls. Pure: no clock, network or file in here; all the meaning."""

from batch_scheduler.planning.columns import likeness
from batch_scheduler.planning.created import asked_contents, with_posts
from batch_scheduler.planning.defaults import Defaults
from batch_scheduler.planning.meanings import Wording
from batch_scheduler.planning.plan import KNOWN_COLUMNS, Plan, known_deliveries, make_plan
from batch_scheduler.planning.publishing import Unfits, unfit_accounts, without_unfit
from batch_scheduler.planning.retrying import with_status
from batch_scheduler.planning.rules import Rules
from batch_scheduler.planning.together import together
from batch_scheduler.planning.translation import headed
from batch_scheduler.planning.understood import Understood
from batch_scheduler.planning.wishes import Source, Wishes, read_wishes

__all__ = [
    "KNOWN_COLUMNS",
    "Defaults",
    "Plan",
    "Rules",
    "Source",
    "Understood",
    "Unfits",
    "Wishes",
    "Wording",
    "asked_contents",
    "headed",
    "known_deliveries",
    "likeness",
    "make_plan",
    "read_wishes",
    "together",
    "unfit_accounts",
    "with_posts",
    "with_status",
    "without_unfit",
]

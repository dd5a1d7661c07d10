"""Rows → issues, deliveries, calls. Pure: no clock, network or file in here; all the meaning."""

from batch_scheduler.planning.plan import Plan, make_plan
from batch_scheduler.planning.rules import Rules
from batch_scheduler.planning.wishes import Defaults, Source, Wishes, read_wishes

__all__ = ["Defaults", "Plan", "Rules", "Source", "Wishes", "make_plan", "read_wishes"]

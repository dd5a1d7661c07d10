"""Telling people and programs how it went: messages, a heartbeat, and figures in a file."""

from batch_scheduler.notices.channels import Channels
from batch_scheduler.notices.heartbeat import Heartbeat
from batch_scheduler.notices.letter import Letter
from batch_scheduler.notices.metrics import Figures, write_metrics
from batch_scheduler.notices.outbox import Outbox

__all__ = ["Channels", "Figures", "Heartbeat", "Letter", "Outbox", "write_metrics"]

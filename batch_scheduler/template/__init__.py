"""An empty sheet to fill in: its columns, a note on each, examples and drop-downs."""

from batch_scheduler.template.workbook import write_template

__all__ = ["write_template"]

"""python -m batch_scheduler.marking: see child.py."""

import sys

from batch_scheduler.marking.child import serve

sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))

"""First on PYTHONPATH: the clock of a process is off by as many seconds as a file says, from moment
to moment. The monotonic one, which nobody can set, is as it was.
"""

import os
import time
from pathlib import Path

_off = Path(os.environ["CLOCK_OFF_BY"])
_right = time.time
time.time = lambda: _right() + float(_off.read_text(encoding="utf-8"))

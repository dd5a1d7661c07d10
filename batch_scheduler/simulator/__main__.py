"""`python -m batch_scheduler.simulator`."""

from .command import main

raise SystemExit(main())

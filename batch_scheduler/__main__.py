"""`python -m batch_scheduler`."""

from batch_scheduler.cli import main

if __name__ == "__main__":
    main()

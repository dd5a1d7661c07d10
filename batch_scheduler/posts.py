"""Posts that earlier runs created from text: found again by what the rows of a sheet say."""

from __future__ import annotations

from batch_scheduler.ledger import Ledger
from batch_scheduler.planning import Wishes, asked_contents, with_posts
from batch_scheduler.settings import Options


def found_again(ledger: Ledger | None, service: str, wishes: Wishes, options: Options) -> Wishes:
    """Rows with a text are of the post that was created from it, where the ledger knows one."""
    keys, posts = asked_contents(wishes)
    made = ledger.made(service, keys, posts) if ledger and (keys or posts) else ()
    return with_posts(wishes, made, "text-changed" in options.send_held)

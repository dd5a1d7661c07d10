"""Where messages go: mail, Slack, Teams, web hooks and whatever else apprise knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from batch_scheduler.errors import UsageError
from batch_scheduler.notices.letter import Letter


class Channels:
    """One per URL. A URL holds secrets: it is in no repr, message or log, and is not stored.

    Raises UsageError for a URL that apprise doesn't know, and where apprise is missing.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._channels = {_key(url): _channel(url, n) for n, url in enumerate(urls, 1)}

    @property
    def keys(self) -> Sequence[str]:
        """Tells channels apart, and nothing of their URLs."""
        return list(self._channels)

    def send(self, key: str, letter: Letter) -> bool:
        """Whether it was taken. Bounded in time by apprise: some seconds for each."""
        kind = "success" if letter.is_good else "warning"
        try:
            sent = self._channels[key].notify(
                title=letter.subject, body=letter.body, notify_type=kind, body_format="text"
            )
        except Exception:  # a plug-in's; what it says may hold the URL
            return False
        return bool(sent)


def _channel(url: str, number: int) -> Any:
    try:
        import apprise
    except ImportError:
        raise UsageError(
            "--notify needs the library apprise",
            "install it with: pip install 'batch-scheduler[night]'",
        ) from None
    channel = apprise.Apprise()
    if not channel.add(url):
        raise UsageError(
            f"--notify: apprise does not understand URL number {number}",
            "see https://github.com/caronc/apprise for how each service is written",
        )
    return channel


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]

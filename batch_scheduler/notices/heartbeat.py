"""A URL that is asked for at start and end, so that somebody notices when nothing runs at all."""

from __future__ import annotations

import http.client
import logging
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

from batch_scheduler.errors import UsageError

log = logging.getLogger(__name__)

_PATIENCE_S = 10.0


class Heartbeat:
    """The convention of healthchecks.io and its kin: URL/start, then URL, or URL/fail.

    The URL is a secret: whoever knows it can feign that all is well. Never raises but UsageError,
    for a URL that is none.
    """

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise UsageError("the heartbeat's URL is none", "it begins with https:// or http://")

    def begins(self) -> None:
        self._ask("/start")

    def ends(self, good: bool) -> None:
        self._ask("" if good else "/fail")

    def _ask(self, ending: str) -> None:
        url = urlunsplit(self._parts._replace(path=self._parts.path.rstrip("/") + ending))
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE_S):  # noqa: S310 - http or https
                pass
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.warning("the heartbeat failed: %s", type(error).__name__)

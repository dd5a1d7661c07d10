"""The service that a run is for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from batch_scheduler.octospark import OctosparkClient, Timeouts


@dataclass(frozen=True, slots=True)
class Service:
    """Where to send and in whose name; `timeout`: seconds for an answer."""

    base_url: str
    token: str = field(repr=False)
    timeout: float = 60.0

    @property
    def holder(self) -> str:
        """Whose limits they are: a digest, from which the token can't be had."""
        return hashlib.sha256(self.token.encode()).hexdigest()

    def client(self) -> OctosparkClient:
        return OctosparkClient(self.token, self.base_url, timeouts=Timeouts(read=self.timeout))

"""The service that a run is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from batch_scheduler.octospark import OctosparkClient, Timeouts


@dataclass(frozen=True, slots=True)
class Service:
    """Where to send and in whose name; `timeout`: seconds for an answer."""

    base_url: str
    token: str = field(repr=False)
    timeout: float = 60.0

    def client(self) -> OctosparkClient:
        return OctosparkClient(self.token, self.base_url, timeouts=Timeouts(read=self.timeout))

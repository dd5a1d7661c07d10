"""A stand-in on a real socket for each test, looked at from outside only."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from stand_in import serving

TEAM = "7ea00000-0000-4000-8000-000000000001"
TOKEN = "octo_test_anything"


class StandIn:
    """What a caller sees: requests by http.client, each on a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.address = url.removeprefix("http://")

    def call(
        self, method: str, path: str, body: Any = None, token: str = TOKEN, timeout: float = 5
    ) -> tuple[int, Any, Any]:
        """Status, headers, and the body: decoded if it is JSON, else text."""
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, raw, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
            return answer.status, answer.headers, json.loads(text) if is_json else text
        finally:
            connection.close()

    def schedule(
        self, *accounts: str, post: str | None = None, timeout: float = 5, **fields: Any
    ) -> tuple[int, Any, Any]:
        body = {
            "socialAccountIds": list(accounts or [account(1)]),
            "scheduledAt": "2999-05-01T07:00:00Z",
        } | fields
        path = f"/v1/teams/{TEAM}/posts/{post or a_post(1)}/schedule-multi"
        return self.call("POST", path, body, timeout=timeout)

    def effects(self) -> list[dict[str, Any]]:
        effects: list[dict[str, Any]] = self.call("GET", "/__record")[2]["effects"]
        return effects

    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self.call("GET", "/__record")[2]["requests"]
        return requests

    def scheduled(self) -> list[str]:
        """The accounts that something was scheduled on, in order."""
        return [it["socialAccountId"] for it in self.effects() if it["kind"] == "scheduled"]

    def soon(self, what: Callable[[], bool], within: float = 5.0) -> bool:
        """Whether it becomes true in time."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if what():
                return True
            time.sleep(0.01)
        return False


def account(number: int) -> str:
    return f"acc00000-0000-4000-8000-0000000000{number:02x}"


def a_post(number: int) -> str:
    return f"b0570000-0000-4000-8000-0000000000{number:02x}"


@contextmanager
def _in_a_thread(**values: Any) -> Iterator[StandIn]:
    with serving(**values) as url:
        yield StandIn(url)


@pytest.fixture
def start() -> Iterator[Callable[..., StandIn]]:
    """start(option=value, …) starts a stand-in for the length of the test."""
    with ExitStack() as stack:
        yield lambda **values: stack.enter_context(_in_a_thread(**values))


@pytest.fixture
def stand_in(start: Callable[..., StandIn]) -> StandIn:
    """A stand-in with no options."""
    return start()

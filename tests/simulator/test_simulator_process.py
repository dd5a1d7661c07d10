"""The stand-in as a child process: quick to start, and never outlives its owner."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from batch_scheduler.simulator import Options, StartFailed, running

TEAM = "7ea00000-0000-4000-8000-000000000001"
TOKEN = {"Authorization": "Bearer octo_test_anything"}
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
COMMAND = [sys.executable, "-m", "batch_scheduler.simulator"]
NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")


def _reachable(url: str) -> bool:
    port = int(url.rsplit(":", 1)[1])
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _gone_within(url: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while _reachable(url) and time.monotonic() < end:
        time.sleep(0.02)
    return not _reachable(url)


def _get(url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=TOKEN), timeout=5) as answer:
        return json.loads(answer.read())


def test_it_runs_as_long_as_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with running(Options(record="record.jsonl", faults={"409": 0.5})) as url:
        assert url.startswith("http://127.0.0.1:")
        assert _get(f"{url}/v1/agent/context")["defaultTeamId"] == TEAM
        assert (tmp_path / "record.jsonl").exists()
    assert not _reachable(url)


def test_it_ends_when_the_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), running() as url:
        raise ZeroDivisionError
    assert not _reachable(url)


def test_a_start_that_fails_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = Options(record=str(tmp_path / "missing" / "record.jsonl"))
    with pytest.raises(StartFailed), running(options):
        pass
    assert "missing" in capfd.readouterr().err


def test_a_hanging_call_does_not_keep_it() -> None:
    with running(Options(read_faults=1, hang_seconds=60)) as url:
        port = int(url.rsplit(":", 1)[1])
        callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
        for caller in callers:
            caller.sendall(b"GET /v1/teams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer octo_test_")
            caller.sendall(b"\r\n\r\n")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    for caller in callers:
        caller.close()


OWNER = """
import sys, time
from batch_scheduler.simulator import running
with running() as url:
    print(url, flush=True)
    time.sleep(60)
"""


@NOT_ON_WINDOWS
def test_it_is_gone_when_its_owner_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        assert _reachable(url)
        owner.kill()
        owner.wait()
        assert _gone_within(url, 5)


@NOT_ON_WINDOWS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_without_a_word(number: signal.Signals) -> None:
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        url = child.stdout.readline().strip()
        assert _get(f"{url}/v1/teams")["data"]
        child.send_signal(number)
        assert child.wait(5) == 0
        assert "Traceback" not in child.stderr.read()


@NOT_ON_WINDOWS
def test_ctrl_c_is_for_its_owner() -> None:
    with subprocess.Popen(
        [*COMMAND, "--parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        child.send_signal(signal.SIGINT)
        assert _get(f"{url}/v1/teams")["data"]
        child.stdin.close()
        assert child.wait(5) == 0


def test_a_port_that_is_taken_is_said() -> None:
    with running() as url:
        port = url.rsplit(":", 1)[1]
        command = [*COMMAND, "--port", port]
        second = subprocess.run(
            command, capture_output=True, text=True, env=ENVIRONMENT, timeout=10, check=False
        )
    assert second.returncode == 2
    assert "Traceback" not in second.stderr
    assert port in second.stderr


async def _calls_per_second(url: str, calls: int, at_once: int) -> float:
    accounts = [f"acc00000-0000-4000-8000-0000000001{n:02x}" for n in range(5)]
    body = json.dumps({"socialAccountIds": accounts, "scheduledAt": "2999-05-01T07:00:00Z"})
    numbers = iter(range(calls))

    async def work(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            path = f"/v1/teams/{TEAM}/posts/b0570000-0000-4000-8001-{number:012x}/schedule-multi"
            async with session.post(url + path, data=body) as answer:
                assert answer.status == 200
                await answer.read()

    async with aiohttp.ClientSession(headers=TOKEN) as session:
        began = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(at_once)))
        return calls / (time.perf_counter() - began)


def test_it_is_quick_enough_to_measure_others_with(tmp_path: Path) -> None:
    with running(Options(record=str(tmp_path / "record.jsonl"), show_record=False)) as url:
        # It does several thousand; a busy machine is allowed much less.
        assert asyncio.run(_calls_per_second(url, 1000, 32)) > 500
    lines = (tmp_path / "record.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6000

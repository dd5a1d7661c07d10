"""A process, and what it took: CPU, memory, time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "batch_scheduler")
LONG = os.environ.get("BATCH_SCHEDULER_LONG") == "1"
"""Whole sizes, and the benchmarks that take minutes."""

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 1


@dataclass(frozen=True, slots=True)
class Spent:
    """`cpu` in seconds, user and system; `peak` in MB of 10^6 bytes, as it was looked at often:
    what Linux tells at the end counts what the parent held when it started the child.
    """

    code: int
    cpu: float
    peak: float
    seconds: float
    out: str


class Child:
    """A process that was started and will be waited for."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        self.started = time.time()
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)}
                | {"PYTHONPATH": str(PACKAGES), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def cpu(self) -> float:
        """What it took so far, and only it."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak(self) -> float:
        """What it held at the most so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6

    def goes_on_until(self, moment: float) -> None:
        """Waits for that time, in seconds since 1970; it must not end before."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(max(0.0, moment - time.time()))
            raise AssertionError(f"it ended with {code}: {self.err}")

    def end(self) -> Spent:
        """Waits for it."""
        peak, pid = 0.0, 0
        while not pid:
            with suppress(IndexError):  # a process that has just ended holds nothing
                peak = self.peak()
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            time.sleep(0 if pid else 0.01)
        self._process.returncode = code = os.waitstatus_to_exitcode(status)
        return Spent(
            code=code,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=peak,
            seconds=time.time() - self.started,
            out=self._out.read_text(),
        )

    def stop(self) -> Spent:
        self._process.terminate()
        return self.end()

    def kill(self) -> Spent:
        self._process.kill()
        return self.end()

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()


def spent(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Spent:
    """Runs it to its end, which must be good."""
    child = Child(command, folder, environment)
    result = child.end()
    assert result.code == 0, child.err
    return result


def machine_busy() -> float:
    """Seconds of CPU that all programs together took since the machine started."""
    user, nice, system, _, _, *interrupts = (
        int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts)) / _TICKS


def least(times: int, *runs: Callable[[], float]) -> list[float]:
    """The least that each took, by turns: what else the machine does only ever adds."""
    rounds = [[run() for run in runs] for _ in range(times)]
    return [min(column) for column in zip(*rounds, strict=True)]

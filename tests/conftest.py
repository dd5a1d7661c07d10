"""What the tests of several rooms need of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest


@pytest.fixture
def mount_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of so many KiB, which is gone after the test."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system, on Linux")

    def mounted(size: int) -> Path:
        place = tmp_path_factory.mktemp("disk")
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(place)]
        done = subprocess.run(mount, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        # Lazily: what a failed test left open doesn't keep it mounted.
        disks.callback(subprocess.run, ["umount", "-l", str(place)], check=True)
        return place

    with ExitStack() as disks:
        yield mounted

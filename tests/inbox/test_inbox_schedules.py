"""The README's crontabs and systemd units: taken from there as they are, checked by the programs
that would read them, and their commands run as these would run them.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from inbox_world import PACKAGES, TOKEN, StandIn, Wish, World, statuses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cron and systemd are of Linux")

README = (PACKAGES / "README.md").read_text(encoding="utf-8")
CRONTABS = re.findall(r"```crontab\n(.*?)```", README, re.S)
UNITS = {
    name: text
    for block in re.findall(r"```ini\n(.*?)```", README, re.S)
    for name, text in re.findall(r"# /etc/systemd/system/(\S+)\n(.*?)(?=\n# /etc/|\Z)", block, re.S)
}


class Machine:
    """The README's places, in a folder."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self.posts, self.figures = world.inbox, folder / "figures"
        self.program = folder / "bin" / "batch-scheduler"
        self.program.parent.mkdir()
        self.program.write_text(
            f'#!/bin/sh\nPYTHONPATH={PACKAGES} exec {sys.executable} -m batch_scheduler "$@"\n'
        )
        self.program.chmod(0o755)
        (folder / "token").write_text(f"{TOKEN}\n")
        self.environment = {
            name: world.environment[name]
            for name in ("HOME", "BATCH_SCHEDULER_LEDGER", "OCTOSPARK_BASE_URL")
        }

    def here(self, text: str) -> str:
        """With our places for the README's."""
        for there, own in (
            ("/usr/local/bin", self.program.parent),
            ("/srv/posts", self.posts),
            ("/etc/octospark.token", self._folder / "token"),
            ("/etc/octospark.env", self._folder / "env"),
            ("/var/lib/node_exporter", self.figures),
        ):
            text = text.replace(there, str(own))
        return text


@pytest.fixture
def machine(tmp_path: Path, world: World) -> Machine:
    return Machine(tmp_path, world)


def checked(command: Sequence[str | Path]) -> None:
    """By a program that may be missing."""
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} IS NOT INSTALLED: nothing has checked this")
    said = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if "invalid option" in said.stderr:
        pytest.skip(f"this {command[0]} can't check")
    assert said.returncode == 0, said.stderr


def cron(machine: Machine, crontab: str) -> subprocess.CompletedProcess[str]:
    """Its one line, as cron(8) does it: sh, and an environment of its own lines and little else."""
    environment = {"SHELL": "/bin/sh", "LOGNAME": "posts", "PATH": "/usr/bin:/bin"}
    environment |= machine.environment
    for line in machine.here(crontab).splitlines():
        if assigned := re.fullmatch(r"(\w+)=(.*)", line):
            environment[assigned[1]] = assigned[2]
            continue
        *when, command = line.split(maxsplit=5)
        assert when == ["30", "1", "*", "*", "*"]
        assert "%" not in command  # a line break, to cron
        shell = ["/bin/sh", "-c", command]
        return subprocess.run(
            shell,
            env=environment,
            cwd=environment["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    raise AssertionError("there is no line")


@pytest.mark.parametrize("crontab", CRONTABS)
def test_cron_takes_the_crontab(crontab: str, tmp_path: Path) -> None:
    file = tmp_path / "crontab"
    file.write_text(crontab)
    checked(["crontab", "-n", file])


def test_the_crontabs_do_what_the_readme_says(machine: Machine, service: StandIn) -> None:
    one_sheet, a_folder = CRONTABS
    wishes = [Wish(40_000), Wish(40_001)]
    sheet = machine.posts / "week.xlsx"
    _workbook(sheet, wishes)
    ended = cron(machine, one_sheet)
    assert ended.returncode == 0, ended.stderr
    document = json.loads((machine.posts / "last.json").read_text())
    assert (document["status"], document["counts"]["accepted"]) == ("complete", 2)
    assert "2 to send" in (machine.posts / "last.log").read_text()

    sheet.unlink()
    (machine.posts / "week.results.xlsx").unlink()
    _workbook(sheet, [*wishes, Wish(40_002)])
    ended = cron(machine, a_folder)
    assert ended.returncode == 0, ended.stderr
    assert statuses(machine.posts / "done/week.results.xlsx") == Counter(
        {"already_accepted": 2, "accepted": 1}
    )
    assert "batch_scheduler_calls 1.0" in (machine.figures / "posts.prom").read_text()
    assert [service.done[Wish(40_000 + number).key] for number in range(3)] == [1, 1, 1]


def test_systemd_takes_the_units(machine: Machine, tmp_path: Path) -> None:
    assert sorted(UNITS) == ["posts-watch.service", "posts.service", "posts.timer"]
    for name, text in UNITS.items():
        (tmp_path / name).write_text(machine.here(text))
    checked(["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)])
    (calendar,) = re.findall(r"OnCalendar=(.*)", UNITS["posts.timer"])
    checked(["systemd-analyze", "calendar", calendar])


@pytest.mark.parametrize("unit", ["posts.service", "posts-watch.service"])
def test_a_units_command_does_its_work_with_its_environment_alone(
    machine: Machine, service: StandIn, tmp_path: Path, unit: str
) -> None:
    """As systemd.exec(5) has it: no shell, the lines of the EnvironmentFile, and little else."""
    (command,) = re.findall(r"ExecStart=(.*)", machine.here(UNITS[unit]))
    lines = {"OCTOSPARK_TOKEN": TOKEN, "OCTOSPARK_TEAM_ID": "7ea00000-0000-4000-8000-000000000001"}
    environment = {"PATH": "/usr/bin:/bin", "USER": "posts", **machine.environment, **lines}
    wish = Wish(40_010 + len(unit))
    _workbook(machine.posts / "week.xlsx", [wish])
    with subprocess.Popen(shlex.split(command), env=environment, cwd="/") as child:
        if "--watch" in command:
            done = machine.posts / "done/week.xlsx"
            end = time.monotonic() + 30
            while not done.exists() and time.monotonic() < end:
                time.sleep(0.1)
            child.terminate()
        code = child.wait(60)
    fine = {0, *map(int, re.findall(r"\d+", "".join(re.findall("SuccessExit.*", UNITS[unit]))))}
    assert code in fine
    assert service.done[wish.key] == 1


def _workbook(path: Path, wishes: Sequence[Wish]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["post_id", "social_account_ids", "scheduled_at"])
    for wish in wishes:
        book.active.append(list(wish.key))
    book.save(path)

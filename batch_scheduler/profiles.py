"""Named sets of settings in a TOML file, one table for each.

[acme]
team = "7ea00000-0000-4000-8000-000000000001"
timezone = "Europe/Berlin"
date_order = "dmy"
rate = 5

[acme.columns]
"Go-live" = "scheduled_at"

[acme.groups]
"all EU brands" = ["@acme", "instagram:@acme.uk"]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from batch_scheduler.errors import UsageError
from batch_scheduler.settings import LONGEST_LEAD, MOST_ACCOUNTS

FILE = "batch-scheduler.toml"
_TOKENS = ("token", "octospark_token", "api_key", "apikey", "api_token", "secret", "password")


@dataclass(frozen=True, slots=True)
class Profile:
    """`here`: its file lies in the current folder. `options`: by the names of the options.

    `columns`: header text → the name of one of our columns; `groups`: name → accounts' names.
    """

    name: str = ""
    path: Path = Path(FILE)
    here: bool = False
    team: str | None = None
    base_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"profile {self.name} in {self.path}"


@lru_cache(maxsize=1)
def find_profile(name: str) -> Profile:
    """From the current folder, else from the user's own. Raises UsageError."""
    paths = [Path(FILE), _of_the_user()]
    known: list[str] = []
    for path in paths:
        tables = _read(path)
        if name in tables:
            return _profile(name, path, tables[name], here=path is paths[0])
        known += tables
    looked = " and ".join(str(path) for path in paths)
    there = (
        f"there are: {', '.join(known)}" if known else f"write a table [{name}] into one of them"
    )
    raise UsageError(f'there is no profile "{name}" in {looked}', _near(name, known) + there)


def _of_the_user() -> Path:
    from platformdirs import user_config_path

    return user_config_path("batch-scheduler", appauthor=False) / FILE


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror}", "check its permissions"
        ) from None
    except ValueError as error:  # also what is not UTF-8
        raise UsageError(f"{path} is no TOML: {error}", "mend it; texts stand in quotes") from None


def _profile(name: str, path: Path, table: Any, here: bool) -> Profile:
    where = f"{path}, [{name}]"
    if not isinstance(table, dict):
        hint = f"write a line [{name}], and what it sets below it"
        raise UsageError(f"{path}: {name} is no table", hint)
    for key, value in table.items():
        if key.lower() in _TOKENS or _has_token(value):
            raise UsageError(
                f"{where}: {key}: a token does not belong into a file that is shared",
                "put OCTOSPARK_TOKEN into the environment or into .env, take it out here, and "
                "make a new token if others have seen the file",
            )
        if key not in _KEYS:
            raise UsageError(
                f'{where}: "{key}" is not known',
                f"{_near(key, [*_KEYS])}known are: {', '.join(_KEYS)}",
            )
    values = {key: _checked(where, key, value) for key, value in table.items()}
    return Profile(
        name=name,
        path=path,
        here=here,
        team=values.pop("team", None),
        base_url=values.pop("base_url", None),
        columns=values.pop("columns", {}),
        groups=values.pop("groups", {}),
        options=values,
    )


def _has_token(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_token, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(_has_token, value))
    return isinstance(value, str) and value.strip().startswith(("octo_live_", "octo_test_"))


def _checked(where: str, key: str, value: Any) -> Any:
    check, wanted = _KEYS[key]
    try:
        return check(value)
    except (TypeError, ValueError):
        raise UsageError(f"{where}: {key} = {value!r} can't be", f"give {wanted}") from None


def _near(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    return f'did you mean "{near[0]}"? ' if near else ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError
    return value.strip()


def _order(value: Any) -> str:
    if value not in ("dmy", "mdy", "ymd"):
        raise ValueError
    return str(value)


def _number(least: float, most: float = sys.float_info.max) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        if not least <= value <= most:
            raise ValueError
        return value

    return check


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError
        if not least <= value <= most:
            raise ValueError
        return value

    return check


def _settle(value: Any) -> float | None:
    return None if value == "never" else _number(0)(value)


def _columns(value: Any) -> dict[str, str]:
    return {_text(text): _text(name) for text, name in _table(value).items()}


def _groups(value: Any) -> dict[str, tuple[str, ...]]:
    return {_text(name): _names(names) for name, names in _table(value).items()}


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise TypeError
    return tuple(map(_text, value))


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_KEYS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "team": (_text, 'the team\'s id: "7ea00000-0000-4000-8000-000000000001"'),
    "base_url": (_text, 'an address: "https://api.octospark.ai"'),
    "timezone": (_text, 'a place: "Europe/Berlin"'),
    "date_order": (_order, '"dmy", "mdy" or "ymd"'),
    "format": (_text, 'the name of a template: "hootsuite"'),
    "columns": (_columns, 'a table of texts: "Go-live" = "scheduled_at"'),
    "groups": (_groups, 'a table of lists: "all EU brands" = ["@acme", "instagram:@acme.uk"]'),
    "concurrency": (_whole(1, 1000), "a whole number from 1 to 1000"),
    "rate": (_number(0.001), "calls a second, as a number"),
    "max_accounts": (_whole(1, MOST_ACCOUNTS), f"a whole number from 1 to {MOST_ACCOUNTS}"),
    "timeout": (_number(0.001), "seconds, as a number"),
    "settle": (_settle, 'seconds, as a number, or "never"'),
    "give_up": (_number(0), "seconds, as a number"),
    "lead": (_number(0, LONGEST_LEAD), "seconds, as a number, at most ten years' of them"),
}
"""What a profile may say; all but the first two and the two tables are options of that name."""

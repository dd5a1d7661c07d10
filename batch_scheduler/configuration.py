"""Where what can be set comes from: an option, the environment, .env, a profile, a default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batch_scheduler.errors import UsageError
from batch_scheduler.profiles import Profile, find_profile
from batch_scheduler.settings import (
    BASE_URL,
    LEDGER,
    LIVE_SERVICE,
    PROFILE,
    TEAM,
    TOKEN,
    Settings,
)

DEFAULT = "the default"
NOWHERE = "nowhere"
_IN_ENVIRON = "the environment: "


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and where it comes from: "--team-id", "the environment: OCTOSPARK_TEAM_ID"."""

    value: str | None = field(repr=False)
    origin: str


def load_settings(
    team: str | None = None,
    base_url: str | None = None,
    ledger: str | None = None,
    profile: Profile | None = None,
) -> Settings:
    """The arguments are the command line's; each wins over the environment, that over a profile.

    Raises UsageError for a base URL that a token must not be sent to.
    """
    found = find_settings(team, base_url, ledger, profile)
    if found["base_url"].value is None:
        raise _strange_base_url(profile)
    return Settings(
        token=found["token"].value,
        team=found["team_id"].value,
        base_url=found["base_url"].value,
        ledger=str(found["ledger"].value),
    )


def find_settings(
    team: str | None = None,
    base_url: str | None = None,
    ledger: str | None = None,
    profile: Profile | None = None,
) -> dict[str, Setting]:
    """As load_settings, by name, with where they come from; a base URL of None is refused."""
    values = environment(os.environ, Path(".env"))
    profile = profile or Profile()
    named = profile.origin

    def first(option: str, given: str | None, name: str, other: str | None) -> Setting | None:
        if given:
            return Setting(given, option)
        return values.get(name) or (Setting(other, named) if other else None)

    token = values.get(TOKEN, Setting(None, NOWHERE))
    theirs = first("--base-url", base_url, BASE_URL, profile.base_url)
    if theirs and theirs.origin == named and profile.here and token.origin == _IN_ENVIRON + TOKEN:
        theirs = Setting(None, named)
    return {
        "token": token,
        "team_id": first("--team-id", team, TEAM, profile.team) or Setting(None, NOWHERE),
        "base_url": theirs or Setting(LIVE_SERVICE, DEFAULT),
        "ledger": first("--ledger", ledger, LEDGER, None) or Setting(_default_ledger(), DEFAULT),
    }


def _strange_base_url(profile: Profile | None) -> UsageError:
    assert profile is not None
    return UsageError(
        f"the base URL of profile {profile.name} in this folder's {profile.path} is not used with "
        "a token that comes from elsewhere",
        "so that a folder from somebody else can't get hold of it. Give --base-url, set "
        f"{BASE_URL}, or move the profile into your own configuration folder",
    )


def environment(environ: Mapping[str, str], dotenv: Path) -> dict[str, Setting]:
    """A .env that lies in some folder must not send another place's token to its base URL.

    Raises UsageError for one that can't be read.
    """
    values: dict[str, str] = {}
    if dotenv.is_file():
        values = _read(dotenv)
        if environ.get(TOKEN) or TOKEN not in values:
            values.pop(BASE_URL, None)
    found = {}
    for name in (TOKEN, TEAM, BASE_URL, LEDGER, PROFILE):
        if text := environ.get(name):
            found[name] = Setting(text, _IN_ENVIRON + name)
        elif text := values.get(name):
            found[name] = Setting(text, f".env in this folder: {name}")
    return found


def _read(dotenv: Path) -> dict[str, str]:
    """Raises UsageError."""
    from dotenv import dotenv_values

    try:
        return {name: text for name, text in dotenv_values(dotenv).items() if text}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(
            f"the file .env in this folder can't be read: {why}",
            "save it as UTF-8 (Windows' own editor and PowerShell offer that), or move it away",
        ) from None


def profile_named(given: str | None) -> Profile | None:
    """The one that an option or the environment names. Raises UsageError."""
    values = environment(os.environ, Path(".env"))
    name = given or (values[PROFILE].value if PROFILE in values else None)
    return find_profile(name) if name else None


def _default_ledger() -> str:
    from platformdirs import user_data_path

    return str(user_data_path("batch-scheduler", appauthor=False) / "ledger.sqlite3")

"""What can be set, and where it comes from: an option, the environment, a .env file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batch_scheduler.errors import UsageError

LIVE_SERVICE = "https://api.octospark.ai"
TOKEN = "OCTOSPARK_TOKEN"
TEAM = "OCTOSPARK_TEAM_ID"
BASE_URL = "OCTOSPARK_BASE_URL"
LEDGER = "BATCH_SCHEDULER_LEDGER"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to send, and in whose name. The token is in no repr."""

    token: str | None = field(repr=False)
    team: str | None
    base_url: str
    ledger: str

    def require_token(self) -> str:
        """Raises UsageError."""
        if not self.token:
            raise UsageError(
                f"no token: {TOKEN} is not set",
                "make one in Octospark under Settings, API tokens, and put "
                f"{TOKEN}=octo_live_… into the environment or into a .env file in this folder; "
                "or rehearse without one: --simulate",
            )
        return self.token


def load_settings(
    team: str | None = None, base_url: str | None = None, ledger: str | None = None
) -> Settings:
    """The arguments are the command line's; each wins over the environment."""
    values = _environment(os.environ, Path(".env"))
    return Settings(
        token=values.get(TOKEN),
        team=team or values.get(TEAM),
        base_url=base_url or values.get(BASE_URL) or LIVE_SERVICE,
        ledger=ledger or values.get(LEDGER) or _default_ledger(),
    )


def _environment(environ: Mapping[str, str], dotenv: Path) -> dict[str, str]:
    """A .env that lies in some folder must not send another place's token to its base URL."""
    values: dict[str, str] = {}
    if dotenv.is_file():
        from dotenv import dotenv_values

        values = {name: text for name, text in dotenv_values(dotenv).items() if text}
        if environ.get(TOKEN) or TOKEN not in values:
            values.pop(BASE_URL, None)
    names = (TOKEN, TEAM, BASE_URL, LEDGER)
    return {**values, **{name: environ[name] for name in names if environ.get(name)}}


def _default_ledger() -> str:
    from platformdirs import user_data_path

    return str(user_data_path("batch-scheduler", appauthor=False) / "ledger.sqlite3")

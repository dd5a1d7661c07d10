"""A stand-in for the Octospark service on a real socket, which can fail in every known way.

It shares no code with the rest of the project, so that a misreading on one side shows up.
"""

from .acme import TEAM_ID
from .command import main
from .faults import FAULTS
from .options import Options, OptionsError
from .process import StartFailed, running

__all__ = ["FAULTS", "TEAM_ID", "Options", "OptionsError", "StartFailed", "main", "running"]

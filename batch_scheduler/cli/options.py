"""The options of the commands: their names, their help, and what they may be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from batch_scheduler.cli import values
from batch_scheduler.settings import HELD_CODES, LONGEST_LEAD, MOST_ACCOUNTS

_HOW = "How to send"
_WHERE = "Where"
_SHEET = "How to read the sheet"
_TALK = "What is printed"


class DateOrder(StrEnum):
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


def _option(*names: str, panel: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **more)


Sheets = Annotated[
    list[str],
    typer.Argument(
        metavar="SHEET...", help='CSV, TSV, XLSX, XLS or ODS files; "-" is standard input'
    ),
]
Results = Annotated[
    str | None,
    _option(
        "--results",
        panel=_WHERE,
        metavar="PATH",
        help="A file (.xlsx or .csv); with several sheets a folder, or one workbook for all "
        "(.xlsx). Without it: NAME.results.xlsx beside each sheet",
    ),
]
MarkedOption = Annotated[
    bool,
    _option(
        "--marked/--no-marked",
        panel=_WHERE,
        help="Write a copy of each sheet that has problems, NAME.problems.xlsx, with its cells "
        "coloured and the problems beside them",
    ),
]
MarkedAt = Annotated[
    str | None,
    _option(
        "--results",
        panel=_WHERE,
        metavar="PATH",
        help="Where results are meant to go: marked copies go into the same folder",
    ),
]
Simulate = Annotated[
    bool,
    _option(
        "--simulate",
        panel=_WHERE,
        help="Rehearse: a stand-in for the service, and a ledger that is thrown away. "
        "Needs no token",
    ),
]
TeamId = Annotated[
    str | None,
    _option("--team-id", panel=_WHERE, metavar="UUID", help="For rows that name no team"),
]
BaseUrl = Annotated[
    str | None, _option("--base-url", panel=_WHERE, metavar="URL", help="The service's address")
]
LedgerAt = Annotated[
    str | None,
    _option("--ledger", panel=_WHERE, metavar="PATH", help="The file that remembers what was sent"),
]
ProfileName = Annotated[
    str | None,
    _option(
        "--profile",
        panel=_WHERE,
        metavar="NAME",
        help="Settings of that name from batch-scheduler.toml, in this folder or in your "
        "configuration folder",
    ),
]
Worksheet = Annotated[
    str | None,
    _option(
        "--sheet",
        panel=_SHEET,
        metavar="NAME",
        help="Which worksheet of a workbook, by its name or number. "
        "Without it: the first that looks like posts",
    ),
]
Timezone = Annotated[
    str | None,
    _option(
        "--timezone",
        panel=_SHEET,
        metavar="ZONE",
        help="For rows that give no zone, such as Europe/Berlin",
    ),
]
DateOrderOption = Annotated[
    DateOrder | None,
    _option("--date-order", panel=_SHEET, help="For dates that could be read two ways"),
]
Map = Annotated[
    list[str] | None,
    _option(
        "--map",
        panel=_SHEET,
        metavar="TEXT=NAME",
        help='What a column is: "Publish at=scheduled_at", or "Draft no.=ignore"; for several '
        "columns, several times",
    ),
]
Format = Annotated[
    str | None,
    _option(
        "--format",
        panel=_SHEET,
        metavar="NAME",
        help="The scheduler whose template it is, such as hootsuite; needed where it has no header",
    ),
]
Account = Annotated[
    list[str] | None,
    _option(
        "--account",
        panel=_SHEET,
        metavar="TEXT",
        help="Whom rows are for that name no account: instagram:@acme, a group, or an id; for "
        "several, several times",
    ),
]
Online = Annotated[
    bool,
    _option("--online", panel=_WHERE, help="Look up the accounts on the service; sends nothing"),
]
ValidOnly = Annotated[
    bool,
    _option("--valid-only", panel=_SHEET, help="Send the good rows of a sheet that has bad ones"),
]
Concurrency = Annotated[
    int, _option("--concurrency", panel=_HOW, min=1, max=1000, help="Calls in flight at once")
]
Rate = Annotated[
    float | None,
    _option(
        "--rate",
        panel=_HOW,
        min=0.001,
        metavar="CALLS_PER_SECOND",
        help="At most so many; without it: as the service allows",
    ),
]
MaxAccounts = Annotated[
    int,
    _option(
        "--max-accounts",
        panel=_HOW,
        min=1,
        max=MOST_ACCOUNTS,
        help="Accounts in one call; 1 makes every answer exactly checkable",
    ),
]
Timeout = Annotated[
    float, _option("--timeout", panel=_HOW, min=0.001, help="Seconds to wait for an answer")
]
Settle = Annotated[
    Any,
    _option(
        "--settle",
        panel=_HOW,
        parser=values.settle,
        metavar="SECONDS|never",
        help="After a lost answer the service is asked once more so much later, "
        "before anything is sent again",
    ),
]
GiveUp = Annotated[
    float,
    _option(
        "--give-up",
        panel=_HOW,
        min=0,
        help="Seconds the service may refuse or be out of reach before the run stops",
    ),
]
Lead = Annotated[
    float,
    _option(
        "--lead", panel=_HOW, min=0, max=LONGEST_LEAD, help="A time nearer than that is too late"
    ),
]
Again = Annotated[
    bool,
    _option(
        "--again",
        panel=_HOW,
        help="Send also what an earlier run got accepted (it was cancelled in the service, say)",
    ),
]
SendHeld = Annotated[
    Any,
    _option(
        "--send-held",
        panel=_HOW,
        parser=values.held_codes,
        metavar="CODE[,CODE]",
        help=f"Send also what is held for these reasons: {', '.join(HELD_CODES)}",
    ),
]
RetryStatus = Annotated[
    Any,
    _option(
        "--status",
        panel=_SHEET,
        parser=values.statuses,
        metavar="STATUS[,STATUS]",
        help=f"Which rows: of {', '.join(values.RETRIED)}. Without it: rejected,waiting",
    ),
]
MayDuplicate = Annotated[
    bool,
    _option(
        "--may-duplicate",
        panel=_HOW,
        help="With --status in_doubt: send it although it may be scheduled already",
    ),
]
Json = Annotated[bool, _option("--json", panel=_TALK, help="One JSON document on standard output")]
Yes = Annotated[bool, _option("--yes", "-y", panel=_TALK, help="Send without asking")]
LogFormatOption = Annotated[
    LogFormat, _option("--log-format", panel=_TALK, help="How log lines are written")
]
Verbose = Annotated[
    int,
    _option("--verbose", "-v", panel=_TALK, count=True, help="Say more; -vv: everything"),
]

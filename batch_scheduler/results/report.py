"""What a results sheet says, before it is a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batch_scheduler.model import Issue


@dataclass(frozen=True, slots=True)
class AccountCount:
    """Deliveries per status of one social account. `name` and `provider` are "" when unknown."""

    account: str
    by_status: Mapping[str, int]
    name: str = ""
    provider: str = ""

    @property
    def deliveries(self) -> int:
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class Summary:
    """`facts` are pairs as a person reads them, in order: ("Run", "k3f9"), … and no secrets."""

    facts: tuple[tuple[str, str], ...] = ()
    by_status: Mapping[str, int] = field(default_factory=dict)
    by_account: tuple[AccountCount, ...] = ()

    @property
    def deliveries(self) -> int:
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One run's results sheet.

    `columns` are RESULT_COLUMNS and then the input's other columns, all different and not empty.
    `rows` gives an iterator over the rows in the order of the input, as long as `columns`; it is
    called again when one worksheet turns out too small for them.
    """

    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Sequence[str | int | None]]]
    summary: Summary
    issues: Sequence[Issue] = ()

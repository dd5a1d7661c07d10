"""Figures in a text file, as Prometheus' node exporter collects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batch_scheduler.errors import UsageError


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one night.

    `waited`: seconds of pauses that the service asked for; `rate`: calls per second that it was
    found to allow, None where it was not found to limit them. `last_good_at`, `now`: seconds since
    1970; a night is good when nobody has to do anything.
    """

    deliveries: Mapping[str, int]
    sheets: Mapping[str, int]
    calls: int
    waited: float
    rate: float | None
    now: float
    last_good_at: float | None


def write_metrics(file: Path, figures: Figures) -> None:
    """Whole or not at all. Raises UsageError, also where prometheus-client is missing."""
    try:
        from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
    except ImportError:
        raise UsageError(
            "--metrics needs the library prometheus-client",
            "install it with: pip install 'batch-scheduler[night]'",
        ) from None
    registry = CollectorRegistry()

    def gauge(name: str, about: str, value: float | None) -> None:
        if value is not None:
            Gauge(f"batch_scheduler_{name}", about, registry=registry).set(value)

    for name, about, values in (
        ("deliveries", "Deliveries of the last night", figures.deliveries),
        ("sheets", "Sheets of the last night", figures.sheets),
    ):
        label = "status" if name == "deliveries" else "outcome"
        counted = Gauge(f"batch_scheduler_{name}", about, [label], registry=registry)
        for value, count in values.items():
            counted.labels(str(value)).set(count)
    gauge("calls", "Calls answered in the last night", figures.calls)
    gauge("waited_seconds", "Pauses for the service in the last night", figures.waited)
    gauge("rate_found", "Calls per second that the service was found to allow", figures.rate)
    gauge("last_run_timestamp_seconds", "When the last night ended", figures.now)
    good = figures.last_good_at
    gauge("last_good_run_timestamp_seconds", "When the last good night ended", good)
    gauge(
        "seconds_since_last_good_run",
        "As of this file",
        None if good is None else figures.now - good,
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(file), registry)
    except OSError as error:
        raise UsageError(
            f"the figures can't be written to {file}: {error.strerror or error}"
        ) from None

"""Shapes of what grows while a run is live: snapshots and the log."""

from typing import Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.fields import Answer


class SnapshotShape(Answer):
    """One period: counts, rates and percentiles are the window's; `total_*` are the run's so far."""

    seq: int
    elapsed_s: float
    window_s: float
    vus: int | None
    requests: int
    errors: int
    rps: float | None
    error_rate: float | None
    p50_ms: float | None
    p75_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    avg_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    checks_rate: float | None
    status_0: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    total_reqs: int
    total_errors: int
    generator_cpu: float | None
    generator_rss_bytes: int | None
    busy_vus: int | None = Field(description="Users that were not parked; null where none ever is")


class SnapshotColumns(RootModel[dict[str, list[float | int | None]]]):
    """The same as lists of equal length, one a field."""


class SnapshotsAnswer(RootModel[list[SnapshotShape] | SnapshotColumns]):
    """Snapshots as rows or, with format=columns, as columns."""


class LogEntry(Answer):
    """A line of the log: k6's own, or the dashboard's. `offset` is the place in the console file, null for ours."""

    offset: int | None
    at: str | None
    level: Literal["debug", "info", "warning", "error"]
    source: Literal["k6", "dashboard"]
    message: str


class LogPage(Answer):
    """A part of the console, oldest first. Ask on with `after=next_after`, or back with `before=first`."""

    entries: list[LogEntry]
    first: int
    next_after: int
    size: int
    dropped_bytes: int

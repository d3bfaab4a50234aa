"""Shapes of /health."""

from typing import Any, Literal

from pydantic import ConfigDict

from dashboard.api.shapes.base import ResponseShape


class LoopShape(ResponseShape):
    """A background loop. `errors` counts the failed ticks since the last successful one."""

    name: str
    alive: bool
    errors: int
    last_error: str | None


class DiskShape(ResponseShape):
    """Disk space used by runs: the database with its write-ahead log, and the run folders.

    `limit_bytes` is 0 when there is no limit.
    """

    database_bytes: int
    runs_bytes: int
    free_bytes: int
    limit_bytes: int


class HealthAnswer(ResponseShape):
    """Whether the dashboard works. Fields after `version` are present only for clients with access."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)

    status: Literal["ok", "degraded"]
    version: str
    loops: list[LoopShape] | None = None
    live_runs: int | None = None
    streams: int | None = None
    replica: dict[str, Any] | None = None
    disk: DiskShape | None = None
    modules_imported: int | None = None

"""Shapes of dry runs."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.base import RUN_ID_PATTERN, Count, RequestShape, ResponseShape
from dashboard.api.shapes.log import LogEntry
from dashboard.engine.dry import DryRunEntry


class DryRunPath(RequestShape):
    """A dry run."""

    dry_id: Annotated[str, Field(pattern=RUN_ID_PATTERN, description="ID of a dry run, or `latest`")]


class DryRunQuery(RequestShape):
    """The requests of the dry run to return."""

    after: Annotated[Count, Field(description="Number of entries to skip")] = 0


class DryRunStartAnswer(ResponseShape):
    """A dry run that was started."""

    dry_id: str
    status: Literal["starting"]


class DryRunAnswer(ResponseShape):
    """A dry run with its requests so far."""

    dry_id: str
    status: Literal["starting", "running", "finished", "failed", "canceled", "timed_out"]
    message: str | None = Field(description="Why the dry run ended")
    base_url: str
    started_at: str
    ended_at: str | None
    elapsed_s: float
    answered: int
    failed: int = Field(description="Requests with an unexpected response, a failed check or an exception")
    skipped: int = Field(description="Requests that a load test would send, but the dry run could not")
    excluded: int = Field(description="Requests that no load test sends")
    after: int = Field(description="Number of entries that were skipped")
    entries: list[DryRunEntry]
    log: list[LogEntry] = Field(description="The first lines that k6 wrote")

"""Shapes of the log of a run."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.base import Count, RequestShape, ResponseShape, WholeNumber

LogLevel = Literal["debug", "info", "warning", "error"]


class LogQuery(RequestShape):
    """The log lines to return."""

    after: Annotated[Count, Field(description="Lines from this offset on")] | None = None
    before: Annotated[Count, Field(description="The last lines before this offset")] | None = None
    limit: Annotated[WholeNumber, Field(ge=1, le=5_000)] = 500
    level: Annotated[LogLevel, Field(description="Lowest level to return")] | None = None
    search: Annotated[str, Field(max_length=200)] | None = None


class LogEntry(ResponseShape):
    """A line of the log, from k6 or from the dashboard."""

    offset: int | None = Field(description="Position in the console file; null for lines of the dashboard")
    at: str | None
    level: LogLevel
    source: Literal["k6", "dashboard"]
    message: str


class LogPage(ResponseShape):
    """A part of the log, oldest line first. Continue with `after=next_after`, or go back with `before=first`."""

    entries: list[LogEntry]
    first: int
    next_after: int
    size: int
    dropped_bytes: int

"""Shapes of exports and imports of a run."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.base import RequestShape, ResponseShape
from dashboard.reports.badge import BADGE_METRICS


class CsvQuery(RequestShape):
    """The table to return."""

    table: Literal["snapshots", "operations"] = "snapshots"


class ReportQuery(RequestShape):
    """How to send the report."""

    download: Literal["0", "1"] | None = Field(None, description="1: send the report as an attachment")


class BadgeQuery(RequestShape):
    """Content of the badge."""

    metric: Literal[BADGE_METRICS] | None = None  # type: ignore[valid-type]  # a tuple of names
    label: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    key: (
        Annotated[
            str,
            Field(max_length=128, description="Badge key from /badge-link, used instead of the access token"),
        ]
        | None
    ) = None


class BadgeLinkAnswer(ResponseShape):
    """URL of the badge for other sites."""

    url: str
    markdown: str


class ImportAnswer(ResponseShape):
    """A run that was imported."""

    run_id: str

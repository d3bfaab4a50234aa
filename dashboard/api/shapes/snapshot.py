"""Shapes of snapshots: the time series of a run."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import Count, RequestShape, ResponseShape, WholeNumber
from dashboard.api.shapes.derive import with_fields
from dashboard.model.snapshot import Snapshot


class SnapshotsQuery(RequestShape):
    """The snapshots to return, oldest first."""

    after: Annotated[Count, Field(description="Only snapshots with a greater seq")] = 0
    limit: Annotated[WholeNumber, Field(ge=1, le=100_000)] | None = None
    format: Literal["rows", "columns"] = "rows"


@with_fields(Snapshot, busy_vus="Users that are not idle; null for runs without idle users")
class SnapshotShape(ResponseShape):
    """One window of a run. Counts, rates and percentiles are those of the window, `total_*` those of the run so far."""


class SnapshotColumns(RootModel[dict[str, list[float | int | None]]]):
    """Snapshots as lists of equal length, one per field."""


class SnapshotsAnswer(RootModel[list[SnapshotShape] | SnapshotColumns]):
    """Snapshots as rows or, with format=columns, as columns."""

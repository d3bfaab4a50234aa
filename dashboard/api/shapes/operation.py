"""Shapes of operations."""

from typing import Annotated

from pydantic import Field, RootModel

from dashboard.api.shapes.base import OpName, RequestShape, ResponseShape, Seconds
from dashboard.api.shapes.figures import BreakdownShape, BucketShape, CheckShape, CountShape, FiguresShape


class OpPath(RequestShape):
    """An operation."""

    name: OpName


class OpQuery(RequestShape):
    """An operation and, optionally, a range of the run."""

    name: OpName
    from_s: Annotated[Seconds | None, Field(alias="from", description="Seconds, excluded")] = None
    to_s: Annotated[Seconds | None, Field(alias="to", description="Seconds, included")] = None


class OpShape(FiguresShape):
    """Figures of one operation. `phase` is "", "setup" or "teardown"."""

    op: str
    group: str
    phase: str
    skipped: int = Field(description="Steps that were not sent")
    thrown: int = Field(description="Steps that ended with an exception")
    exact: bool = Field(
        description="true: k6 computed the latencies from all samples; false: they are estimates from a histogram"
    )


class OpList(RootModel[list[OpShape]]):
    """Operations of a run."""


class OpPointShape(ResponseShape):
    """Figures of one operation in one window. A window without requests has no point."""

    seq: int
    elapsed_s: float
    requests: int
    errors: int
    rps: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class OpBreakdownAnswer(ResponseShape):
    """All figures of one operation, over the whole run or a range of it."""

    run_id: str
    op: str
    figures: FiguresShape
    latency_buckets: list[BucketShape]
    statuses: list[CountShape]
    error_messages: list[CountShape]
    checks: list[CheckShape]
    series: list[OpPointShape]


class WindowAnswer(ResponseShape):
    """Figures of the intervals that end in (from_s, to_s]."""

    run_id: str
    from_s: float
    to_s: float
    resolution_s: float
    breakdown: BreakdownShape
    ops: list[OpShape]

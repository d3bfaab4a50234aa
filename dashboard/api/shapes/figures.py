"""Shapes of figures: of a run, a range, an operation, a group or a phase."""

from pydantic import Field

from dashboard.api.shapes.base import RequestShape, ResponseShape, Seconds
from dashboard.api.shapes.derive import with_fields
from dashboard.model.figures import Distribution, Figures, LatencyBucket, RunTotals


@with_fields(Figures)
class FiguresShape(ResponseShape):
    """Figures of a run, a range, an operation, a group or a phase."""


@with_fields(RunTotals)
class TotalsShape(ResponseShape):
    """Figures that exist only for all operations together."""


@with_fields(Distribution)
class DistributionShape(ResponseShape):
    """The distribution of one k6 metric, in `unit`."""


@with_fields(LatencyBucket, le_ms="Upper bound; null when unbounded")
class BucketShape(ResponseShape):
    """Number of requests with a duration up to `le_ms` and above the bound of the previous bucket."""


class GroupShape(FiguresShape):
    """Figures of a group, a phase or a status class."""

    name: str


class CheckShape(ResponseShape):
    """Results of one check."""

    check: str
    passes: int
    fails: int


class CountShape(ResponseShape):
    """A name and its count: a status code, an error message or a counter."""

    name: str
    count: int


class BreakdownShape(ResponseShape):
    """All figures of a run or a range except those of single operations."""

    figures: FiguresShape
    totals: TotalsShape
    latency_buckets: list[BucketShape]
    timings: list[DistributionShape] = Field(
        description="blocked, connecting, tls_handshaking, sending, waiting, receiving"
    )
    metrics: list[DistributionShape] = Field(description="Iteration duration and custom trends of the script")
    counters: list[CountShape]
    statuses: list[CountShape]
    error_messages: list[CountShape]
    groups: list[GroupShape]
    phases: list[GroupShape]
    status_classes: list[GroupShape] = Field(
        description='Figures of each status class with requests: "0", "2xx" …'
    )


class WindowQuery(RequestShape):
    """A range of the run. It contains the intervals that end within the range."""

    from_s: Seconds = Field(alias="from", description="Seconds since the start of the load, excluded")
    to_s: Seconds = Field(alias="to", description="Seconds since the start of the load, included")

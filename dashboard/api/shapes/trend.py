"""Shapes of trends and of the calendar heatmap."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import (
    EnvProfile,
    OpName,
    ProfileName,
    RequestShape,
    ResponseShape,
    RunIdOrLatest,
    Target,
    VerdictName,
    WholeNumber,
)
from dashboard.api.shapes.derive import with_fields
from dashboard.model.calendar import CalendarDay
from dashboard.model.figures import Figures

TREND_METRICS = (
    *("total_reqs", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "ttfb_ms"),
    *("apdex_score", "checks_rate"),
)
if TYPE_CHECKING:
    TrendMetric = str
else:
    TrendMetric = Literal[TREND_METRICS]


class TrendQuery(RequestShape):
    """The runs to return: the cohort of `run_id` up to that run, or a profile with an environment or a target."""

    runs: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 10
    run_id: RunIdOrLatest | None = None
    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None
    target: Target | None = None


class OpTrendQuery(TrendQuery):
    """The runs and the operation to return. Without an operation, the figures of whole runs are returned."""

    op: OpName | None = None


@with_fields(Figures, TREND_METRICS)
class TrendPointShape(ResponseShape):
    """Figures of an operation, or of the whole run, in one run."""

    run_id: str
    started_at: str | None
    verdict: VerdictName | None
    label: str | None
    load: Annotated[str, Field(description="The planned load. Only runs with equal loads are comparable")]


class TrendList(RootModel[list[TrendPointShape]]):
    """Runs, oldest first."""


class TrendsAnswer(RootModel[dict[str, list[TrendPointShape]]]):
    """Trends by operation."""


class HeatmapQuery(RequestShape):
    """The metric, the runs, the number of days and their time zone."""

    metric: TrendMetric = "p95_ms"
    days: Annotated[WholeNumber, Field(ge=1, le=366)] = 90
    tz: Annotated[
        str, Field(min_length=1, max_length=64, description="Time zone, for example Europe/Berlin")
    ] = "UTC"
    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None


@with_fields(CalendarDay)
class DayShape(ResponseShape):
    """A day. `value` is the unweighted mean over its runs; null without runs."""


class HeatmapAnswer(ResponseShape):
    """Days, oldest first. The last day is today."""

    metric: TrendMetric
    tz: str
    days: list[DayShape]

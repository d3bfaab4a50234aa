"""Shapes of trends, calendars, and of what people say of a run."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from dashboard.api.shapes.fields import Answer, Body, Number, ProfileName, VerdictName, WholeNumber
from dashboard.api.shapes.queries import Moment, RunId
from dashboard.api.shapes.run import RunRecord

Metric = Literal[
    "total_reqs",
    "rps",
    "error_rate",
    "avg_ms",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "ttfb_ms",
    "apdex_score",
    "checks_rate",
]
OpName = Annotated[str, Field(min_length=1, max_length=512, description="Name of the operation")]
EnvProfile = Annotated[str, Field(min_length=1, max_length=128)]
Target = Annotated[str, Field(min_length=1, max_length=2_048)]


def _one_line(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("must have at least 1 character")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("must be one line without control characters")
    return text


Line = Annotated[str, AfterValidator(_one_line)]


class TrendQuery(Body):
    """The runs of which kind: those like `run_id` up to it, or those of a profile and an environment or target."""

    runs: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 10
    run_id: RunId | None = None
    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None
    target: Target | None = None


class NamedTrendQuery(TrendQuery):
    """The same, and which operation; without one the whole run."""

    op: OpName | None = None


class OpPath(Body):
    """An operation."""

    name: OpName


class TrendPoint(Answer):
    """One run: figures of the operation, or of the whole run."""

    run_id: str
    started_at: str | None
    verdict: VerdictName | None
    label: str | None
    total_reqs: int
    rps: float | None
    error_rate: float | None
    avg_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    checks_rate: float | None


class TrendList(RootModel[list[TrendPoint]]):
    """Runs, the oldest first."""


class TrendsAnswer(RootModel[dict[str, list[TrendPoint]]]):
    """By operation."""


class HeatmapQuery(Body):
    """Which figure, over how many days, whose days, and of which runs."""

    metric: Metric = "p95_ms"
    days: Annotated[WholeNumber, Field(ge=1, le=366)] = 90
    tz: Annotated[str, Field(min_length=1, max_length=64, description="Time zone such as Europe/Berlin")] = (
        "UTC"
    )
    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None


class DayShape(Answer):
    """A day. `value` is the mean of its runs' figures, each run counting once; null without runs."""

    date: str
    starts_at: str
    ends_at: str
    run_count: int
    value: float | None
    best: float | None
    worst: float | None
    worst_run_id: str | None


class HeatmapAnswer(Answer):
    """Days, the oldest first; the last is today."""

    metric: Metric
    tz: str
    days: list[DayShape]


class AnnotateBody(Body):
    """What people say of a run. What is left out stays; null takes it away."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000)

    label: Annotated[str, Field(max_length=200)] | None = None
    notes: Annotated[str, Field(max_length=20_000, description="Markdown")] | None = None
    tags: Annotated[list[Annotated[Line, Field(max_length=64)]], Field(max_length=20)] | None = None


class AnnotatedAnswer(Answer):
    """The run as it is now."""

    run: RunRecord
    notes: str | None


class MarkBody(Body):
    """A moment of the run that its charts show: a time, or seconds since its start; without either, now."""

    text: Annotated[Line, Field(max_length=200)]
    at: Moment | None = None
    elapsed_s: Annotated[Number, Field(ge=0, le=1_000_000_000)] | None = None


class MarkPath(Body):
    """A mark of a run."""

    run_id: RunId
    n: Annotated[WholeNumber, Field(ge=0, le=999_999_999)]


class ChoicesAnswer(Answer):
    """What runs have, for a filter to offer."""

    env_profiles: list[str]
    tags: list[str]

"""Shapes of SLOs: the configured SLOs, changes to them, and the results of a run."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from dashboard.api.shapes.base import Number, RequestShape, ResponseShape, VerdictName, WholeNumber

Limit = Annotated[Number, Field(ge=0, lt=1e12)]
Share = Annotated[Number, Field(ge=0, le=1)]
LevelName = Annotated[str, Field(max_length=4_096)]
Duration = Annotated[str, Field(max_length=32, examples=["30s"])]


class SloCheckShape(ResponseShape):
    """One SLO and the measured value. `pass` is null when the value is missing. `reason` compares both."""

    value: float | None
    threshold: float
    passed: bool | None = Field(alias="pass")
    margin: float | None = Field(
        description="Distance to the limit in the unit of the metric; negative when breached"
    )
    reason: str


class SloAnswer(ResponseShape):
    """The SLO results of a run. While the run is live, `verdict` is null and `reason` states that it is live."""

    run_id: str
    verdict: VerdictName | None
    reason: str | None
    skip: Literal["ramp"] | None = Field(description="The ramps of the plan were excluded")
    checks: dict[str, SloCheckShape] = Field(description="SLOs of the run, by metric")
    operations: dict[str, dict[str, SloCheckShape]] = Field(
        description="SLOs of operations, by name and metric"
    )
    groups: dict[str, dict[str, SloCheckShape]] = Field(description="SLOs of groups, by name and metric")


class SloQuery(RequestShape):
    """Which SLOs to evaluate."""

    against: Literal["record", "current"] = Field(
        "record", description="`current`: the current SLOs of the profile. The record stays unchanged"
    )


class SloLimitsBody(RequestShape):
    """Limits by metric. Null means no limit."""

    p50_ms: Limit | None = None
    p95_ms: Limit | None = None
    p99_ms: Limit | None = None
    avg_ms: Limit | None = None
    error_rate: Share | None = None
    checks_rate: Share | None = None
    apdex_score: Share | None = None
    rps: Limit | None = None


class SloAbortBody(RequestShape):
    """When to stop a live run that breaches an SLO over a sliding window."""

    window: Duration
    mode: Literal["average", "throughout"] | None = None
    warm_up: Duration | None = None
    min_requests: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None


class SloOptionsBody(RequestShape):
    """How SLOs are evaluated."""

    skip: Literal["ramp"] | None = None
    abort: SloAbortBody | None = None


class SloConfigBody(SloLimitsBody):
    """Changes to SLOs.

    The SLOs of all runs change one by one. The SLOs of a named endpoint, group or profile are replaced as a whole.
    """

    model_config = ConfigDict(extra="forbid", str_max_length=4_096)

    endpoints: dict[LevelName, SloLimitsBody | None] | None = None
    groups: dict[LevelName, SloLimitsBody | None] | None = None
    profiles: dict[LevelName, SloLimitsBody | None] | None = None
    options: SloOptionsBody | None = None


class SloLimitsShape(ResponseShape):
    """Limits by metric. Null means no limit."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    avg_ms: float | None = None
    error_rate: float | None = None
    checks_rate: float | None = None
    apdex_score: float | None = None
    rps: float | None = None


class SloAbortShape(ResponseShape):
    """When a live run is stopped."""

    window: str
    mode: Literal["average", "throughout"] | None = Field(
        description="Whether the figure of the whole window or of every push in it must breach the SLO; null: average"
    )
    warm_up: str | None
    min_requests: int | None


class SloOptionsShape(ResponseShape):
    """How SLOs are evaluated."""

    skip: Literal["ramp"] | None
    abort: SloAbortShape | None


class SloConfigAnswer(SloLimitsShape):
    """SLOs of all runs and of the other levels, and the names that can have SLOs."""

    endpoints: dict[str, dict[str, float]]
    groups: dict[str, dict[str, float]]
    profiles: dict[str, dict[str, float | None]] = Field(
        description="Override the SLOs of all runs; null removes one"
    )
    options: SloOptionsShape
    changed_by: str | None = Field(
        description="Who changed the SLOs last; null if the file was edited in another way since then"
    )
    changed_at: str | None
    endpoint_names: list[str]
    group_names: list[str]
    profile_names: list[str]

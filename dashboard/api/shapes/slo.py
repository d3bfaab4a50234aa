"""Shapes of SLOs: what limits are in force, how they are changed, and how a run stands against them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from dashboard.api.shapes.fields import Answer, Body, Number, VerdictName, WholeNumber

Limit = Annotated[Number, Field(ge=0, lt=1e12)]
Share = Annotated[Number, Field(ge=0, le=1)]
Name = Annotated[str, Field(max_length=4_096)]
Span = Annotated[str, Field(max_length=32, examples=["30s"])]


class SloCheck(Answer):
    """One limit and what was measured. `pass` is null when the figure is missing; `reason` says it in words."""

    value: float | None
    threshold: float
    passed: bool | None = Field(alias="pass")
    margin: float | None = Field(
        description="Room to the limit in the figure's unit; below 0 when it is broken"
    )
    reason: str


class SloAnswer(Answer):
    """A run against its SLOs. `verdict` is null while it is live, and `reason` says so."""

    run_id: str
    verdict: VerdictName | None
    reason: str | None
    skip: Literal["ramp"] | None = Field(description="Ramps of the plan were left out")
    checks: dict[str, SloCheck] = Field(description="Limits of the run, by figure")
    operations: dict[str, dict[str, SloCheck]] = Field(description="Limits of operations, by name and figure")
    groups: dict[str, dict[str, SloCheck]] = Field(description="Limits of groups, by name and figure")


class SloQuery(Body):
    """What to hold the run against."""

    against: Literal["record", "current"] = Field(
        "record", description="`current`: today's limits of its profile; the record stays as it is"
    )


class SloLimitsBody(Body):
    """Limits by figure; null is none."""

    p50_ms: Limit | None = None
    p95_ms: Limit | None = None
    p99_ms: Limit | None = None
    avg_ms: Limit | None = None
    error_rate: Share | None = None
    checks_rate: Share | None = None
    apdex_score: Share | None = None
    rps: Limit | None = None


class SloAbortBody(Body):
    """Stops a live run that breaks a limit over a sliding window."""

    window: Span
    warm_up: Span | None = None
    min_requests: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None


class SloOptionsBody(Body):
    """How limits are held."""

    skip: Literal["ramp"] | None = None
    abort: SloAbortBody | None = None


class SloConfigBody(SloLimitsBody):
    """Changes of limits: those of the run one by one; an endpoint, group or profile that is named is replaced."""

    model_config = ConfigDict(extra="forbid", str_max_length=4_096)

    endpoints: dict[Name, SloLimitsBody | None] | None = None
    groups: dict[Name, SloLimitsBody | None] | None = None
    profiles: dict[Name, SloLimitsBody | None] | None = None
    options: SloOptionsBody | None = None


class SloLimitsShape(Answer):
    """Limits by figure; null is none."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    avg_ms: float | None = None
    error_rate: float | None = None
    checks_rate: float | None = None
    apdex_score: float | None = None
    rps: float | None = None


class SloAbortShape(Answer):
    """When a live run is stopped."""

    window: str
    warm_up: str | None
    min_requests: int | None


class SloOptionsShape(Answer):
    """How limits are held."""

    skip: Literal["ramp"] | None
    abort: SloAbortShape | None


class SloConfigAnswer(SloLimitsShape):
    """Limits of all runs, and those at other levels. What is there to be limited is named too."""

    endpoints: dict[str, dict[str, float]]
    groups: dict[str, dict[str, float]]
    profiles: dict[str, dict[str, float | None]] = Field(
        description="Win over the limits of all runs; null takes one away"
    )
    options: SloOptionsShape
    endpoint_names: list[str]
    group_names: list[str]
    profile_names: list[str]

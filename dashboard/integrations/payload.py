"""The payload of an event: what every receiver is told. The generic webhook sends it as it is."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION: Final = 1
Fraction = Annotated[float, Field(ge=0, le=1)]
EventText = Literal[
    "run.started",
    "run.finished",
    "run.failed",
    "run.stopped",
    "run.invalid",
    "slo.breached",
    "baseline.changed",
    "webhook.test",
]


class PayloadPart(BaseModel):
    """Every field is present, with null for a missing value."""

    model_config = ConfigDict(extra="ignore", json_schema_serialization_defaults_required=True)


class PayloadBreach(PayloadPart):
    """A breached SLO. `name` is empty at the level `run`."""

    level: Literal["run", "operation", "group"]
    name: str
    key: str
    value: float | None
    limit: float
    message: str


class PayloadBaseline(PayloadPart):
    """A changed baseline. A null profile means all runs; a null `run_id` that the baseline was removed."""

    profile: str | None
    env_profile: str | None
    run_id: str | None
    previous_run_id: str | None
    changed_by: str | None


class EventPayload(PayloadPart):
    """The payload of an event. Within a version, fields may be added; none is removed or changes its meaning.

    Figures are those at the time of the event. Times in ms, ratios from 0 to 1; null means not measured.
    """

    version: Literal[1] = VERSION
    id: str = Field(description="Identifies the event. Every attempt and every webhook sends the same ID")
    event: EventText
    at: str = Field(description="When the event was stored")
    run_id: str
    profile: str
    status: str
    base_url: str
    duration_s: float | None
    total_reqs: int | None
    error_rate: Fraction | None
    p95_ms: float | None
    apdex_score: Fraction | None
    slo_verdict: Literal["pass", "fail", "none", "unknown", "invalid"] | None = Field(
        description="null until the run has ended"
    )
    verdict_reason: str | None
    exit_reason: str | None
    invalid_reason: str | None
    env_profile: str | None
    label: str | None
    group_id: str | None
    tags: list[str]
    meta: dict[str, str]
    created_at: str
    started_at: str | None
    ended_at: str | None
    planned_s: float
    vus_max: int
    rps: float | None
    errors: int | None
    avg_ms: float | None
    p50_ms: float | None
    p99_ms: float | None
    checks_rate: Fraction | None
    started_by: str | None
    stopped_by: str | None
    breaches: list[PayloadBreach]
    baseline: PayloadBaseline | None = Field(description="Only for `baseline.changed`")
    sentence: str = Field(description="The event in one sentence")
    comparison: str | None = Field(
        description="The run against its baseline in one sentence; null without a baseline or before the end"
    )
    url: str | None = Field(description="The run on the dashboard; null if DASHBOARD_URL is not set")


def payload_schema() -> dict[str, Any]:
    """Return the JSON Schema of a payload."""
    return EventPayload.model_json_schema(mode="serialization")

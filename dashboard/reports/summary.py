"""summary.json: a run in a shape of its own that stays as it is, for programs outside."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.reports.subject import Subject

FORMAT: Final = "k6-dashboard-summary"
VERSION: Final = 1


class Part(BaseModel):
    """Takes what it knows from the dashboard's own answers, which may grow."""

    model_config = ConfigDict(extra="ignore", json_schema_serialization_defaults_required=True)


class Figures(Part):
    """Figures of the run, a group or an operation. Times in ms, shares 0-1; missing is null."""

    total_reqs: int
    errors: int
    error_rate: float | None
    rps: float | None
    avg_ms: float | None
    min_ms: float | None
    max_ms: float | None
    p50_ms: float | None
    p75_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    status_0: int
    status_1xx: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    checks_passed: int
    checks_failed: int
    checks_rate: float | None


class Operation(Figures):
    """One operation."""

    op: str
    group: str
    phase: str


class Group(Figures):
    """One group."""

    name: str


class Totals(Part):
    """What exists for all operations together only."""

    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    connection_reuse_rate: float | None


class Facts(Part):
    """What ran, when, and how it ended."""

    run_id: str
    status: str
    exit_code: int | None
    exit_reason: str | None
    profile: str
    env_profile: str | None
    label: str | None
    base_url: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    duration_s: float | None
    planned_s: float
    vus_max: int
    apdex_t_ms: float
    apdex_grade: str | None
    percentiles_from: Literal["exact", "histogram"] | None
    samples_lost: bool | None
    requests_cut: int | None
    generator_cpu_max: float | None
    k6_version: str | None


class Limit(Part):
    """One SLO; `passed` is null when its figure is missing. `name` is empty for the run itself."""

    level: Literal["run", "operation", "group"]
    name: str
    key: str
    value: float | None
    limit: float
    passed: bool | None
    message: str


class Bucket(Part):
    """Requests up to `le_ms` and above the bucket before; null is no upper limit."""

    le_ms: int | None
    count: int


class Count(Part):
    """A name and how often it was seen."""

    name: str
    count: int


class Summary(Part):
    """A run in short. Within a version fields may be added; none changes its meaning or goes."""

    format: Literal["k6-dashboard-summary"] = FORMAT
    version: Literal[1] = VERSION
    run: Facts
    verdict: Literal["pass", "fail", "none", "unknown", "invalid"] | None = Field(
        description="null until the run has ended"
    )
    verdict_reason: str | None
    slos: list[Limit]
    figures: Figures | None = Field(description="null when nothing was measured")
    totals: Totals | None
    latency_buckets: list[Bucket]
    statuses: list[Count]
    error_messages: list[Count]
    groups: list[Group]
    operations: list[Operation]
    meta: dict[str, str]
    dashboard_version: str | None


def summary_of(subject: Subject) -> Summary:
    """The summary of a run."""
    breakdown, record = subject.breakdown, subject.record
    return Summary.model_validate(
        {
            "run": record,
            "verdict": record["verdict"],
            "verdict_reason": record["verdict_reason"],
            "slos": subject.slos,
            "figures": breakdown.get("figures"),
            "totals": breakdown.get("totals"),
            **{
                name: breakdown.get(name, [])
                for name in ("latency_buckets", "statuses", "error_messages", "groups")
            },
            "operations": subject.ops,
            "meta": subject.whole["meta"],
            "dashboard_version": subject.whole["dashboard_version"],
        }
    )


def summary_schema() -> dict[str, Any]:
    """The shape of summary.json as JSON Schema."""
    return Summary.model_json_schema(mode="serialization")

"""summary.json: a run in its own versioned shape, for other programs."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.reports.counts import counts_of
from dashboard.reports.source import ReportSource

FORMAT: Final = "k6-dashboard-summary"
VERSION: Final = 1


class SummaryPart(BaseModel):
    """Ignores fields that it does not declare, because API responses may gain fields."""

    model_config = ConfigDict(extra="ignore", json_schema_serialization_defaults_required=True)


class SummaryFigures(SummaryPart):
    """Figures of the run, a group or an operation. Times in ms, ratios from 0 to 1; null means not measured."""

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
    status_other: int
    checks_passed: int
    checks_failed: int
    checks_rate: float | None


class SummaryOperation(SummaryFigures):
    """One operation."""

    op: str
    group: str
    phase: str
    skipped: int
    thrown: int


class SummaryGroup(SummaryFigures):
    """One group."""

    name: str


class SummaryTotals(SummaryPart):
    """Figures that exist only for all operations together."""

    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    connection_reuse_rate: float | None
    thrown_iterations: int | None = Field(description="Iterations that ended with an exception")
    skipped_requests: int | None = Field(
        description="Requests that were not sent, because a value was missing"
    )


class SummaryCheck(SummaryPart):
    """The results of one check of an operation."""

    op: str
    group: str
    phase: str
    check: str
    passes: int
    fails: int


class SummaryIterations(SummaryPart):
    """begun = completed + thrown + cut + missing. `missing` ended without being received; null means unknown."""

    begun: int | None
    completed: int
    thrown: int
    cut: int | None
    dropped: int
    missing: int


class SummarySteps(SummaryPart):
    """due = sent + skipped + thrown. `unreached` steps were skipped after an earlier failure."""

    due: int
    sent: int
    skipped: int
    unreached: int
    redirected: int
    thrown: int
    skip_reasons: dict[str, int]
    throw_reasons: dict[str, int]


class SummaryRequests(SummaryPart):
    """sent = answered + unanswered. `errors` count the unanswered requests by error."""

    sent: int
    answered: int
    unanswered: int
    errors: dict[str, int]


class SummaryValues(SummaryPart):
    """Values to extract from responses."""

    extracted: int
    missing: int


class SummaryAccount(SummaryPart):
    """What became of every iteration, step and request. `steps` and `values` are null for a custom script."""

    iterations: SummaryIterations
    steps: SummarySteps | None
    requests: SummaryRequests
    values: SummaryValues | None
    is_empty: bool = Field(description="Nothing was sent")


class SummaryRun(SummaryPart):
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


class SummarySlo(SummaryPart):
    """One SLO result. `passed` is null when the figure was not measured. `name` is empty at the level `run`."""

    level: Literal["run", "operation", "group"]
    name: str
    key: str
    value: float | None
    limit: float
    passed: bool | None
    message: str


class SummaryThreshold(SummaryPart):
    """A threshold that a custom script sets for one of its metrics."""

    metric: str
    expression: str
    passed: bool


class SummaryBucket(SummaryPart):
    """Requests up to `le_ms` and above the previous bucket; null means no upper bound."""

    le_ms: int | None
    count: int


class SummaryCount(SummaryPart):
    """A name and how often it occurred."""

    name: str
    count: int


class RunSummary(SummaryPart):
    """The summary of a run. Within a version, fields may be added; none is removed or changes its meaning."""

    format: Literal["k6-dashboard-summary"] = FORMAT
    version: Literal[1] = VERSION
    run: SummaryRun
    verdict: Literal["pass", "fail", "none", "unknown", "invalid"] | None = Field(
        description="null until the run has ended"
    )
    verdict_reason: str | None
    slos: list[SummarySlo]
    thresholds: list[SummaryThreshold]
    figures: SummaryFigures | None = Field(description="null when nothing was measured")
    totals: SummaryTotals | None
    account: SummaryAccount | None = Field(description="null for a run of an earlier version")
    latency_buckets: list[SummaryBucket]
    statuses: list[SummaryCount]
    error_messages: list[SummaryCount]
    groups: list[SummaryGroup]
    operations: list[SummaryOperation]
    checks: list[SummaryCheck] = Field(description="most failures first")
    meta: dict[str, str]
    dashboard_version: str | None


def summary_of(source: ReportSource) -> RunSummary:
    """Return the summary of a run."""
    breakdown, record = source.breakdown, source.record
    lists = ("latency_buckets", "statuses", "error_messages", "groups")
    return RunSummary.model_validate(
        {
            "run": record,
            "verdict": record["verdict"],
            "verdict_reason": record["verdict_reason"],
            "slos": source.slos,
            "thresholds": record["thresholds"],
            "figures": breakdown.get("figures"),
            "totals": breakdown["totals"] | counts_of(source) if breakdown else None,
            "account": record["account"],
            **{name: breakdown.get(name, []) for name in lists},
            "operations": source.ops,
            "checks": source.checks,
            "meta": source.description["meta"],
            "dashboard_version": source.description["dashboard_version"],
        }
    )


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema of summary.json."""
    return RunSummary.model_json_schema(mode="serialization")

"""Shapes of the answers about runs: records, figures, operations, ranges."""

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.fields import Answer, Status, VerdictName


class FiguresShape(Answer):
    """Figures of a run, a range, an operation, a group or a phase."""

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
    success_avg_ms: float | None
    success_p50_ms: float | None
    success_p95_ms: float | None
    success_p99_ms: float | None
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


class TotalsShape(Answer):
    """Figures that exist for all operations together only."""

    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    connection_reuse_rate: float | None


class ControlShape(Answer):
    """What is wanted of a live run; which fields are there says `steering_variable`: "pause" has none but `paused`."""

    steering_variable: Literal["vus", "share", "pause"]
    paused: bool
    vus: int | None
    share: float | None
    rate: float | None = Field(description="Iterations in a second")
    planned_vus: int
    planned_rate: float | None
    seq: int = Field(description="Counts the changes")
    taken: bool = Field(description="k6 has got what is wanted")
    waiting: bool = Field(description="A stop waits for running iterations")
    running: int | None = Field(description="How many it waits for; null while that is not known")
    renews_token: bool = Field(description="POST /run/refresh-token gets a fresh token")


class RunRecord(Answer):
    """A run as lists show it. Figures are the run so far while it is live, null before the first ones."""

    run_id: str
    status: Status
    exit_code: int | None
    exit_reason: str | None
    verdict: VerdictName | None
    verdict_reason: str | None
    profile: str
    env_profile: str | None
    label: str | None
    group_id: str | None
    base_url: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    elapsed_s: float | None
    duration_s: float | None
    planned_s: float
    vus: int | None = Field(description="Users at work when last heard of")
    vus_max: int
    total_reqs: int | None
    errors: int | None
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
    success_avg_ms: float | None
    success_p50_ms: float | None
    success_p95_ms: float | None
    success_p99_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    status_0: int | None
    status_1xx: int | None
    status_2xx: int | None
    status_3xx: int | None
    status_4xx: int | None
    status_5xx: int | None
    checks_passed: int | None
    checks_failed: int | None
    checks_rate: float | None
    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    connection_reuse_rate: float | None
    apdex_grade: str | None
    apdex_t_ms: float
    percentiles_from: Literal["exact", "histogram"] | None
    samples_lost: bool | None
    samples_lost_reason: str | None
    steered: bool = Field(False, description="Its load was changed by hand while it ran")
    control: ControlShape | None = Field(None, description="Null for a run that is not live or not steerable")
    requests_cut: int | None = Field(description="Requests cut in flight by a stop: at most this many")
    slo_abort_reason: str | None = Field(
        description="The broken limit for which the dashboard stopped the run"
    )
    invalid_reason: str | None = Field(description="Why its load was not what was planned")
    generator_cpu_max: float | None = Field(description="k6's CPU use as a share of the cores it may use")
    k6_version: str | None
    retention_level: Literal["full", "10s", "60s", "totals"] = Field(
        description="How finely it is kept: as measured, in windows of 10 or 60 s, or as one window of all"
    )
    imported_at: str | None = Field(description="When it came from another dashboard; null for own runs")
    tags: list[str]
    noted: bool = Field(description="There are notes: the run itself has them")
    origin: str | None = Field(description="The dashboard that shared it through InfluxDB; null for own runs")


class RunList(RootModel[list[RunRecord]]):
    """Runs, newest first."""


PlanUnit = Annotated[
    Literal["vus", "rate"] | None,
    Field(
        description="What the plan is a curve of: users, or iterations in a second; null when k6 scenarios have no "
        "curve in common, and `plan` is empty"
    ),
]


class PlanPoint(Answer):
    """A corner of the planned curve, in the plan's `unit`; two points at one time are a jump."""

    at_s: float
    target: float


class SloShape(Answer):
    """One limit and what was measured; `passed` is null when the figure is missing."""

    key: str
    value: float | None
    limit: float
    passed: bool | None
    message: str


class DistributionShape(Answer):
    """A distribution of one k6 metric, in `unit`."""

    metric: str
    unit: str
    count: int
    avg: float | None
    min: float | None
    med: float | None
    max: float | None
    p90: float | None
    p95: float | None
    p99: float | None


class BucketShape(Answer):
    """Requests up to `le_ms` and above the bucket before; null is no upper limit."""

    le_ms: int | None
    count: int


class OpShape(FiguresShape):
    """One operation. `phase` is "", "setup" or "teardown"."""

    op: str
    group: str
    phase: str


class OpList(RootModel[list[OpShape]]):
    """Operations of a run."""


class OpPoint(Answer):
    """One operation in one window; windows in which it was not called are left out."""

    seq: int
    elapsed_s: float
    requests: int
    errors: int
    rps: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class GroupShape(FiguresShape):
    """Figures of a group or a phase."""

    name: str


class CheckShape(Answer):
    """Results of one check."""

    check: str
    passes: int
    fails: int


class CountShape(Answer):
    """A name and how often it was seen: exact status codes, error messages."""

    name: str
    count: int


class OpBreakdown(Answer):
    """One operation in depth, over the whole run or a range of it."""

    run_id: str
    op: str
    figures: FiguresShape
    latency_buckets: list[BucketShape]
    statuses: list[CountShape]
    error_messages: list[CountShape]
    checks: list[CheckShape]
    series: list[OpPoint]


class Breakdown(Answer):
    """Everything that can be said about a run or a range of it beside its operations."""

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
        description='Latencies of each status class seen: "0", "2xx" ...'
    )


class EventShape(Answer):
    """Something that happened to the run: a mark on its charts."""

    n: int
    kind: str
    at: str
    level: Literal["info", "warning", "error"]
    message: str
    elapsed_s: float | None
    data: dict[str, Any]


class RunDetail(Answer):
    """One run, whole."""

    run: RunRecord
    unit: PlanUnit
    plan: list[PlanPoint]
    variables: dict[str, str]
    auth_mode: str
    auth_fields: dict[str, str] = Field(description="Fields of authentication that are no secrets")
    steering_variable: Literal["vus", "share"] | None = Field(description="What of it could be changed while it ran")
    network: dict[str, Any] = Field(description="How the requests of this run travelled; never a key")
    meta: dict[str, str]
    notes: str | None = Field(description="Markdown")
    slos: list[SloShape]
    generator: dict[str, Any]
    endpoints_sha256: str | None
    dashboard_version: str | None
    keep_samples: bool
    push_interval_s: float
    events: list[EventShape]
    breakdown: Breakdown | None


class RangeAnswer(Answer):
    """Figures of the intervals whose end lies in (from_s, to_s]."""

    run_id: str
    from_s: float
    to_s: float
    resolution_s: float
    breakdown: Breakdown
    ops: list[OpShape]

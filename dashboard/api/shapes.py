"""Request and response shapes: what JSON clients send and get. Bodies that people write refuse unknown keys.

Units are in the names (`_ms`, `_s`, `_bytes`); shares are fractions 0-1; times are UTC, ISO 8601; missing is null.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

ProfileName = Literal["smoke", "ramp", "soak", "stress", "spike"]
Status = Literal["queued", "starting", "running", "stopping", "finished", "failed", "stopped", "interrupted"]
VerdictName = Literal["pass", "fail", "none", "unknown", "invalid"]
HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)


def _digits(value: object) -> object:
    """Numbers may come as strings of digits ("20"); anything else is left for the validator to refuse."""
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        else value
    )


def _number(value: object) -> object:
    """The same for numbers that need not be whole ("500", "0.5")."""
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


WholeNumber = Annotated[int, BeforeValidator(_digits), Field(strict=True)]
Number = Annotated[float, BeforeValidator(_number), Field(strict=True, allow_inf_nan=False)]


class Body(BaseModel):
    """A request body: unknown keys are refused, text is not longer than it needs to be."""

    model_config = ConfigDict(extra="forbid", str_max_length=4_096)


class Answer(BaseModel):
    """A response: every field is there, null when there is nothing to say."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Empty(Body):
    """A body without fields."""


class LoadParameters(Body):
    """The load of a run; what is left out comes from the profile and the settings."""

    profile: ProfileName
    vus: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None
    duration: Annotated[str, Field(max_length=32, examples=["60s"])] | None = None
    ramp_duration: Annotated[str, Field(max_length=32, examples=["30s"])] | None = None


class PlanBody(LoadParameters):
    """What to plan."""

    base_url: Annotated[str, Field(max_length=2_048)] | None = None


class Auth(Body):
    """How requests authenticate. Only the fields of the chosen mode are used; secrets are never answered."""

    auth_mode: Literal["none", "bearer", "basic", "api_key"] | None = None
    auth_token: Annotated[str, Field(max_length=16_384)] | None = None
    auth_basic_user: Annotated[str, Field(max_length=1_024)] | None = None
    auth_basic_pass: Annotated[str, Field(max_length=4_096)] | None = None
    auth_api_key: Annotated[str, Field(max_length=16_384)] | None = None
    auth_api_key_header: Annotated[str, Field(max_length=256, pattern=HEADER_NAME)] | None = None


class StartBody(Auth, LoadParameters):
    """A run to start. All but `profile` is optional: settings fill in."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: Annotated[str, Field(max_length=2_048)] | None = None
    env_profile: Annotated[str, Field(max_length=128)] | None = None
    label: Annotated[str, Field(max_length=200)] | None = None
    meta: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] | None = Field(
        None, max_length=32, description="Commit, branch, build URL and other facts to keep with the run"
    )
    apdex_t_ms: Annotated[Number, Field(gt=0, le=60_000)] | None = None
    queue: bool = Field(
        False, strict=True, description="Wait for a turn instead of answering 409 while another run is live"
    )
    confirm: bool = Field(
        False, strict=True, description="Load a public address with more than 50 VUs on purpose"
    )


class StopBody(Body):
    """Which run to stop; without an id the newest live one."""

    run_id: Annotated[str, Field(max_length=64)] | None = None


class TestConnectionBody(Auth):
    """One request to the target, to see whether it answers."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: Annotated[str, Field(max_length=2_048)]
    path: Annotated[str, Field(max_length=2_048)] = "/"


class LoginBody(Body):
    """The dashboard's access token."""

    token: Annotated[str, Field(min_length=1, max_length=512)]


class Problem(BaseModel):
    """application/problem+json: what went wrong and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list["ProblemField"] = []


class ProblemField(Answer):
    """What is wrong with one field."""

    field: str
    message: str


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
    requests_cut: int | None = Field(description="Requests cut in flight by a stop: at most this many")
    generator_cpu_max: float | None = Field(description="k6's CPU use as a share of the cores it may use")
    k6_version: str | None


class RunList(RootModel[list[RunRecord]]):
    """Runs, newest first."""


class PlanPoint(Answer):
    """A corner of the planned curve; two points at one time are a jump."""

    at_s: float
    vus: int


class SloShape(Answer):
    """One limit and what was measured; `passed` is null when the figure is missing."""

    key: str
    value: float | None
    limit: float
    passed: bool | None
    words: str


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


class OpDetail(Answer):
    """One operation in depth, over the whole run or a range of it."""

    run_id: str
    op: str
    figures: FiguresShape
    latency_buckets: list[BucketShape]
    statuses: list[CountShape]
    error_messages: list[CountShape]
    checks: list[CheckShape]
    series: list[OpPoint]


class Detail(Answer):
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
    plan: list[PlanPoint]
    variables: dict[str, str]
    auth_mode: str
    meta: dict[str, str]
    slos: list[SloShape]
    generator: dict[str, Any]
    endpoints_sha256: str | None
    dashboard_version: str | None
    keep_samples: bool
    push_interval_s: float
    events: list[EventShape]
    detail: Detail | None


class RangeAnswer(Answer):
    """Figures of the intervals whose end lies in (from_s, to_s]."""

    run_id: str
    from_s: float
    to_s: float
    resolution_s: float
    detail: Detail
    ops: list[OpShape]


class SnapshotShape(Answer):
    """One period: counts, rates and percentiles are the window's; `total_*` are the run's so far."""

    seq: int
    elapsed_s: float
    window_s: float
    vus: int | None
    requests: int
    errors: int
    rps: float | None
    error_rate: float | None
    p50_ms: float | None
    p75_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    avg_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    checks_rate: float | None
    status_0: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    total_reqs: int
    total_errors: int
    generator_cpu: float | None
    generator_rss_bytes: int | None


class SnapshotColumns(RootModel[dict[str, list[float | int | None]]]):
    """The same as lists of equal length, one a field."""


class SnapshotsAnswer(RootModel[list[SnapshotShape] | SnapshotColumns]):
    """Snapshots as rows or, with format=columns, as columns."""


class LogEntry(Answer):
    """A line of the log: k6's own, or the dashboard's. `offset` is the place in the console file, null for ours."""

    offset: int | None
    at: str | None
    level: Literal["debug", "info", "warning", "error"]
    source: Literal["k6", "dashboard"]
    message: str


class LogPage(Answer):
    """A part of the console, oldest first. Ask on with `after=next_after`, or back with `before=first`."""

    entries: list[LogEntry]
    first: int
    next_after: int
    size: int
    dropped_bytes: int


class Started(Answer):
    """A run that was accepted."""

    status: Literal["starting", "queued"]
    profile: str
    run_id: str


class Stopping(Answer):
    """A stop that was passed on, or a queued run that was cancelled."""

    status: Status
    run_id: str


class RunState(Answer):
    """One live run in short."""

    run_id: str
    status: Status
    profile: str
    base_url: str
    label: str | None
    started_at: str | None
    elapsed_s: float | None
    planned_s: float
    vus: int | None
    total_reqs: int | None


class RunStatusAnswer(Answer):
    """The newest live run, `status: "idle"` without one, and all live and waiting ones."""

    status: Literal["idle", "queued", "starting", "running", "stopping"]
    run_id: str | None = None
    profile: str | None = None
    base_url: str | None = None
    label: str | None = None
    started_at: str | None = None
    elapsed_s: float | None = None
    planned_s: float | None = None
    vus: int | None = None
    total_reqs: int | None = None
    runs: list[RunState]
    queue: list[RunState]
    queue_held: bool = Field(description="The server was restarted: the queue waits for POST /run/continue")


class EndpointsDocument(RootModel[dict[str, Any]]):
    """The endpoints file."""


class K6Answer(RootModel[dict[str, Any]]):
    """What k6 says."""


class OpenApiDocument(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


class ProfileShape(Answer):
    """A load profile and which parameters it uses."""

    name: str
    purpose: str
    uses: list[str]


class Secrets(Answer):
    """Which secrets the settings hold; their values are never given."""

    auth_token: Literal["set", "not set"]
    auth_basic_user: Literal["set", "not set"]
    auth_basic_pass: Literal["set", "not set"]
    auth_api_key: Literal["set", "not set"]


class RunConfigAnswer(Answer):
    """Defaults for the form that starts a run."""

    base_url: str
    profile: ProfileName
    vus: int
    duration: str
    ramp_duration: str
    soak_duration: str
    stress_step_duration: str
    spike_duration: str
    apdex_t_ms: float
    auth_mode: Literal["none", "bearer", "basic", "api_key"]
    auth_api_key_header: str
    secrets: Secrets
    max_vus: int
    max_duration_s: float
    profiles: list[ProfileShape]
    slos: dict[str, float]
    endpoints_count: int
    endpoints_service: str | None
    demo_url: str | None = Field(description="Address of the demo service when it runs")
    k6_version: str | None
    version: str


class PlanAnswer(Answer):
    """What a run would do."""

    profile: str
    plan: list[PlanPoint]
    planned_s: float
    peak_vus: int
    keep_samples: bool
    push_interval_s: float
    commands: dict[str, str] = Field(description="The same run as a k6, a curl and a just command")


class ConnectionAnswer(Answer):
    """What one request to the target gave. `ok` is false when nothing answered; `message` says why."""

    ok: bool
    status: int | None
    duration_ms: float | None
    message: str


class DemoAnswer(Answer):
    """The demo service."""

    url: str


class HealthAnswer(Answer):
    """Alive. What comes after `version` is given only to those who may use the dashboard."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)

    status: Literal["ok", "degraded"]
    version: str
    loops: list[dict[str, Any]] | None = None
    live_runs: int | None = None
    streams: int | None = None
    modules_imported: int | None = None

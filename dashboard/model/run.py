"""Run: one execution of a test with a load profile, from the start request to the verdict."""

import base64
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dashboard.model.account import Account
from dashboard.model.control import Control
from dashboard.model.exact import Bounds, ExactLatencies
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.plan import GRACEFUL_STOP_S, ControlVariable, SteeringVariable, Unit
from dashboard.model.script import ScriptThreshold
from dashboard.model.slo_set import SloAbort, SlosByName, SloSet
from dashboard.model.snapshot import OVERALL
from dashboard.model.steered_load import SteeredLoad

RunId = str


class RunStatus(StrEnum):
    """The state of a run, or how it ended."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"

    @property
    def is_live(self) -> bool:
        """Whether k6 runs or is about to start."""
        return self in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING)

    @property
    def has_ended(self) -> bool:
        """Whether the status is final."""
        return not self.is_live and self is not RunStatus.QUEUED


class RetentionLevel(StrEnum):
    """How much detail is kept: every interval, windows of 10 or 60 s, or one window for the whole run."""

    FULL = "full"
    TEN_S = "10s"
    MINUTE = "60s"
    TOTALS = "totals"


class Verdict(StrEnum):
    """The judgment of a run's result."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """The configuration of a run, resolved from request, environment profile and settings. No secrets."""

    profile: str
    base_url: str
    variables: dict[str, str]
    auth_mode: str = "none"
    auth_api_key_header: str | None = None
    auth_fields: dict[str, str] = field(default_factory=dict)
    env_profile: str | None = None
    label: str | None = None
    group_id: str | None = None
    meta: dict[str, str] = field(default_factory=dict)
    apdex_t_ms: float = 500.0
    network: dict[str, Any] = field(default_factory=dict)
    steering_variable: SteeringVariable | None = None
    has_token_request: bool = False
    renews_token: bool = False

    @property
    def has_channel(self) -> bool:
        """Whether k6 polls the runner during the run, for the desired load or for access tokens."""
        return self.steering_variable is not None or self.has_token_request

    @property
    def control_variable(self) -> ControlVariable | None:
        """What can be controlled while the run is live. A run whose channel is only for tokens can only be paused."""
        return self.steering_variable or ("pause" if self.has_token_request else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The circumstances of a run, stored at its start because they cannot be determined later.

    planned_iterations, iterations_at_end, first_start_s: from the plan (`Plan`); the iterations only for a rate
    script_endpoints: the names of the endpoints in the file, if k6 runs a custom script (K6_SCRIPT)
    token_targets: the only hosts to which the named token that started the run may send requests; empty without a limit
    """

    stages: tuple[tuple[float, float], ...] = ()
    plan_unit: Unit | None = "vus"
    planned_iterations: int | None = None
    iterations_at_end: int = 0
    first_start_s: float = 0.0
    graceful_stop_s: float = GRACEFUL_STOP_S
    keep_samples: bool = True
    push_interval_s: float = 2.0
    endpoints_sha256: str | None = None
    k6_version: str | None = None
    dashboard_version: str | None = None
    generator: dict[str, object] = field(default_factory=dict)
    script_endpoints: tuple[str, ...] | None = None
    token_targets: tuple[str, ...] = ()
    slos: dict[str, float] = field(default_factory=dict)
    op_slos: SlosByName = field(default_factory=dict)
    group_slos: SlosByName = field(default_factory=dict)
    slo_skip: str | None = None
    slo_abort: SloAbort | None = None

    @property
    def has_own_script(self) -> bool:
        """Whether k6 runs a custom script, which decides itself what it sends."""
        return self.script_endpoints is not None

    @property
    def slo_set(self) -> SloSet:
        """The SLOs in force, at every level."""
        return SloSet(
            run=self.slos,
            operations=self.op_slos,
            groups=self.group_slos,
            skip=self.slo_skip,
            abort=self.slo_abort,
        )

    def with_slo_set(self, slo_set: SloSet) -> "RunContext":
        """Return the same context with other SLOs in force."""
        return replace(
            self,
            slos=slo_set.run,
            op_slos=slo_set.operations,
            group_slos=slo_set.groups,
            slo_skip=slo_set.skip,
            slo_abort=slo_set.abort,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run. `figures` and `totals` cover the run so far and are final once it has ended.

    started_at, load_started_at: the start of k6, and that of the load. Times in seconds count from the start of the
        load. Runs of earlier versions have no load_started_at, and their times count from the start of k6
    percentiles_from: "exact" (k6's own values) or "histogram"
    requests_cut: the maximum number of requests that an early end cut off
    steered: somebody changed its load while it was live
    steered_load: how steering changed the load, known once the run has ended; None if it did not
    prepared_vus: how many users k6 has prepared; valid only while the run is starting
    exact: the latencies that k6 computed from all samples; None while the run is live or when it kept none
    control: set only while the run is live; the run folder holds the current value
    changed_by: who changed label, notes or tags last
    """

    run_id: RunId
    status: RunStatus
    config: RunConfig
    context: RunContext
    created_at: datetime
    planned_s: float
    vus_max: int
    started_at: datetime | None = None
    load_started_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_s: float | None = None
    vus: int | None = None
    prepared_vus: int | None = None
    exit_code: int | None = None
    exit_reason: str | None = None
    verdict: Verdict | None = None
    verdict_reason: str | None = None
    percentiles_from: str | None = None
    samples_lost: bool | None = None
    samples_lost_reason: str | None = None
    steered: bool = False
    steered_load: SteeredLoad | None = None
    control: Control | None = None
    requests_cut: int | None = None
    slo_abort_reason: str | None = None
    invalid_reason: str | None = None
    teardown_failure: str | None = None
    generator_cpu_max: float | None = None
    exact: ExactLatencies | None = None
    figures: Figures | None = None
    totals: RunTotals | None = None
    account: Account | None = None
    thresholds: tuple[ScriptThreshold, ...] = ()
    retention_level: RetentionLevel = RetentionLevel.FULL
    imported_at: datetime | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    origin: str | None = None
    started_by: str | None = None
    stopped_by: str | None = None
    changed_by: str | None = None

    @property
    def zero_at(self) -> datetime | None:
        """The zero of all times in seconds; None before k6 was started."""
        return self.load_started_at or self.started_at

    @property
    def time_zero(self) -> str | None:
        """What all times in seconds are counted from: `load` or, as far as is known, `k6`."""
        if self.started_at is None:
            return None
        return "load" if self.load_started_at else "k6"

    @property
    def bounds(self) -> Bounds | None:
        """The exact minimum and maximum latency of the load in ms; None if they are unknown."""
        return self.exact.bounds_of(OVERALL) if self.exact else None

    @property
    def active_s(self) -> float | None:
        """The length of the load so far without its pauses, over which rates are computed."""
        if self.elapsed_s is None or self.steered_load is None:
            return self.elapsed_s
        return max(0.0, self.elapsed_s - self.steered_load.paused_s)

    @property
    def steering_note(self) -> str | None:
        """How the load differed from the plan because it was steered: "paused for 12 s"; None if it did not."""
        return self.steered_load.text if self.steered_load else None

    @property
    def duration_s(self) -> float | None:
        """The length of the load in seconds, or of the whole k6 process if only that is known; None before its end."""
        if self.load_started_at and self.ended_at:
            return self.elapsed_s
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.started_at).total_seconds())


def new_run_id(now: datetime, randomness: bytes) -> RunId:
    """Return `YYYYMMDD-HHMMSS-` and 8 base32 characters of `randomness`. Ids sort by time."""
    tail = base64.b32encode(randomness[:5]).decode().lower()
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{tail}"


def iso(moment: datetime | None) -> str | None:
    """Return the time in UTC as ISO 8601 with milliseconds and Z; None for None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Return the time that `iso` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)

"""Shapes of runs: the record, the whole run, the list, and changes by users."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from dashboard.api.shapes.account import AccountShape
from dashboard.api.shapes.base import (
    RUN_ID_PATTERN,
    Label,
    Line,
    Moment,
    ProfileName,
    RequestShape,
    ResponseShape,
    RunIdOrLatest,
    RunStatusName,
    Text,
    VerdictName,
    WholeNumber,
)
from dashboard.api.shapes.derive import with_fields
from dashboard.api.shapes.event import EventShape
from dashboard.api.shapes.figures import BreakdownShape
from dashboard.api.shapes.live_run import ControlShape
from dashboard.api.shapes.plan import PlanPointShape, PlanUnit, SteeringVariableName
from dashboard.model.annotations import MAX_NOTES_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.run import Run, RunConfig
from dashboard.model.script import ScriptThreshold

SORT_COLUMNS = (
    *("created_at", "profile", "env_profile", "label", "verdict", "status", "duration_s", "total_reqs"),
    *("rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "ttfb_ms", "apdex_score"),
    "checks_rate",
)
RUN_FIELDS = (
    *(
        "run_id",
        "status",
        "exit_code",
        "exit_reason",
        "verdict",
        "verdict_reason",
        "created_at",
        "started_at",
    ),
    *(
        "load_started_at",
        "ended_at",
        "elapsed_s",
        "planned_s",
        "vus",
        "vus_max",
        "prepared_vus",
        "samples_lost",
        "samples_lost_reason",
        "steered",
    ),
    *("requests_cut", "slo_abort_reason", "invalid_reason", "generator_cpu_max", "retention_level"),
    *("imported_at", "origin", "started_by", "stopped_by", "changed_by"),
)


def _sort_order(text: str) -> str:
    if text.removeprefix("-") not in SORT_COLUMNS:
        raise ValueError(f"must be one of {', '.join(SORT_COLUMNS)}, with a leading - for descending order")
    return text


@with_fields(ScriptThreshold)
class ThresholdShape(ResponseShape):
    """A threshold that a custom script sets for one of its metrics."""


class RunPath(RequestShape):
    """A run."""

    run_id: RunIdOrLatest


class RunsQuery(RequestShape):
    """The runs to return, newest first or in the order of `sort`."""

    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 200
    before: (
        Annotated[str, Field(pattern=RUN_ID_PATTERN, description="Only runs older than this ID")] | None
    ) = None
    sort: Annotated[str, AfterValidator(_sort_order), Field(max_length=32)] = "-created_at"
    before_value: (
        Annotated[str, Field(max_length=2_048, description="From the link to the next page")] | None
    ) = None
    status: RunStatusName | None = None
    profile: ProfileName | None = None
    verdict: VerdictName | None = None
    env_profile: Annotated[str, Field(max_length=128)] | None = None
    label: Annotated[str, Field(max_length=200)] | None = None
    target: Annotated[str, Field(max_length=2_048, description="Part of the target")] | None = None
    tag: Annotated[str, Field(max_length=64)] | None = None
    meta: Annotated[str, Field(max_length=600, description="Metadata: key=value, or a key")] | None = None
    search: (
        Annotated[
            str,
            Field(max_length=200, description="Text in profile, label, target, ID, tags, metadata or notes"),
        ]
        | None
    ) = None
    since: Moment | None = None
    until: Moment | None = None


@with_fields(
    Run,
    RUN_FIELDS,
    load_started_at="When the load started; null while unknown, and for runs of earlier versions",
    elapsed_s="Length of the load so far, in seconds",
    vus="Active virtual users in the newest snapshot",
    prepared_vus="How many virtual users k6 has prepared; null unless the run is starting",
    steered="The load was changed while the run was live",
    requests_cut="Upper bound for the number of requests that a stop cut off",
    slo_abort_reason="The SLO for which the dashboard stopped the run",
    invalid_reason="Why the generator did not produce the planned load",
    generator_cpu_max="Highest CPU use of k6, as a share of its cores",
    retention_level="Stored detail: all snapshots, windows of 10 or 60 s, or one window for the whole run",
    imported_at="When the run was imported; null for runs of this dashboard",
    origin="The dashboard that shared the run through InfluxDB; null for runs of this dashboard",
    started_by="Who started the run: a token, a user of a proxy, `main token` or `local`",
    stopped_by="Who stopped the run; null if it ended by itself or the dashboard stopped it",
    changed_by="Who changed its label, notes or tags last",
)
@with_fields(RunConfig, ("profile", "env_profile", "label", "group_id", "base_url", "apdex_t_ms"))
@with_fields(Figures, nullable=True)
@with_fields(RunTotals, nullable=True)
class RunRecord(ResponseShape):
    """A run as shown in lists. Figures of a live run cover the run so far; they are null before the first snapshot."""

    duration_s: float | None
    time_zero: Literal["load", "k6"] | None = Field(
        description="What seconds count from: the start of the load, or of k6 in runs of earlier versions"
    )
    account: AccountShape | None = Field(description="Null for a run of an earlier version")
    thresholds: list[ThresholdShape] = Field(
        description="Thresholds of a custom script, at the end of the run"
    )
    apdex_grade: str | None
    percentiles_from: Literal["exact", "histogram"] | None
    steering_note: str | None = Field(
        description='How steering changed the load of an ended run, such as "paused for 12 s"; null if it did not'
    )
    control: ControlShape | None = Field(description="Null for a run that is not live or not steerable")
    k6_version: str | None
    tags: list[str]
    noted: bool = Field(description="The run has notes")


class RunList(RootModel[list[RunRecord]]):
    """Runs, newest first."""


class SloRowShape(ResponseShape):
    """One SLO and the measured value. `passed` is null when the value is missing."""

    key: str
    value: float | None
    limit: float
    passed: bool | None
    message: str


class RunDetailAnswer(ResponseShape):
    """A run with its plan, settings, SLOs, events and figures."""

    run: RunRecord
    unit: PlanUnit
    plan: list[PlanPointShape]
    variables: dict[str, str]
    auth_mode: str
    auth_fields: dict[str, str] = Field(description="Authentication fields that are not secrets")
    steering_variable: SteeringVariableName | None = Field(
        description="What steering can change; null when the run cannot be steered"
    )
    network: dict[str, Any] = Field(description="Network settings of the run, without secrets")
    meta: dict[str, str]
    notes: str | None = Field(description="Markdown")
    slos: list[SloRowShape]
    generator: dict[str, Any]
    endpoints_sha256: str | None
    dashboard_version: str | None
    keep_samples: bool
    push_interval_s: float
    events: list[EventShape]
    breakdown: BreakdownShape | None


class AnnotateBody(RequestShape):
    """Changes to the label, notes and tags of a run. A field that is left out stays unchanged; null removes it."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000)

    label: Label | None = None
    notes: Annotated[Text, Field(max_length=MAX_NOTES_CHARACTERS, description="Markdown")] | None = None
    tags: (
        Annotated[list[Annotated[Line, Field(max_length=MAX_TAG_CHARACTERS)]], Field(max_length=MAX_TAGS)]
        | None
    ) = None


class AnnotateAnswer(ResponseShape):
    """The run after the change."""

    run: RunRecord
    notes: str | None


class ChoicesAnswer(ResponseShape):
    """Values that filters can offer."""

    env_profiles: list[str]
    tags: list[str]

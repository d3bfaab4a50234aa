"""Shapes of all other answers: problems, live control, configuration, health."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from dashboard.api.shapes.fields import Answer, AuthMode, ProfileName, Status
from dashboard.api.shapes.run import ControlShape, PlanPoint, PlanUnit

IsSet = Literal["set", "not set"]


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


class Started(Answer):
    """A run that was accepted."""

    status: Literal["starting", "queued"]
    profile: str
    run_id: str


class Stopping(Answer):
    """A stop that was passed on, or a queued run that was canceled."""

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
    control: ControlShape | None


class Refreshing(Answer):
    """A fresh token was asked for; whether it came is an event of the run."""

    run_id: str
    status: Literal["asked"] = "asked"


class Controlled(Answer):
    """What is wanted of a run now."""

    run_id: str
    control: ControlShape


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
    control: ControlShape | None = None
    runs: list[RunState]
    queue: list[RunState]
    queue_held: bool = Field(description="The server was restarted: the queue waits for POST /run/continue")
    dry_id: str | None = Field(description="The dry run that is kept, to be read at /run/dry/<dry_id>")


class EndpointsDocument(RootModel[dict[str, Any]]):
    """The endpoints file."""


class JsonSchema(RootModel[dict[str, Any]]):
    """A JSON Schema."""


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
    """Which fields of authentication the settings hold; their values are never given."""

    auth_token: IsSet
    auth_basic_user: IsSet
    auth_basic_pass: IsSet
    auth_api_key: IsSet
    auth_host: IsSet
    auth_realm: IsSet
    auth_client_id: IsSet
    auth_client_secret: IsSet
    auth_refresh_endpoint: IsSet
    auth_refresh_body: IsSet
    auth_refresh_headers: IsSet


class RunConfigAnswer(Answer):
    """Defaults for the form that starts a run."""

    base_url: str
    profile: ProfileName
    rate: int
    vus: int
    duration: str
    ramp_duration: str
    soak_duration: str
    stress_step_duration: str
    spike_duration: str
    apdex_t_ms: float
    auth_mode: AuthMode
    auth_api_key_header: str
    secrets: Secrets
    max_vus: int
    max_rate: int
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
    unit: PlanUnit
    plan: list[PlanPoint]
    planned_s: float
    deadline_s: float = Field(description="Seconds after which the watchdog ends the run")
    peak_vus: int
    peak_rate: float | None = Field(description="Most iterations begun in a second; null without a rate")
    iterations: int | None = Field(
        description="How many iterations are asked for; null when users begin anew until the time is up"
    )
    steering_variable: Literal["vus", "share"] | None = Field(description="What `steerable` lets change while it runs")
    keep_samples: bool
    push_interval_s: float
    slos: dict[str, float] = Field(description="Limits in force for the run as a whole")
    slos_beside: int = Field(description="How many more there are, of operations and groups")
    commands: dict[str, str] = Field(description="The same run as a k6, a curl and a just command")


class ConnectionAnswer(Answer):
    """What one request to the target gave. `ok` is false when nothing answered; `message` says why."""

    ok: bool
    status: int | None
    duration_ms: float | None
    message: str


class BadgeLink(Answer):
    """Where a badge is read from outside."""

    url: str
    markdown: str


class Imported(Answer):
    """A run that was taken in."""

    run_id: str


class DemoAnswer(Answer):
    """The demo service."""

    url: str


class DiskAnswer(Answer):
    """How much room runs take: the database with its log, the run folders. `limit_bytes` 0 is no limit."""

    database_bytes: int
    runs_bytes: int
    free_bytes: int
    limit_bytes: int


class HealthAnswer(Answer):
    """Alive. What comes after `version` is given only to those who may use the dashboard."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)

    status: Literal["ok", "degraded"]
    version: str
    loops: list[dict[str, Any]] | None = None
    live_runs: int | None = None
    streams: int | None = None
    replica: dict[str, Any] | None = None
    disk: DiskAnswer | None = None
    modules_imported: int | None = None

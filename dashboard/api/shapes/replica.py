"""Shapes of the replica in InfluxDB."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import RUN_ID_PATTERN, Count, RequestShape, ResponseShape, WholeNumber


class ReplicaStatusAnswer(ResponseShape):
    """Status of the replica. Without InfluxDB all fields except `configured` are null."""

    configured: bool
    url: str | None = None
    bucket: str | None = None
    origin: str | None = Field(None, description="Name of this dashboard in InfluxDB")
    state: Literal["ok", "unreachable", "blocked"] | None = Field(
        None, description="unreachable: retrying automatically; blocked: fix the token or the bucket"
    )
    last_error: str | None = None
    since: str | None = Field(None, description="When the current error first occurred")
    backlog_runs: int | None = None
    backlog_snapshots: int | None = None
    oldest: str | None = Field(None, description="When the oldest run in the backlog was created")
    rejected: int | None = Field(None, description="Number of lines that InfluxDB rejected")
    remote_waiting: int | None = Field(None, description="Runs of other dashboards that are not stored yet")
    points_per_s: float | None = None
    last_sent_at: str | None = None


class RetryAnswer(ResponseShape):
    """Result of sending rejected lines again."""

    sent: int
    rejected: int


class RejectedQuery(RequestShape):
    """The rejected lines to return."""

    after: Count = 0
    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 100


class RejectedLineShape(ResponseShape):
    """A line that InfluxDB rejected, with the error message of InfluxDB."""

    number: int
    run_id: str
    line: str
    error: str
    at: str


class RejectedList(RootModel[list[RejectedLineShape]]):
    """Rejected lines, oldest first."""


class BackfillAnswer(ResponseShape):
    """Number of runs that were added to the backlog."""

    runs: int


class VerifyBody(RequestShape):
    """Runs to compare. Runs that have not ended or do not exist are left out."""

    run_ids: list[Annotated[str, Field(pattern=RUN_ID_PATTERN)]] = Field(min_length=1, max_length=100)
    repair: bool = Field(False, strict=True, description="Send the runs that differ again")


class ReplicaCountsShape(ResponseShape):
    """Counts of what the record or the replica stores for a run."""

    snapshots: int
    requests: int
    op_points: int
    op_requests: int
    finals: int


class VerifiedRunShape(ResponseShape):
    """The counts of a run in the record and in the replica."""

    run_id: str
    equal: bool
    record: ReplicaCountsShape
    replica: ReplicaCountsShape


class VerifyAnswer(RootModel[list[VerifiedRunShape]]):
    """One entry per run."""


class RemoteRunShape(ResponseShape):
    """A live run of another dashboard, as of its last window."""

    run_id: str
    origin: str = Field(
        description="The dashboard that started the run. Only that dashboard can steer and stop it"
    )
    profile: str
    env_profile: str | None
    label: str | None
    base_url: str | None
    created_at: str
    planned_s: float | None
    elapsed_s: float | None
    vus: int | None
    rps: float | None
    p95_ms: float | None
    error_rate: float | None
    total_reqs: int | None = Field(description="Requests so far")
    last_update_at: str
    silent: bool = Field(
        description="No update for a minute: the run may have ended, or its dashboard is down"
    )


class RemoteRunList(RootModel[list[RemoteRunShape]]):
    """Remote runs, newest first. Empty without InfluxDB."""

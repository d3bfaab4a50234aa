"""Shapes of what is asked and told about the replica in InfluxDB."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from dashboard.api.shapes.fields import Answer, Body, WholeNumber
from dashboard.api.shapes.queries import RUN_ID, Count


class ReplicaAnswer(Answer):
    """State of the replica; all but `configured` is null without one."""

    configured: bool
    url: str | None = None
    bucket: str | None = None
    origin: str | None = Field(None, description="What this dashboard is called in InfluxDB")
    state: Literal["ok", "away", "blocked"] | None = Field(
        None, description="away: tried again by itself; blocked: somebody has to mend token or bucket"
    )
    last_error: str | None = None
    since: str | None = Field(None, description="When the trouble began")
    backlog_runs: int | None = None
    backlog_snapshots: int | None = None
    oldest: str | None = Field(None, description="When the first run that waits was created")
    parked: int | None = Field(None, description="Lines that InfluxDB refused")
    foreign_waiting: int | None = Field(
        None, description="Runs of other dashboards that are to be taken over"
    )
    points_per_s: float | None = None
    last_sent_at: str | None = None


class Retried(Answer):
    """What became of the parked lines."""

    sent: int
    refused: int


class ParkedQuery(Body):
    """Which parked lines."""

    after: Count = 0
    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 100


class ParkedLine(BaseModel):
    """A line that InfluxDB refused."""

    number: int
    run_id: str
    line: str
    error: str
    at: str


class ParkedLines(RootModel[list[ParkedLine]]):
    """Lines in order."""


class Backfilled(Answer):
    """How many runs are to be sent that were not."""

    runs: int


class VerifyBody(Body):
    """Runs to compare; those that have not ended or do not exist are left out."""

    run_ids: list[Annotated[str, Field(pattern=RUN_ID)]] = Field(min_length=1, max_length=100)
    repair: bool = Field(False, strict=True, description="Send anew what differs")


class SumsShape(BaseModel):
    """What one side holds of a run."""

    snapshots: int
    requests: int
    op_points: int
    op_requests: int
    finals: int


class VerifiedRun(BaseModel):
    """Both sides of a run."""

    run_id: str
    equal: bool
    here: SumsShape
    there: SumsShape


class Verified(RootModel[list[VerifiedRun]]):
    """One entry a run."""


class ElsewhereRun(BaseModel):
    """A run that another dashboard began and has not told the end of, as it was in its last window."""

    run_id: str
    origin: str = Field(description="The dashboard that runs it: there it can be steered and stopped")
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
    total_reqs: int | None = Field(description="So far")
    last_news_at: str
    silent: bool = Field(description="No news for a minute: it may have ended, or its dashboard is down")


class ElsewhereRuns(RootModel[list[ElsewhereRun]]):
    """The newest first; empty without InfluxDB."""

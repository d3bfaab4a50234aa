"""Shapes of live runs: status, start, stop, steering and token refresh."""

from typing import Literal

from pydantic import Field

from dashboard.api.shapes.base import ResponseShape, RunStatusName
from dashboard.api.shapes.derive import with_fields
from dashboard.model.control import Control


@with_fields(
    Control,
    rate="Iterations per second",
    seq="Number of changes so far",
    taken="k6 has received the desired state",
    waiting="A stop waits for running iterations",
    running="Number of running iterations that a stop waits for; null when it is unknown",
    renews_token="POST /run/refresh-token can renew the token",
)
class ControlShape(ResponseShape):
    """The desired state of a live run.

    `steering_variable` determines which fields have values: "pause" has only `paused`.
    """


class LiveRunShape(ResponseShape):
    """One live or queued run."""

    run_id: str
    status: RunStatusName
    profile: str
    base_url: str
    label: str | None
    started_at: str | None
    elapsed_s: float | None
    planned_s: float
    vus: int | None
    total_reqs: int | None
    control: ControlShape | None


class RunStatusAnswer(ResponseShape):
    """The newest live run, or `status: "idle"`, and all live and queued runs."""

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
    runs: list[LiveRunShape]
    queue: list[LiveRunShape]
    queue_held: bool = Field(
        description="The queue is on hold after a restart; POST /run/continue resumes it"
    )
    dry_id: str | None = Field(description="ID of the newest dry run; null before the first")


class StartAnswer(ResponseShape):
    """A run that was accepted."""

    status: Literal["starting", "queued"]
    profile: str
    run_id: str


class StopAnswer(ResponseShape):
    """A run that is stopping, or a queued run that was canceled."""

    status: RunStatusName
    run_id: str


class ControlAnswer(ResponseShape):
    """The desired state of a run after a change."""

    run_id: str
    control: ControlShape


class RefreshTokenAnswer(ResponseShape):
    """A token refresh that was requested. An event of the run reports the result."""

    run_id: str
    status: Literal["requested"] = "requested"

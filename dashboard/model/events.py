"""Events of a run: marks on its charts and entries of its event list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened. The text for people is in the event."""

    QUEUED = "run.queued"
    STARTED = "run.started"
    RUNNING = "run.running"
    CONTROL = "run.control"
    STOP_REQUESTED = "run.stop_requested"
    ADOPTED = "run.adopted"
    RUNNER_RESCUED = "run.runner_rescued"
    SAMPLES_LOST = "run.samples_lost"
    SLO_BREACHED = "slo.breached"
    TOKEN_REFRESHED = "run.token_refreshed"
    TOKEN_REFUSED = "run.token_refused"
    AUTH_PAUSED = "run.auth_paused"
    WARNING = "run.warning"
    MARK = "run.mark"
    ENDED = "run.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `level` is info, warning or error. `elapsed_s` is its position on the charts."""

    kind: EventKind
    at: datetime
    level: str
    message: str
    elapsed_s: float | None = None
    data: dict[str, object] = field(default_factory=dict)

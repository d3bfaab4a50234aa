"""Things that happened to a run and that people are told: marks on its charts and lines of its log."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened; the words are in the event."""

    QUEUED = "run.queued"
    STARTED = "run.started"
    RUNNING = "run.running"
    CONTROL = "run.control"
    STOP_ASKED = "run.stop_asked"
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
    """One thing that happened. `level` is info, warning or error; `elapsed_s` places it on the charts."""

    kind: EventKind
    at: datetime
    level: str
    message: str
    elapsed_s: float | None = None
    data: dict[str, object] = field(default_factory=dict)

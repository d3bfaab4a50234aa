"""Events that consumers outside the core react to: webhooks, and whatever else reads the event outbox."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dashboard.model.run import RunId, RunStatus, Verdict


class EventName(StrEnum):
    """What happened. `run.failed` includes runs that were interrupted."""

    RUN_STARTED = "run.started"
    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"
    RUN_STOPPED = "run.stopped"
    RUN_INVALID = "run.invalid"
    SLO_BREACHED = "slo.breached"
    BASELINE_CHANGED = "baseline.changed"


_ENDS = {
    RunStatus.FINISHED: EventName.RUN_FINISHED,
    RunStatus.FAILED: EventName.RUN_FAILED,
    RunStatus.INTERRUPTED: EventName.RUN_FAILED,
    RunStatus.STOPPED: EventName.RUN_STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """An event as it is stored. `event_id` identifies it everywhere and forever; `number` orders events.

    body: `run`, the public record at that time; `meta`; `breaches`; `baseline`, only of a changed baseline
    """

    number: int
    event_id: str
    name: EventName
    run_id: RunId
    at: str
    body: dict[str, Any] = field(default_factory=dict)


def events_of_change(
    before: RunStatus, after: RunStatus, verdict: Verdict | None, *, starts: bool
) -> list[EventName]:
    """Return the events of a changed run. `starts`: k6 was started."""
    events = [EventName.RUN_STARTED] if starts else []
    if after.has_ended and not before.has_ended:
        events.append(_ENDS[after])
        if verdict is Verdict.INVALID:
            events.append(EventName.RUN_INVALID)
    return events

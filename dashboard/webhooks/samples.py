"""The event that a test sends: about the newest run that has ended, or about an invented one."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from dashboard.model.outgoing import EventName, OutboxEvent
from dashboard.model.record import record_of
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, Verdict, iso

SAMPLE_RUN_ID = "20260101-120000-aaaaaaaa"


def event_for_test(run: Run | None, now: datetime) -> OutboxEvent:
    """Return an event that is not stored. Without a run, its figures are missing."""
    shown = run or _sample_run(now)
    body: dict[str, Any] = {
        "run": record_of(shown),
        "meta": shown.config.meta,
        "breaches": [],
        "baseline": None,
    }
    return OutboxEvent(
        number=0,
        event_id=f"evt_{uuid4().hex}",
        name=EventName.RUN_FINISHED,
        run_id=shown.run_id,
        at=str(iso(now)),
        body=body,
    )


def _sample_run(now: datetime) -> Run:
    config = RunConfig(profile="smoke", base_url="https://shop.example.com", variables={}, label="test")
    started = now.astimezone(UTC)
    return Run(
        run_id=SAMPLE_RUN_ID,
        status=RunStatus.FINISHED,
        config=config,
        context=RunContext(),
        created_at=started,
        started_at=started,
        ended_at=started,
        planned_s=30.0,
        vus_max=2,
        verdict=Verdict.NONE,
        verdict_reason="this is a test of the webhook",
    )

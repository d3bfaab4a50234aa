"""Builds the payload of an outbox event."""

from collections.abc import Mapping
from typing import Any

from dashboard.integrations.outcome import baseline_sentence, sentence_of
from dashboard.integrations.payload import EventPayload
from dashboard.model.masking import mask_json, mask_text
from dashboard.model.outgoing import EventName, OutboxEvent

TEST_EVENT = "webhook.test"


def payload_of(
    event: OutboxEvent, dashboard_url: str | None, name: str | None = None, comparison: str | None = None
) -> EventPayload:
    """Return the payload of an event. `name` replaces the name of the event in a test.

    comparison: the run against its baseline in one sentence
    """
    run, breaches = event.body["run"], event.body.get("breaches") or []
    baseline = event.body.get("baseline")
    return EventPayload.model_validate(
        run
        | {
            "id": event.event_id,
            "event": name or event.name.value,
            "at": event.at,
            "slo_verdict": run["verdict"],
            "meta": mask_json(event.body.get("meta") or {}),
            "breaches": breaches,
            "baseline": baseline,
            "sentence": mask_text(_sentence(event, run, breaches, baseline)),
            "comparison": comparison and mask_text(comparison),
            "url": f"{dashboard_url}/#/history/{event.run_id}" if dashboard_url else None,
        }
    )


def _sentence(
    event: OutboxEvent,
    run: Mapping[str, Any],
    breaches: list[dict[str, Any]],
    baseline: Mapping[str, Any] | None,
) -> str:
    if event.name is EventName.BASELINE_CHANGED and baseline:
        return baseline_sentence(baseline["profile"], baseline["env_profile"], baseline["run_id"])
    return sentence_of(run, event.name.value, [breach["message"] for breach in breaches])

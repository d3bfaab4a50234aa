"""Webhooks and events for tests."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dashboard.model.outgoing import EventName, OutboxEvent
from dashboard.model.record import record_of
from dashboard.model.run import Run, RunId, iso
from dashboard.model.webhook import Webhook
from dashboard.store.store import Store
from dashboard.webhooks.retries import Attempt, settled
from tests.factories import A_MOMENT, a_run, an_ended_run

NOW = iso(A_MOMENT) or ""


def a_webhook(**changes: Any) -> Webhook:
    """Return a generic webhook of finished runs."""
    webhook = Webhook(
        webhook_id="wh_aaaaaaaaaaaa",
        name="ci",
        integration="webhook",
        url="http://127.0.0.1:9",
        events=(EventName.RUN_FINISHED,),
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(webhook, **changes)


def an_outbox_event(
    name: EventName = EventName.RUN_FINISHED, run: Run | None = None, **body: Any
) -> OutboxEvent:
    """Return an event about a run. `body` replaces parts of its body."""
    shown = run or (a_run() if name is EventName.RUN_STARTED else an_ended_run())
    about = {"run": record_of(shown), "meta": shown.config.meta, "breaches": [], "baseline": None}
    return OutboxEvent(
        number=1, event_id="evt_1", name=name, run_id=shown.run_id, at=NOW, body={**about, **body}
    )


def finish_run(store: Store, run_id: RunId, **changes: Any) -> None:
    """Store a run that starts and finishes: two events."""
    store.runs.insert(a_run(run_id, started_at=None, **changes))
    store.runs.update(a_run(run_id, **changes))
    store.append(run_id, [], run=an_ended_run(run_id, **changes))


def add_dead_delivery(store: Store, webhook_id: str, run_id: RunId) -> None:
    """Give up one delivery of a webhook, whose number becomes 1. The webhook must exist."""
    store._database.write(lambda db: db.execute("DELETE FROM webhook_deliveries").rowcount)
    store._database.write(
        lambda db: db.execute("DELETE FROM sqlite_sequence WHERE name = 'webhook_deliveries'")
    )
    event = an_outbox_event(run=an_ended_run(run_id))
    columns = "webhook_id, event_number, event_id, name, run_id, at, body, state, since, next_at"
    sql = f"INSERT INTO webhook_deliveries ({columns}) VALUES (?, 1, ?, ?, ?, ?, '{{}}', 'pending', ?, ?)"
    values = (webhook_id, event.event_id, event.name, run_id, NOW, NOW, NOW)
    store._database.write(lambda db: db.execute(sql, values).rowcount)
    delivery = replace(store.deliveries.due(webhook_id, NOW)[0], event=event)
    gone = Attempt(status=410, answer="gone", error="the receiver answered 410", is_final=True)
    store.deliveries.settle(settled(delivery, gone, datetime.now(UTC), random.Random(1)))

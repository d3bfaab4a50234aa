"""Deliveries of outbox events to webhooks: planned from the outbox, settled one attempt at a time."""

from collections.abc import Iterator
from typing import Any

from dashboard.model.outgoing import OutboxEvent
from dashboard.model.webhook import MAX_PENDING_DELIVERIES, Delivery, DeliveryCounts, DeliveryState, Webhook
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.event_outbox import event_of, events_after, move_position, position_of
from dashboard.store.repository import MAX_INTEGER, Repository, clamp
from dashboard.store.text import to_storable
from dashboard.store.webhooks import read_webhooks

CONSUMER = "webhooks"
KEPT_PER_WEBHOOK = 1_000
# Few, because live runs wait for this transaction.
EVENTS_PER_PLAN = 50
BACKLOG_FULL = f"more than {MAX_PENDING_DELIVERIES:,} deliveries were pending"
_COLUMNS = """
    number, webhook_id, event_number, event_id, name, run_id, at, body,
    state, attempts, since, next_at, ended_at, status, answer, error
"""
_ADD = """
    INSERT OR IGNORE INTO webhook_deliveries
    (webhook_id, event_number, event_id, name, run_id, at, body, state, since, next_at, ended_at, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# The oldest pending delivery of each run comes first, so that a run's events arrive in their order.
_DUE = f"""
    SELECT {_COLUMNS} FROM webhook_deliveries WHERE number IN (
        SELECT min(number) FROM webhook_deliveries
        WHERE webhook_id = ? AND state = 'pending' GROUP BY run_id
    ) AND next_at <= ? ORDER BY number LIMIT ?
"""  # noqa: S608 - constants
_WAITING = """
    SELECT webhook_id, min(next_at) FROM webhook_deliveries WHERE state = 'pending' GROUP BY webhook_id
"""
_SETTLE = """
    UPDATE webhook_deliveries SET state = :state, attempts = :attempts, next_at = :next_at, ended_at = :ended_at,
    status = :status, answer = :answer, error = :error WHERE number = :number AND state = 'pending'
"""
_RESEND = """
    UPDATE webhook_deliveries SET state = 'pending', attempts = 0, since = :at, next_at = :at, ended_at = NULL
    WHERE webhook_id = :webhook_id AND number = :number AND state <> 'pending'
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM webhook_deliveries
    WHERE webhook_id = ? AND (? IS NULL OR state = ?) AND number < ? ORDER BY number DESC LIMIT ?
"""  # noqa: S608 - constants
_GET = f"SELECT {_COLUMNS} FROM webhook_deliveries WHERE webhook_id = ? AND number = ?"  # noqa: S608
_COUNTS = "SELECT webhook_id, state, count(*) FROM webhook_deliveries GROUP BY webhook_id, state"
_PENDING = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending'"
_PRUNE = """
    DELETE FROM webhook_deliveries WHERE state <> 'pending' AND number IN (
        SELECT number FROM (
            SELECT number, row_number() OVER (PARTITION BY webhook_id, state ORDER BY number DESC) AS place
            FROM webhook_deliveries WHERE state <> 'pending'
        ) WHERE place > ?
    )
"""


class DeliveryRepository(Repository):
    """The deliveries of all webhooks."""

    def plan(self, at: str) -> int:
        """Turn the next events of the outbox into pending deliveries. Returns how many events were read."""
        with self._database.reading() as db:
            if not events_after(db, position_of(db, CONSUMER), 1):
                return 0
        return self._database.write(lambda db: _plan(db, at))

    def waiting(self) -> dict[str, str]:
        """Return the webhooks with pending deliveries, each with the earliest time of an attempt."""
        with self._database.reading() as db:
            return dict(db.execute(_WAITING).fetchall())

    def due(self, webhook_id: str, now: str, limit: int = 50) -> list[Delivery]:
        """Return deliveries to attempt now, at most one of each run, oldest first."""
        with self._database.reading() as db:
            return [_delivery_of(row) for row in db.execute(_DUE, (webhook_id, now, limit))]

    def settle(self, delivery: Delivery) -> None:
        """Store the result of an attempt."""
        names = ("number", "state", "attempts", "next_at", "ended_at", "status", "answer", "error")
        values = {name: getattr(delivery, name) for name in names}
        values |= {name: to_storable(values[name]) for name in ("answer", "error")}
        self._database.write(lambda db: db.execute(_SETTLE, values).rowcount)

    def resend(self, webhook_id: str, number: int, at: str) -> bool:
        """Make a delivery pending again. Returns False unless there is one that is not pending."""
        values = {"webhook_id": webhook_id, "number": clamp(number), "at": at}
        return self._database.write(lambda db: db.execute(_RESEND, values).rowcount > 0)

    def get(self, webhook_id: str, number: int) -> Delivery | None:
        """Return one delivery, or None."""
        with self._database.reading() as db:
            row = db.execute(_GET, (webhook_id, clamp(number))).fetchone()
        return None if row is None else _delivery_of(row)

    def newest(
        self,
        webhook_id: str,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Delivery]:
        """Return deliveries with a number below `before`, newest first."""
        last = MAX_INTEGER if before is None else clamp(before)
        with self._database.reading() as db:
            return [_delivery_of(row) for row in db.execute(_LIST, (webhook_id, state, state, last, limit))]

    def counts(self) -> dict[str, DeliveryCounts]:
        """Return the counts of each webhook that has deliveries."""
        found: dict[str, dict[str, int]] = {}
        with self._database.reading() as db:
            for webhook_id, state, count in db.execute(_COUNTS):
                found.setdefault(webhook_id, {})[state] = count
        return {webhook_id: DeliveryCounts(**counts) for webhook_id, counts in found.items()}

    def prune(self) -> int:
        """Delete all but the newest deliveries of each webhook and state. Pending ones stay. Returns the number."""
        return self._database.write(lambda db: db.execute(_PRUNE, (KEPT_PER_WEBHOOK,)).rowcount)


def _plan(db: SqlConnection, at: str) -> int:
    events = events_after(db, position_of(db, CONSUMER), EVENTS_PER_PLAN)
    webhooks = read_webhooks(db)
    room = {one.webhook_id: MAX_PENDING_DELIVERIES - _count_pending(db, one.webhook_id) for one in webhooks}
    for webhook, event in _wanted(webhooks, events):
        is_full = room[webhook.webhook_id] <= 0
        room[webhook.webhook_id] -= 1
        if is_full:
            end: tuple[str | None, ...] = (DeliveryState.DEAD, at, None, at, BACKLOG_FULL)
        else:
            end = (DeliveryState.PENDING, at, at, None, None)
        about = (event.number, event.event_id, event.name, event.run_id, event.at, codec.to_json(event.body))
        db.execute(_ADD, (webhook.webhook_id, *about, *end))
    if events:
        move_position(db, CONSUMER, events[-1].number)
    return len(events)


def _wanted(webhooks: list[Webhook], events: list[OutboxEvent]) -> Iterator[tuple[Webhook, OutboxEvent]]:
    for event in events:
        for webhook in webhooks:
            if webhook.wants(event):
                yield webhook, event


def _count_pending(db: SqlConnection, webhook_id: str) -> int:
    return int(db.execute(_PENDING, (webhook_id,)).fetchone()[0])


def _delivery_of(row: tuple[Any, ...]) -> Delivery:
    event = event_of((row[2], row[3], row[4], row[5], row[6], row[7]))
    ended = dict(
        zip(("attempts", "since", "next_at", "ended_at", "status", "answer", "error"), row[9:], strict=True)
    )
    return Delivery(number=row[0], webhook_id=row[1], event=event, state=DeliveryState(row[8]), **ended)

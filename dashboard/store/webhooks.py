"""Webhooks."""

import json
from dataclasses import asdict, fields, replace
from typing import Any

from dashboard.model.outgoing import EventName
from dashboard.model.webhook import Webhook, WebhookFilter
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.errors import WebhookExists
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

_GET = "SELECT body FROM webhooks WHERE webhook_id = ?"
_ALL = "SELECT body FROM webhooks ORDER BY name"
_TAKEN = "SELECT 1 FROM webhooks WHERE name = ? AND webhook_id <> ?"
_PUT = "INSERT OR REPLACE INTO webhooks (webhook_id, name, body) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM webhooks WHERE webhook_id = ?"
_DELETE_DELIVERIES = "DELETE FROM webhook_deliveries WHERE webhook_id = ?"
_KILL = """
    UPDATE webhook_deliveries SET state = 'dead', next_at = NULL, ended_at = ?, error = ?
    WHERE webhook_id = ? AND state = 'pending'
"""


class WebhookRepository(Repository):
    """All webhooks."""

    def all(self) -> list[Webhook]:
        """Return all webhooks by name."""
        with self._database.reading() as db:
            return read_webhooks(db)

    def get(self, webhook_id: str) -> Webhook | None:
        """Return one webhook, or None."""
        with self._database.reading() as db:
            return _read(db, webhook_id)

    def put(self, webhook: Webhook) -> None:
        """Store a webhook. Raises WebhookExists."""
        self._database.write(lambda db: _put(db, webhook))

    def delete(self, webhook_id: str) -> bool:
        """Delete a webhook with its deliveries. Returns False when it does not exist."""

        def write(db: SqlConnection) -> bool:
            db.execute(_DELETE_DELIVERIES, (webhook_id,))
            return db.execute(_DELETE, (webhook_id,)).rowcount > 0

        return self._database.write(write)

    def disable(self, webhook_id: str, reason: str, at: str) -> None:
        """Disable a webhook. Its pending deliveries are dead, with the same reason."""

        def write(db: SqlConnection) -> None:
            webhook = _read(db, webhook_id)
            if webhook is not None:
                _put(db, replace(webhook, enabled=False, disabled_reason=reason))
                db.execute(_KILL, (at, reason, webhook_id))

        self._database.write(write)


def read_webhooks(db: SqlConnection) -> list[Webhook]:
    """Return all webhooks by name."""
    return [_decode(row[0]) for row in db.execute(_ALL)]


def _read(db: SqlConnection, webhook_id: str) -> Webhook | None:
    row = db.execute(_GET, (to_storable(webhook_id),)).fetchone()
    return None if row is None else _decode(row[0])


def _put(db: SqlConnection, webhook: Webhook) -> None:
    if db.execute(_TAKEN, (webhook.name, webhook.webhook_id)).fetchone():
        raise WebhookExists(f'A webhook named "{webhook.name}" already exists.')
    db.execute(_PUT, (webhook.webhook_id, webhook.name, codec.to_json(asdict(webhook))))


def _decode(text: str) -> Webhook:
    body: dict[str, Any] = json.loads(text)
    known = {field.name: body[field.name] for field in fields(Webhook) if field.name in body}
    filters: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in body["filters"].items()
    }
    known["events"] = tuple(EventName(name) for name in body["events"])
    known["header_names"] = tuple(body["header_names"])
    return Webhook(**known | {"filters": WebhookFilter(**filters)})

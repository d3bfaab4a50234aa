"""The secrets of webhooks: one file in the data folder that only its owner can read. Backups leave it out."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dashboard.durable import write_json
from dashboard.model.errors import Unavailable

WEBHOOK_SECRETS = "webhook-secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecrets:
    """The secrets of one webhook.

    secret: signs every request · token: authenticates the dashboard at the receiver
    url: the whole URL, if a part of it is secret · headers: additional headers
    """

    secret: str | None = None
    token: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class SecretBook:
    """Reads and writes the secrets of all webhooks. Each change replaces the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def get(self, webhook_id: str) -> WebhookSecrets:
        """Return the secrets of a webhook; without any, an empty object. Raises Unavailable."""
        return WebhookSecrets(**self._read().get(webhook_id, {}))

    def put(self, webhook_id: str, secrets: WebhookSecrets | None) -> None:
        """Store the secrets of a webhook; None deletes them. Raises Unavailable."""
        with self._lock:
            stored = self._read()
            kept = {name: value for name, value in asdict(secrets).items() if value} if secrets else {}
            if stored.get(webhook_id, {}) == kept:
                return
            others = {known: entry for known, entry in stored.items() if known != webhook_id}
            try:
                write_json(self._path, {**others, webhook_id: kept} if kept else others)
            except OSError as error:
                raise Unavailable(f"{self._path}: cannot write the secrets: {error.strerror}.") from error

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            stored = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self._path}: cannot read the secrets: {error}.") from error
        return stored if isinstance(stored, dict) else {}

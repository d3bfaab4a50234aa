"""The audit log: records changes without secrets, and counts failed sign-ins without flooding."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.audit import AuditEntry, Change
from dashboard.model.client_address import client_key
from dashboard.model.identity import Identity
from dashboard.model.masking import mask_json
from dashboard.model.run import iso
from dashboard.store.store import Store

FAILED_SIGN_IN = "sign_in.failed"
NOBODY = ""
MAX_VALUE_BYTES = 16 * 1024
MAX_OBJECT_CHARACTERS = 300
# Failed sign-ins of more clients than this are counted together, under an empty address.
MAX_CLIENTS = 50


class AuditLog:
    """Adds entries to the audit log of a store. `retention_days` of 0 keeps them forever.

    Failed sign-ins are counted per client and stored by `write_failures`, so that no attempt writes to the disk.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], retention_days: float) -> None:
        self._store, self._clock, self._retention_days = store, clock, retention_days
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()

    def record(self, identity: Identity, client: str, change: Change) -> None:
        """Store a change of `identity`. Values of secrets are masked."""
        entry = AuditEntry(
            at=self._clock(),
            who=identity.who,
            via=identity.via,
            role=identity.role.value,
            client=client,
            change=_without_secrets(change),
        )
        self._store.audit.add(entry)

    def count_failure(self, client: str) -> None:
        """Count a failed sign-in."""
        with self._lock:
            key = client_key(client)
            is_full = key not in self._failures and len(self._failures) >= MAX_CLIENTS
            self._failures[NOBODY if is_full else key] += 1

    def write_failures(self) -> None:
        """Store one entry for each client with failed sign-ins since the last call."""
        with self._lock:
            failures, self._failures = self._failures, Counter()
        for client, attempts in failures.items():
            change = Change(action=FAILED_SIGN_IN, after={"attempts": attempts})
            at = self._clock()
            self._store.audit.add(
                AuditEntry(at=at, who=NOBODY, via="token", role=None, client=client, change=change)
            )

    def delete_old(self) -> None:
        """Delete the entries that are older than the retention."""
        if self._retention_days:
            self._store.audit.delete_before(iso(self._clock() - timedelta(days=self._retention_days)) or "")


def _without_secrets(change: Change) -> Change:
    return replace(
        change,
        object=str(mask_json(change.object))[:MAX_OBJECT_CHARACTERS],
        before=_shown(change.before),
        after=_shown(change.after),
    )


def _shown(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a value without secrets. A value larger than MAX_VALUE_BYTES is replaced by its size."""
    masked = mask_json(value)
    size = len(json.dumps(masked))
    if masked is not None and size > MAX_VALUE_BYTES:
        return {"omitted": f"{size} bytes, more than {MAX_VALUE_BYTES}"}
    return masked  # type: ignore[no-any-return]

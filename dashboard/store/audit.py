"""The audit log: entries are added, read, and deleted by age, never changed."""

import json
from collections.abc import Iterator
from typing import Any

from dashboard.model.audit import AuditEntry, AuditFilter, Change
from dashboard.model.run import from_iso, iso
from dashboard.store import codec
from dashboard.store.repository import MAX_INTEGER, Repository, clamp
from dashboard.store.text import to_storable

_COLUMNS = ("at", "who", "via", "role", "client", "action", "object", "before", "after")
_ADD = f"INSERT INTO audit ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_MATCHES = """
    (:who IS NULL OR who = :who)
    AND (:action IS NULL OR action = :action OR substr(action, 1, length(:action) + 1) = :action || '.')
"""
_NEWEST = f"""
    SELECT number, {", ".join(_COLUMNS)} FROM audit WHERE number < :before AND {_MATCHES}
    ORDER BY number DESC LIMIT :limit
"""  # noqa: S608 - constants
_OLDEST = f"""
    SELECT number, {", ".join(_COLUMNS)} FROM audit WHERE number > :after AND {_MATCHES}
    ORDER BY number LIMIT :limit
"""  # noqa: S608 - constants
_PART = 1_000


class AuditRepository(Repository):
    """The entries of the audit log."""

    def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        row = _row_of(entry)
        self._database.write(lambda db: db.execute(_ADD, row).rowcount)

    def newest(self, chosen: AuditFilter, *, limit: int, before: int | None = None) -> list[AuditEntry]:
        """Return entries with a number below `before`, newest first."""
        values = _values_of(chosen) | {
            "limit": limit,
            "before": MAX_INTEGER if before is None else clamp(before),
        }
        return self._read(_NEWEST, values)

    def all(self, chosen: AuditFilter) -> Iterator[AuditEntry]:
        """Yield all entries, oldest first. Entries that are added meanwhile are included."""
        after = 0
        while part := self._read(_OLDEST, _values_of(chosen) | {"limit": _PART, "after": after}):
            yield from part
            after = part[-1].number

    def delete_before(self, at: str) -> int:
        """Delete the entries that are older than the ISO time `at`. Returns their number."""
        sql = "DELETE FROM audit WHERE at < ?"
        return self._database.write(lambda db: db.execute(sql, (at,)).rowcount)

    def _read(self, sql: str, values: dict[str, Any]) -> list[AuditEntry]:
        with self._database.reading() as db:
            return [_entry_of(*row) for row in db.execute(sql, values)]


def _values_of(chosen: AuditFilter) -> dict[str, Any]:
    return {"who": to_storable(chosen.who), "action": to_storable(chosen.action)}


def _row_of(entry: AuditEntry) -> tuple[str | None, ...]:
    change = entry.change
    texts = (entry.who, entry.via, entry.role, entry.client, change.action, change.object)
    values = (None if value is None else codec.to_json(value) for value in (change.before, change.after))
    return iso(entry.at), *map(to_storable, texts), *values


def _entry_of(
    number: int, at: str, who: str, via: str, role: str | None, client: str, *change: Any
) -> AuditEntry:
    action, changed, before, after = change
    return AuditEntry(
        number=number,
        at=from_iso(at),
        who=who,
        via=via,
        role=role,
        client=client,
        change=Change(
            action=action,
            object=changed,
            before=None if before is None else json.loads(before),
            after=None if after is None else json.loads(after),
        ),
    )

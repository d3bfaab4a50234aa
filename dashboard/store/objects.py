"""Configuration objects: small JSON documents by kind and name."""

import json

from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

_GET = "SELECT body FROM objects WHERE kind = ? AND name = ?"
_PUT = "INSERT OR REPLACE INTO objects (kind, name, body) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM objects WHERE kind = ? AND name = ?"


class ObjectRepository(Repository):
    """Configuration objects."""

    def get(self, kind: str, name: str) -> dict[str, object] | None:
        """Return the object as a JSON-ready mapping, or None."""
        with self._database.reading() as db:
            return read_object(db, kind, name)

    def put(self, kind: str, name: str, body: dict[str, object] | None) -> None:
        """Store an object; None deletes it."""
        text = None if body is None else codec.to_json(body)
        self._database.write(lambda db: write_object(db, kind, name, text))


def read_object(db: SqlConnection, kind: str, name: str) -> dict[str, object] | None:
    """Return the object, or None."""
    row = db.execute(_GET, (kind, to_storable(name))).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def write_object(db: SqlConnection, kind: str, name: str, body: str | None) -> None:
    """Store an object given as JSON text; None deletes it."""
    if body is None:
        db.execute(_DELETE, (kind, to_storable(name)))
    else:
        db.execute(_PUT, (kind, to_storable(name), body))

"""Versions of the endpoints file, and what its sources gave at the last save."""

import json
import zlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from dashboard.model.endpoints_version import EndpointsVersion, ImportBase
from dashboard.model.run import from_iso, iso
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

MAX_VERSIONS: Final = 20
MAX_SOURCES: Final = 50
_COLUMNS = ("number", "at", "who", "action", "source", "endpoints", "scenarios", "sha256")
_ALL = f"SELECT {', '.join(_COLUMNS)} FROM endpoints_versions ORDER BY number DESC"  # noqa: S608 - constants
_ADD = """
    INSERT INTO endpoints_versions (at, who, action, source, endpoints, scenarios, sha256)
    VALUES (:at, :who, :action, :source, :endpoints, :scenarios, :sha256)
"""
_DELETE_OLD = """
    DELETE FROM endpoints_versions
    WHERE number NOT IN (SELECT number FROM endpoints_versions ORDER BY number DESC LIMIT ?)
"""
_DELETE_CONTENTS = (
    "DELETE FROM endpoints_contents WHERE sha256 NOT IN (SELECT sha256 FROM endpoints_versions)"
)
_DELETE_SOURCES = """
    DELETE FROM import_bases WHERE source NOT IN (
        SELECT source FROM import_bases GROUP BY source ORDER BY max(saved_at) DESC LIMIT ?
    )
"""
_PUT_BASE = """
    INSERT OR REPLACE INTO import_bases (source, operation, name, endpoint, saved_at) VALUES (?, ?, ?, ?, ?)
"""


class EndpointsVersionRepository(Repository):
    """Versions of the endpoints file."""

    def all(self) -> list[EndpointsVersion]:
        """Return all versions, the newest first."""
        with self._database.reading() as db:
            return [_version_of(row) for row in db.execute(_ALL)]

    def content(self, sha256: str) -> bytes | None:
        """Return a content of the file, or None if it is not kept."""
        with self._database.reading() as db:
            sql = "SELECT body FROM endpoints_contents WHERE sha256 = ?"
            row = db.execute(sql, (to_storable(sha256),)).fetchone()
        return None if row is None else zlib.decompress(row[0])

    def add(self, version: EndpointsVersion, content: bytes) -> int | None:
        """Store a version with a new number, and delete the oldest beyond MAX_VERSIONS.

        Returns the number; None if the newest version has the same content.
        """
        body = zlib.compress(content)
        return self._database.write(lambda db: _add(db, version, body))

    def bases(self, source: str) -> dict[str, ImportBase]:
        """Return what a source gave at the last save, by the key of the operation."""
        sql = "SELECT operation, name, endpoint FROM import_bases WHERE source = ?"
        with self._database.reading() as db:
            rows = db.execute(sql, (to_storable(source),)).fetchall()
        return {operation: ImportBase(name, json.loads(endpoint)) for operation, name, endpoint in rows}

    def put_bases(
        self, source: str, bases: Mapping[str, ImportBase], removed: Collection[str], at: datetime
    ) -> None:
        """Store what a source gave, and forget the `removed` operations."""
        name = to_storable(source)
        rows = [
            (name, to_storable(key), to_storable(base.name), json.dumps(base.endpoint), iso(at))
            for key, base in bases.items()
        ]
        gone = [(name, to_storable(key)) for key in removed]

        def put(db: SqlConnection) -> None:
            db.executemany("DELETE FROM import_bases WHERE source = ? AND operation = ?", gone)
            db.executemany(_PUT_BASE, rows)
            db.execute(_DELETE_SOURCES, (MAX_SOURCES,))

        self._database.write(put)


def _add(db: SqlConnection, version: EndpointsVersion, body: bytes) -> int | None:
    newest = db.execute("SELECT sha256 FROM endpoints_versions ORDER BY number DESC LIMIT 1").fetchone()
    if newest and newest[0] == version.sha256:
        return None
    db.execute(
        "INSERT OR IGNORE INTO endpoints_contents (sha256, body) VALUES (?, ?)", (version.sha256, body)
    )
    db.execute(_ADD, _row_of(version))
    number = int(db.execute("SELECT max(number) FROM endpoints_versions").fetchone()[0])
    db.execute(_DELETE_OLD, (MAX_VERSIONS,))
    db.execute(_DELETE_CONTENTS)
    return number


def _row_of(version: EndpointsVersion) -> dict[str, Any]:
    return {
        "at": iso(version.at),
        "who": to_storable(version.who),
        "action": version.action,
        "source": to_storable(version.source),
        "endpoints": version.endpoints,
        "scenarios": version.scenarios,
        "sha256": version.sha256,
    }


def _version_of(row: tuple[Any, ...]) -> EndpointsVersion:
    values = dict(zip(_COLUMNS, row, strict=True))
    return EndpointsVersion(**{**values, "at": from_iso(values["at"])})

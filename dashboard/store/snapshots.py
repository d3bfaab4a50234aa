"""Snapshots: the figures of each push interval, one row each."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from dashboard.model.exact import PERCENTILES, Bounds
from dashboard.model.run import RunId
from dashboard.model.snapshot import Snapshot
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository, clamp
from dashboard.store.run_rows import find_run_no

SNAPSHOT_FIELDS = tuple(field.name for field in fields(Snapshot))
snapshot_values = attrgetter(*SNAPSHOT_FIELDS)
_COLUMNS = ", ".join(SNAPSHOT_FIELDS)
_PLACES = ", ".join("?" for _ in SNAPSHOT_FIELDS)
PUT_SNAPSHOT = f"INSERT OR REPLACE INTO snapshots (run_no, {_COLUMNS}) VALUES (?, {_PLACES})"  # noqa: S608
_GET = f"SELECT {_COLUMNS} FROM snapshots WHERE run_no = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
_CLAMP = f"""
    UPDATE snapshots SET {", ".join(f"{name} = max(:low, min(:high, {name}))" for name in PERCENTILES)}
    WHERE run_no = :run_no
"""  # noqa: S608 - constants
NO_LIMIT = -1
# Larger batches create enough objects to start a garbage collection.
ROWS_PER_BATCH = 200


class SnapshotRepository(Repository):
    """Snapshots of all runs."""

    def of_run(self, run_id: RunId, *, after: int = 0, limit: int | None = None) -> list[Snapshot]:
        """Return the snapshots with `seq` above `after`, in order."""
        with self._database.reading() as db:
            return read_snapshots(db, find_run_no(db, run_id), after=clamp(after), limit=limit)

    def clamp(self, run_id: RunId, bounds: Bounds) -> None:
        """Move the percentiles of all snapshots into `bounds`, which their estimates may exceed."""
        low, high = bounds
        self._database.write(
            lambda db: db.execute(_CLAMP, {"run_no": find_run_no(db, run_id), "low": low, "high": high})
        )

    def columns(self, run_id: RunId, *, after: int = 0) -> dict[str, list[float | int | None]]:
        """Return the snapshots with `seq` above `after` as one list per field, for charts."""
        columns: dict[str, list[float | int | None]] = {name: [] for name in SNAPSHOT_FIELDS}
        with self._database.reading() as db:
            cursor = db.execute(_GET, (find_run_no(db, run_id), clamp(after), NO_LIMIT))
            while rows := cursor.fetchmany(ROWS_PER_BATCH):
                for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
                    column.extend(values)
        return columns


def read_snapshots(db: SqlConnection, run_no: int, *, after: int, limit: int | None) -> list[Snapshot]:
    """Return the snapshots with `seq` above `after`, in order."""
    rows = db.execute(_GET, (run_no, after, NO_LIMIT if limit is None else limit))
    return [_snapshot_of(row) for row in rows]


def _snapshot_of(row: Sequence[Any]) -> Snapshot:
    return Snapshot(**dict(zip(SNAPSHOT_FIELDS, row, strict=True)))

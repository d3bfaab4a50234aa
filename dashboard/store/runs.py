"""Runs: one row each, with the public record and the whole run as JSON."""

import json
from collections.abc import Sequence

from dashboard.model.run import RetentionLevel, Run, RunId, RunStatus
from dashboard.store import codec
from dashboard.store.baselines import refuse_pinned
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.run_rows import NO_RUN, find_run_no, insert_row, read_body, row_of, update_row
from dashboard.store.text import to_storable

_NEWEST = """
    SELECT run_id FROM runs WHERE status NOT IN (SELECT value FROM json_each(?))
    AND json_extract(record, '$.origin') IS NULL ORDER BY created_at DESC, run_id DESC LIMIT 1
"""
_WITH_STATUS = """
    SELECT body FROM runs WHERE status IN (SELECT value FROM json_each(?)) ORDER BY created_at, run_id
"""
_DELETE_FROM_REPLICA = """
    INSERT OR IGNORE INTO replica_deleted (run_id, created_at)
    SELECT run_id, replica.created_at FROM replica JOIN runs USING (run_id) WHERE run_no = ? AND sent_seq >= 0
"""
_OLD = """
    SELECT run_id FROM runs INDEXED BY runs_kept
    WHERE retention_level IN (SELECT value FROM json_each(:levels))
    AND kept_from <= :until AND elapsed_s >= :min_length_s
    AND status IN (SELECT value FROM json_each(:ended)) AND run_id NOT IN (SELECT run_id FROM baselines)
    AND run_id NOT IN (SELECT run_id FROM replica WHERE complete = 0)
    ORDER BY kept_from, run_id LIMIT :limit
"""


class RunRepository(Repository):
    """Runs, without their intervals, events and results."""

    def insert(self, run: Run) -> None:
        """Store a new run. Raises RunExists."""
        row = row_of(run)
        self._database.write(lambda db: insert_row(db, row))

    def update(self, run: Run, *, expected: Sequence[RunStatus] | None = None) -> None:
        """Replace a run. Raises StaleRun when its stored status is not in `expected`."""
        row = row_of(run)
        self._database.write(lambda db: update_row(db, row, expected))

    def get(self, run_id: RunId) -> Run | None:
        """Return one run, or None."""
        with self._database.reading() as db:
            body = read_body(db, run_id)
        return None if body is None else codec.run_from_json(body)

    def record_json(self, run_id: RunId) -> str | None:
        """Return the public record of a run as JSON text (`model.record`), or None."""
        with self._database.reading() as db:
            row = db.execute("SELECT record FROM runs WHERE run_id = ?", (to_storable(run_id),)).fetchone()
        return None if row is None else str(row[0])

    def newest(self, *, ended: bool = False) -> RunId | None:
        """Return the newest run of this dashboard that left the queue; with `ended`, the newest one that has ended."""
        skipped = [status for status in RunStatus if not status.has_ended and (ended or not status.is_live)]
        with self._database.reading() as db:
            row = db.execute(_NEWEST, (json.dumps(skipped),)).fetchone()
        return None if row is None else str(row[0])

    def with_status(self, statuses: Sequence[RunStatus]) -> list[Run]:
        """Return the runs in any of `statuses`, oldest first."""
        with self._database.reading() as db:
            rows = db.execute(_WITH_STATUS, (json.dumps(list(statuses)),)).fetchall()
        return [codec.run_from_json(row[0]) for row in rows]

    def find_old(
        self, levels: Sequence[RetentionLevel], *, until: str, min_length_s: float = 0.0, limit: int = 100
    ) -> list[RunId]:
        """Return ended runs at one of `levels`, oldest first.

        They were created or imported at or before `until`, and are at least `min_length_s` long.
        Baselines and runs that are not fully replicated are left out.
        """
        parameters: dict[str, object] = {"until": until, "min_length_s": min_length_s, "limit": limit}
        parameters["levels"] = json.dumps(list(levels))
        parameters["ended"] = json.dumps([status for status in RunStatus if status.has_ended])
        with self._database.reading() as db:
            return [row[0] for row in db.execute(_OLD, parameters)]

    def delete(self, run_id: RunId, *, everywhere: bool = False) -> bool:
        """Hide a run immediately; its rows are deleted in slices later. Returns False when the run does not exist.

        With `everywhere`, the replica deletes the run too. Raises PinnedRun.
        """
        return self._database.write(lambda db: _mark_deleted(db, run_id, everywhere=everywhere))


def _mark_deleted(db: SqlConnection, run_id: RunId, *, everywhere: bool) -> bool:
    refuse_pinned(db, run_id)
    run_no = find_run_no(db, run_id)
    if run_no == NO_RUN:
        return False
    if everywhere:
        db.execute(_DELETE_FROM_REPLICA, (run_no,))
    db.execute("INSERT INTO doomed (run_no) VALUES (?)", (run_no,))
    db.execute("DELETE FROM run_ops_due WHERE run_no = ?", (run_no,))
    db.execute("DELETE FROM runs WHERE run_no = ?", (run_no,))
    return True

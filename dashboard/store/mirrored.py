"""The remote runs that were copied from the replica."""

from dashboard.model.run import RunId
from dashboard.store.repository import Repository

_PUT = "INSERT OR REPLACE INTO replica_mirror (run_id, origin, sent_ms) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM replica_mirror WHERE run_id = ?"


class MirroredRuns(Repository):
    """Which version of each remote run was copied. A row outlives its run, so that retention is not undone."""

    def sent_times(self) -> dict[RunId, float]:
        """Return the `sent_ms` of the copied version of each run."""
        with self._database.reading() as db:
            return dict(db.execute("SELECT run_id, sent_ms FROM replica_mirror").fetchall())

    def put(self, run_id: RunId, origin: str, sent_ms: float) -> None:
        """Record that this version of a run was copied or skipped."""
        self._database.write(lambda db: db.execute(_PUT, (run_id, origin, sent_ms)).rowcount)

    def remove(self, run_id: RunId) -> None:
        """Forget a run that its dashboard deleted."""
        self._database.write(lambda db: db.execute(_DELETE, (run_id,)).rowcount)
